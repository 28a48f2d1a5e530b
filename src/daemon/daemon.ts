/**
 * All pairs of one process, side by side. What must hold: what stops one pair does not stop the others; only a refused sign-in, or what
 * is a bug, ends them all; and whoever asks is told how each of them is.
 */
import { SyncError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Random } from '../ports.ts';
import type { PairReport } from './pair-activity.ts';
import { PairLoop } from './pair-loop.ts';
import type { LoopSettings } from './pair-loop.ts';
import type { SyncedPair } from './synced-pair.ts';

export interface DaemonOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Something that a report tells has changed in kind. */
  readonly onChange: () => void;
}

export class Daemon {
  readonly #options: DaemonOptions;
  #loops: readonly PairLoop[] = [];
  /** Paused ones stay so when the config is read again. */
  readonly #paused = new Set<string>();

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Runs until `signal` aborts. Rejects with what ends all pairs, once all have ended. */
  async run(pairs: readonly SyncedPair[], settings: LoopSettings, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const stop = (): void => ending.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) ending.abort();
    this.#loops = pairs.map((pair) => new PairLoop({ ...this.#options, pair, settings, signal: ending.signal }));
    for (const loop of this.#loops) if (this.#paused.has(loop.pair.local)) loop.pause();
    try {
      const ends = this.#loops.map((loop) =>
        loop.run().catch((error: unknown) => {
          ending.abort();
          throw error;
        }),
      );
      const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  reports(): readonly PairReport[] {
    return this.#loops.map((loop) => loop.report());
  }

  /** These three give the names of the pairs they were about, and reject with `usage/wrong` where there is no such pair. */
  pause(name: string | undefined): readonly string[] {
    return this.#each(name, (loop) => {
      this.#paused.add(loop.pair.local);
      loop.pause();
    });
  }

  resume(name: string | undefined): readonly string[] {
    return this.#each(name, (loop) => {
      this.#paused.delete(loop.pair.local);
      loop.resume();
    });
  }

  /** Rejects with `daemon/paused` where all of them rest: a pass would go against what was asked. */
  now(name: string | undefined): readonly string[] {
    const paused: string[] = [];
    const names = this.#each(name, (loop) => {
      if (this.#paused.has(loop.pair.local)) paused.push(loop.pair.name);
      else loop.now();
    });
    if (paused.length === names.length) throw new SyncError('daemon/paused', { detail: paused.join(', ') });
    return names.filter((one) => !paused.includes(one));
  }

  /** A person decided something: what follows from it is done at once. */
  reconsider(): void {
    for (const loop of this.#loops) loop.reconsider();
  }

  #each(name: string | undefined, act: (loop: PairLoop) => void): readonly string[] {
    const chosen = this.#loops.filter(({ pair }) => name === undefined || pair.name === name || pair.local === name);
    if (chosen.length === 0) {
      const known = this.#loops.map(({ pair }) => pair.name).join(', ');
      throw new SyncError('usage/wrong', { detail: `there is no folder pair "${name ?? ''}" (there are: ${known})` });
    }
    for (const loop of chosen) act(loop);
    return chosen.map(({ pair }) => pair.name);
  }
}
