/** A sleep that ends early when something comes up. */
import { hasCode } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** The wall clock is looked at so often, so that a computer that slept is noticed soon after it woke. */
const longestSleepMs = 15_000;

export class Waker {
  readonly #clock: Clock;
  #sleep: AbortController | null = null;
  #isWanted = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the sleep that is under way, or the next one before it begins. */
  wake(): void {
    this.#isWanted = true;
    this.#sleep?.abort();
  }

  /** `untilMs` on the clock that never goes back. Rejects with `stopped` when `signal` aborts. */
  async sleepUntil(untilMs: number, signal: AbortSignal): Promise<void> {
    const sleep = new AbortController();
    const stop = (): void => sleep.abort();
    signal.addEventListener('abort', stop, { once: true });
    this.#sleep = sleep;
    if (this.#isWanted || signal.aborted) sleep.abort();
    try {
      const ms = Math.min(longestSleepMs, Math.max(0, untilMs - this.#clock.monotonic()));
      await this.#clock.sleep(ms, sleep.signal);
    } catch (error) {
      if (!hasCode(error, 'stopped') || signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#sleep = null;
      this.#isWanted = false;
    }
  }
}
