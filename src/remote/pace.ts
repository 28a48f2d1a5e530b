/**
 * How fast calls may start: a bucket of starts on the clock. What must hold: no more than the rate for long, trouble
 * halves the rate at once and quiet brings it back slowly, and while a host asks to be left alone nothing starts.
 */
import type { Clock } from '../ports.ts';

/** So many seconds' worth of starts may come at once after a pause; at least one. */
const burstSeconds = 1;
/** Several calls in flight meet the same trouble: it halves the rate once. */
const oneTroubleMs = 1_000;
const slowestPerSecond = 0.1;
/** What each call that went well gives back of the full rate. */
const recoveryPart = 1 / 50;
/** Where no rate is set, the one at which trouble found us is not known: it begins anew here, and ends this far up. */
const firstRate = 8;
const freeAgainRate = 64;
/** A host that asks for more is not waited for inside a call; whoever called gets the error. */
export const longestPauseMs = 5 * 60_000;

export class Pace {
  readonly #clock: Clock;
  /** The rate that was set, in starts a second; 0 is no limit. */
  readonly #full: number;
  #rate: number;
  #bucket: number;
  #filledAt: number;
  #pausedUntil = 0;
  #troubleAt = -Infinity;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#full = perSecond;
    this.#rate = perSecond;
    this.#bucket = Math.max(1, perSecond * burstSeconds);
    this.#filledAt = clock.monotonic();
  }

  /** Starts a second at present; 0 is no limit. */
  get rate(): number {
    return this.#rate;
  }

  /** Takes a start if one is due now; whoever waits in a line must not be overtaken so. */
  take(): boolean {
    if (this.#untilNext() > 0) return false;
    if (this.#rate > 0) this.#bucket -= 1;
    return true;
  }

  /**
   * Milliseconds until so many calls may start one right after the other, or as many as may ever do so, if nobody else takes a start
   * meanwhile; at most as long as a pause may be that allows starts at once. 0 where nothing may start at all for now.
   */
  untilMany(calls: number): number {
    if (this.#rate === 0 || this.#pausedUntil > this.#clock.monotonic()) return 0;
    this.#fill();
    const missing = Math.min(calls, Math.floor(this.#most)) - this.#bucket;
    return Math.min(burstSeconds * 1_000, Math.max(0, Math.ceil((missing / this.#rate) * 1_000)));
  }

  /** Resolves when the next call may start; rejects with `stopped`. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    while (!this.take()) await this.#clock.sleep(this.#untilNext(), signal);
  }

  /** The host answered as it should. */
  succeeded(): void {
    if (this.#rate === this.#full) return;
    this.#fill();
    this.#rate += (this.#full === 0 ? freeAgainRate : this.#full) * recoveryPart;
    if (this.#full > 0) this.#rate = Math.min(this.#full, this.#rate);
    else if (this.#rate >= freeAgainRate) this.#rate = 0;
  }

  /** The host is overloaded, or says that we ask too much of it. */
  troubled(retryAfterMs: number | undefined): void {
    const now = this.#clock.monotonic();
    if (retryAfterMs !== undefined) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(retryAfterMs, longestPauseMs));
    }
    if (now - this.#troubleAt < oneTroubleMs) return;
    this.#troubleAt = now;
    this.#fill();
    this.#rate = this.#rate === 0 ? firstRate : Math.max(slowestPerSecond, this.#rate / 2);
    this.#bucket = Math.min(this.#bucket, 1);
  }

  /** Milliseconds until a start is due. */
  #untilNext(): number {
    const paused = this.#pausedUntil - this.#clock.monotonic();
    if (paused > 0) return paused;
    if (this.#rate === 0) return 0;
    this.#fill();
    return this.#bucket >= 1 ? 0 : Math.max(1, Math.ceil(((1 - this.#bucket) / this.#rate) * 1000));
  }

  /** The most starts that may come at once. */
  get #most(): number {
    return Math.max(1, this.#rate * burstSeconds);
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    this.#bucket = Math.min(this.#most, this.#bucket + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
  }
}
