/** Whether the wall clock was set or the computer slept: then it moves against the clock that never goes back. */
import type { Clock } from '../ports.ts';

/** A wall clock that is so far from where it should be has been set, or the computer slept. */
const jumpMs = 30_000;

export class ClockJump {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #offsetMs: number;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
    this.#offsetMs = this.#offset();
  }

  /** How far it jumped since this was asked or `forget` called, in milliseconds; 0: it did not. */
  take(): number {
    const jumped = this.#offset() - this.#offsetMs;
    if (Math.abs(jumped) < jumpMs) return 0;
    this.#offsetMs += jumped;
    return jumped;
  }

  forget(): void {
    this.#offsetMs = this.#offset();
  }

  #offset(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }
}
