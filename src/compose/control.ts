/** The socket of the daemon: where it lies, and both ends of it. Only the same user can reach it. */
import type { Config } from '../config/config.ts';
import { readHeldAnswer, readNamesAnswer, readStatusAnswer, readTokenAnswer } from '../daemon/control-schema.ts';
import type { ControlRequest, DaemonStatus, DecidedHeld, LentToken, NamedPairs } from '../daemon/control-schema.ts';
import { SyncError } from '../errors.ts';
import type { Lender } from '../remote/session.ts';
import type { Disk } from '../ports.ts';
import { realDisk } from '../system/disk.ts';
import { shortDigest } from '../system/hasher.ts';
import { sendRequest } from '../system/request-socket.ts';
import { isThere } from './state-files.ts';

/** One for each state directory, for so many daemons may one user run. */
export function socketOf({ runtimeDir, stateDir }: Pick<Config, 'runtimeDir' | 'stateDir'>): string {
  return runtimeDir === null ? `${stateDir}/control.sock` : `${runtimeDir}/${shortDigest(stateDir)}.sock`;
}

/** Says where the socket lies, for who has not the environment of the service manager. */
function signpostOf({ stateDir }: Pick<Config, 'stateDir'>): string {
  return `${stateDir}/control.path`;
}

/** Rejects with `state/unwritable`. */
export async function putSignpost(config: Pick<Config, 'runtimeDir' | 'stateDir'>, disk: Disk): Promise<void> {
  const path = signpostOf(config);
  try {
    await disk.writeFileAtomic(path, socketOf(config), 0o600);
  } catch (cause) {
    throw new SyncError('state/unwritable', { path, cause });
  }
}

/** Where the socket may lie: as this process' environment has it, and as the daemon's had it. */
async function socketsOf(config: Pick<Config, 'runtimeDir' | 'stateDir'>, disk: Asking): Promise<ReadonlySet<string>> {
  const own = socketOf(config);
  try {
    return new Set([own, new TextDecoder().decode(await disk.readFile(signpostOf(config)))]);
  } catch {
    return new Set([own]); // no daemon has ever run here
  }
}

type Asking = Pick<Disk, 'lstat' | 'readFile'>;

interface Answers {
  readonly status: DaemonStatus;
  readonly pause: NamedPairs;
  readonly resume: NamedPairs;
  readonly now: NamedPairs;
  readonly held: DecidedHeld;
  readonly lend: LentToken;
}

const readers: { readonly [K in keyof Answers]: (value: unknown) => Answers[K] } = {
  status: readStatusAnswer,
  pause: readNamesAnswer,
  resume: readNamesAnswer,
  now: readNamesAnswer,
  held: readHeldAnswer,
  lend: readTokenAnswer,
};

/** Asks the daemon of this config; `undefined`: none is running. Rejects with `usage/wrong` where it refuses. */
export async function askDaemon<R extends ControlRequest>(
  config: Pick<Config, 'runtimeDir' | 'stateDir'>,
  request: R,
  disk: Asking = realDisk,
): Promise<Answers[R['command']] | undefined> {
  for (const path of await socketsOf(config, disk)) {
    const answer = (await isThere(path, disk)) ? await sendRequest(path, request) : undefined;
    if (answer === undefined) continue; // no socket, or nobody behind it
    const read: (value: unknown) => Answers[R['command']] = readers[request.command as R['command']];
    return read(answer);
  }
  return undefined;
}

/** The sign-in of the running daemon, for a command that works beside it; `null`: none is running. Rejects as a sign-in does. */
export async function lenderOf(config: Pick<Config, 'runtimeDir' | 'stateDir'>): Promise<Lender | null> {
  const borrow = (ended: string | null) => askDaemon(config, { command: 'lend', ended });
  let first = await borrow(null);
  if (first === undefined) return null;
  return {
    async borrow(ended) {
      const token = ended === null ? first : undefined;
      first = undefined;
      const lent = token ?? (await borrow(ended));
      if (lent === undefined) throw new SyncError('stopped', { detail: 'the daemon ended, and its sign-in with it' });
      return lent;
    },
  };
}
