/**
 * A computer's way to the host, the disk and the clock, with a book of its calls and a switch that ends it all at once, as SIGKILL does:
 * what is under way never comes back, and nothing more gets through.
 */
import { SyncError } from '../../src/errors.ts';
import type { Clock, Disk, Transport, TransportRequest } from '../../src/ports.ts';
import { strike, type Fault } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Call {
  /** `file/upload`, …; `download` for the bytes of a file, `file server` where a host sends it on to one. */
  readonly endpoint: string;
  readonly fields: Readonly<Record<string, string>>;
}

const changingEndpoints = new Set([
  'file/upload',
  'file/url_upload_add',
  'file/edit',
  'file/move',
  'file/copy',
  'file/delete',
  'folder/create',
  'folder/edit',
  'folder/move',
  'folder/delete',
]);

export function isChanging({ endpoint }: Call): boolean {
  return changingEndpoints.has(endpoint);
}

/** What befalls a call: `lost`: the host acted, its answer never came. `refused`: the connection broke before. */
export type Mishap = 'kill before' | 'kill after' | 'refused' | 'lost' | Fault | null;

export interface Line {
  readonly transport: Transport;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly calls: readonly Call[];
  /** How many changes of the disk were begun. */
  readonly diskChanges: () => number;
  /** Resolves when the line was cut. */
  readonly killed: Promise<void>;
  readonly isDead: () => boolean;
}

export interface LineOptions {
  readonly transport: Transport;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Asked before each call, counted from 1. May do something meanwhile, as another computer would. */
  readonly onCall?: ((call: Call, number: number) => Promise<Mishap> | Mishap) | undefined;
  /** Asked before each change of the disk, counted from 1. */
  readonly onDisk?: ((call: string, number: number) => 'kill before' | 'kill after' | null) | undefined;
}

const never = new Promise<never>(() => undefined);
/** The calls by which a disk is changed, those that answer at once left out. */
export const diskChanging = [
  'open',
  'writeFileAtomic',
  'mkdir',
  'mkdirAll',
  'link',
  'rename',
  'unlink',
  'rmdir',
  'syncFolder',
] as const;
const changes: ReadonlySet<string> = new Set(diskChanging);

export function layLine({ transport, disk, clock, onCall, onDisk }: LineOptions): Line {
  const calls: Call[] = [];
  let isDead = false;
  let diskCount = 0;
  let tell = (): void => undefined;
  const killed = new Promise<void>((resolve) => (tell = resolve));
  const kill = (): Promise<never> => {
    isDead = true;
    tell();
    return never;
  };
  const alive = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const value = await work;
      return isDead ? await never : value;
    } catch (error) {
      if (isDead) return never;
      throw error;
    }
  };

  return {
    calls,
    killed,
    isDead: () => isDead,
    diskChanges: () => diskCount,
    async transport(request) {
      const call = callOf(request);
      // the dead still close their books: that is the rig's doing, not theirs
      if (isDead) {
        if (call.endpoint === 'disable_access_token') throw new SyncError('remote/unreachable');
        return never;
      }
      calls.push(call);
      const mishap = onCall === undefined ? null : await onCall(call, calls.length);
      if (call.endpoint === 'disable_access_token' && typeof mishap === 'string')
        throw new SyncError('remote/unreachable');
      if (isDead || mishap === 'kill before') return kill();
      if (mishap === 'refused') throw new SyncError('remote/unreachable', { detail: 'the connection broke' });
      if (typeof mishap === 'object' && mishap !== null) {
        return alive(strike(mishap, request, clock, () => alive(transport(request))));
      }
      const answer = await alive(transport(request));
      if (mishap === 'kill after') return kill();
      if (mishap === 'lost') {
        const chunks = answer.body[Symbol.asyncIterator]();
        while ((await chunks.next()).done !== true);
        throw new SyncError('remote/unreachable', { detail: 'the answer got lost' });
      }
      return { ...answer, body: watched(answer.body, alive) };
    },
    disk: mortalDisk(disk, {
      alive,
      isDead: () => isDead,
      before: async (call, args) => {
        // The system takes a dead process's locks back; of one that it is just getting the rig knows nothing.
        const isLock = String(args[0]).endsWith('/lock.db.holder');
        const isChange = changes.has(call) && !(call === 'open' && args[1] === 'read') && !isLock;
        const fate = isChange ? (onDisk?.(call, ++diskCount) ?? null) : null;
        if (fate === 'kill before') await kill();
        return fate;
      },
      kill,
    }),
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => alive(clock.sleep(ms, signal)),
    },
  };
}

/** A host to which and from which files take up to `mostMs`, some before they are there and some before that is known. */
export function slowLine(transport: Transport, mostMs: number, clock: Clock, random: SeededRandom): Transport {
  return async (request) => {
    const { endpoint } = callOf(request);
    if (endpoint !== 'file/upload' && endpoint !== 'download') return transport(request);
    await clock.sleep(random.int(mostMs), request.signal);
    const answer = await transport(request);
    await clock.sleep(random.int(mostMs), request.signal);
    return answer;
  };
}

function callOf({ url, body }: TransportRequest): Call {
  const { pathname } = new URL(url);
  const at = pathname.indexOf('/api/v2/');
  // where the host sent a download on: the same download
  if (pathname.startsWith('/storage/')) return { endpoint: 'file server', fields: {} };
  if (at < 0) return { endpoint: 'download', fields: {} };
  const fields = typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : {};
  delete fields['access_token'];
  return { endpoint: pathname.slice(at + '/api/v2/'.length), fields };
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  alive: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await alive(chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

interface Mortality {
  readonly alive: <T>(work: Promise<T>) => Promise<T>;
  readonly isDead: () => boolean;
  readonly before: (call: string, args: readonly unknown[]) => Promise<'kill before' | 'kill after' | null>;
  readonly kill: () => Promise<never>;
}

/** The same disk; asynchronous calls of a killed program neither begin nor come back. */
function mortalDisk(disk: Disk, { alive, isDead, before, kill }: Mortality): Disk {
  const wrapped = Object.fromEntries(
    Object.entries(disk).map(([call, run]: [string, (...args: unknown[]) => unknown]) => {
      if (call.endsWith('Sync')) return [call, run];
      return [
        call,
        async (...args: unknown[]) => {
          if (isDead()) return never;
          const fate = await before(call, args);
          if (isDead()) return never;
          const result = await alive(Promise.resolve(run(...args)));
          return fate === 'kill after' ? kill() : result;
        },
      ];
    }),
  );
  return wrapped as unknown as Disk;
}
