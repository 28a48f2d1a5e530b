/** What happens while a pass is under way, as the pass may ask for it: it gives way to it between two rounds, and need not look there afterwards. */
import type { LocalNews, LocalStart } from '../cycle.ts';
import { hasCode } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Hints } from './hints.ts';
import { Waker } from './waker.ts';

export interface PassNewsOptions {
  readonly hints: Hints;
  readonly clock: Clock;
  readonly settleMs: number;
  /** A person decided something: what follows from it is done at once. Asked for once, it is no news any more. */
  readonly isWanted: () => boolean;
  /** When the disk is to be looked at as a whole, on the same clock. */
  readonly scanDueMs: () => number;
  /** The pass takes what there is, and looks everywhere or at some folders. */
  readonly onTaken: (look: 'everything' | readonly LocalStart[]) => void;
}

export class PassNews implements LocalNews {
  readonly #options: PassNewsOptions;
  readonly #waker: Waker;
  readonly #taken: ('everything' | readonly LocalStart[])[] = [];

  constructor(options: PassNewsOptions) {
    this.#options = options;
    this.#waker = new Waker(options.clock);
  }

  /** Hints that the pass took: if it fails they must be put back. */
  get taken(): readonly ('everything' | readonly LocalStart[])[] {
    return this.#taken;
  }

  /** To be called where what the others say may have changed. */
  wake(): void {
    this.#waker.wake();
  }

  readonly isWaiting = (): boolean => this.#options.isWanted() || this.#dueMs() <= this.#options.clock.monotonic();

  readonly arrives = async (signal: AbortSignal): Promise<void> => {
    try {
      while (!this.isWaiting()) await this.#waker.sleepUntil(this.#dueMs(), signal);
    } catch (error) {
      if (!hasCode(error, 'stopped')) throw error;
    }
  };

  readonly take = (): 'everything' | readonly LocalStart[] => {
    const { hints, clock, scanDueMs, onTaken } = this.#options;
    const taken = hints.take();
    this.#taken.push(taken);
    const look = scanDueMs() <= clock.monotonic() ? 'everything' : taken;
    onTaken(look);
    return look;
  };

  #dueMs(): number {
    const { hints, settleMs, scanDueMs } = this.#options;
    return Math.min(hints.dueMs(settleMs) ?? Infinity, scanDueMs());
  }
}
