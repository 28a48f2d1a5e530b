/** Long synchronous work in small slices, so that timers, sockets and signals get their turn in between. */
import { SyncError } from '../errors.ts';
import type { Clock } from '../ports.ts';

const sliceMs = 5;
/** Asking for the time costs as much as a tenth of an `lstat`. */
const stepsPerLook = 32;

export class Slices {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #steps = 0;
  #since: number;

  constructor(clock: Clock, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#signal = signal;
    this.#since = clock.monotonic();
  }

  /** To be asked at each step; when true, `await rest()` before the next. Rejecting an abort is `rest`'s. */
  get over(): boolean {
    if (++this.#steps % stepsPerLook !== 0) return false;
    return this.#clock.monotonic() - this.#since >= sliceMs;
  }

  /** The same, asked after a longer step: it looks at the clock each time. */
  get late(): boolean {
    return this.#clock.monotonic() - this.#since >= sliceMs;
  }

  /** Lets others run; rejects with `stopped` when aborted. */
  async rest(): Promise<void> {
    await this.#clock.sleep(0, this.#signal);
    this.#since = this.#clock.monotonic();
  }

  /** Throws `stopped` when aborted. */
  check(): void {
    if (this.#signal?.aborted === true) throw new SyncError('stopped');
  }
}
