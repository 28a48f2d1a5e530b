/** The socket of the daemon: where it lies, and both ends of it. Only the same user can reach it. */
import type { Config } from '../config/config.ts';
import { readHeldAnswer, readNamesAnswer, readStatusAnswer } from '../daemon/control-schema.ts';
import type { ControlRequest, DaemonStatus, DecidedHeld, NamedPairs } from '../daemon/control-schema.ts';
import type { Disk } from '../ports.ts';
import { realDisk } from '../system/disk.ts';
import { shortDigest } from '../system/hasher.ts';
import { sendRequest } from '../system/request-socket.ts';

/** One for each state directory, for so many daemons may one user run. */
export function socketOf({ runtimeDir, stateDir }: Pick<Config, 'runtimeDir' | 'stateDir'>): string {
  return runtimeDir === null ? `${stateDir}/control.sock` : `${runtimeDir}/${shortDigest(stateDir)}.sock`;
}

interface Answers {
  readonly status: DaemonStatus;
  readonly pause: NamedPairs;
  readonly resume: NamedPairs;
  readonly now: NamedPairs;
  readonly held: DecidedHeld;
}

const readers: { readonly [K in keyof Answers]: (value: unknown) => Answers[K] } = {
  status: readStatusAnswer,
  pause: readNamesAnswer,
  resume: readNamesAnswer,
  now: readNamesAnswer,
  held: readHeldAnswer,
};

/** Asks the daemon of this config; `undefined`: none is running. Rejects with `usage/wrong` where it refuses. */
export async function askDaemon<R extends ControlRequest>(
  config: Pick<Config, 'runtimeDir' | 'stateDir'>,
  request: R,
  disk: Pick<Disk, 'lstat'> = realDisk,
): Promise<Answers[R['command']] | undefined> {
  const path = socketOf(config);
  try {
    await disk.lstat(path);
  } catch {
    return undefined; // no socket, no daemon
  }
  const answer = await sendRequest(path, request);
  if (answer === undefined) return undefined;
  const read: (value: unknown) => Answers[R['command']] = readers[request.command as R['command']];
  return read(answer);
}
