/** Abort signals joined and waited on, without leaving listeners behind on one that lives as long as the program. */
import { setMaxListeners } from 'node:events';
import { SyncError } from '../errors.ts';

export interface JoinedSignal {
  readonly signal: AbortSignal | undefined;
  /** Takes the listeners off again. `AbortSignal.any` would keep its product for as long as the oldest signal lives. */
  readonly release: () => void;
}

interface Shared {
  readonly joined: JoinedSignal;
  users: number;
}

/** Of two signals under which many calls are made at once: they share what joins them for as long as any of them lasts. */
const shared = new WeakMap<AbortSignal, WeakMap<AbortSignal, Shared>>();

/** A signal that aborts as soon as either does. To be released once. */
export function joinSignals(first: AbortSignal | undefined, second: AbortSignal | undefined): JoinedSignal {
  if (first === undefined || second === undefined || first === second) return joinAnew(first, second);
  let known = shared.get(first);
  if (known === undefined) shared.set(first, (known = new WeakMap<AbortSignal, Shared>()));
  let one = known.get(second);
  if (one === undefined) known.set(second, (one = { joined: joinAnew(first, second), users: 0 }));
  const [pairs, own] = [known, one];
  own.users += 1;
  return {
    signal: own.joined.signal,
    release: () => {
      own.users -= 1;
      if (own.users > 0) return;
      own.joined.release();
      pairs.delete(second);
    },
  };
}

function joinAnew(first: AbortSignal | undefined, second: AbortSignal | undefined): JoinedSignal {
  // A sweep has many calls under one signal, which Node would take for a leak.
  for (const signal of [first, second]) if (signal !== undefined) setMaxListeners(0, signal);
  if (first === undefined || second === undefined || first === second) {
    return { signal: first ?? second, release: nothing };
  }
  const joined = new AbortController();
  setMaxListeners(0, joined.signal);
  const stop = () => joined.abort();
  if (first.aborted || second.aborted) stop();
  first.addEventListener('abort', stop, { once: true });
  second.addEventListener('abort', stop, { once: true });
  return {
    signal: joined.signal,
    release: () => {
      first.removeEventListener('abort', stop);
      second.removeEventListener('abort', stop);
    },
  };
}

/** The result of `work`, or `stopped` as soon as `signal` aborts; `work` itself goes on for those who share it. */
export function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new SyncError('stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const leave = () => signal.removeEventListener('abort', stop);
    work.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        // What the work failed with is passed on as it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(error);
      },
    );
  });
}

export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SyncError('stopped');
}

function nothing(): void {
  // there was nothing to take off
}
