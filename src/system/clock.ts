/** The real clock. A sleep ends on time or with `stopped`, and leaves neither a timer nor a listener behind. */
import { performance } from 'node:perf_hooks';
import { SyncError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** A timer of Node holds 31 bits; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    // Whoever sleeps for no time only lets the others go first: a timer of Node's takes a millisecond at least.
    if (ms <= 0) return turn(signal);
    let left = ms;
    while (left > longestTimerMs) {
      await timer(longestTimerMs, signal);
      left -= longestTimerMs;
    }
    await timer(left, signal);
  },
};

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (signal?.aborted === true) throw new SyncError('stopped');
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new SyncError('stopped'));
      return;
    }
    const stop = () => {
      clearTimeout(running);
      reject(new SyncError('stopped'));
    };
    const running = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
