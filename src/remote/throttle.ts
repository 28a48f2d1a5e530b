/**
 * How many bytes a second go over the line. All uploads share one budget and all downloads another; the rate may change
 * with the time of day, also in the middle of a file.
 */
import type { Clock } from '../ports.ts';

/** Bytes a second at a minute of the local day (0 to 1439); 0 is no limit. */
export type ByteRate = (minuteOfDay: number) => number;

/** Pieces small enough that a slow line flows instead of jerking. */
const pieceSeconds = 0.25;
const smallestPiece = 1_024;
/** A wait is cut into pieces, after each of which the timetable is asked again. */
const longestWaitMs = 30_000;

export class Throttle {
  readonly #clock: Clock;
  readonly #rate: ByteRate;
  /** When all that was let through so far would have gone at the rate of its time. */
  #busyUntil: number;

  constructor(clock: Clock, rate: ByteRate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#busyUntil = clock.monotonic();
  }

  /** The same bytes, no faster than the rate. Abandoning it abandons `content`. */
  async *slow(
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of content) {
      let from = 0;
      while (from < chunk.byteLength) {
        const rate = this.#now();
        const piece = rate === 0 ? chunk.byteLength : Math.max(smallestPiece, Math.floor(rate * pieceSeconds));
        const part = from === 0 && piece >= chunk.byteLength ? chunk : chunk.subarray(from, from + piece);
        from += part.byteLength;
        await this.#pass(part.byteLength, signal);
        yield part;
      }
    }
  }

  async #pass(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const rate = this.#now();
    const now = this.#clock.monotonic();
    if (rate === 0) {
      this.#busyUntil = now;
      return;
    }
    const due = Math.max(now, this.#busyUntil);
    this.#busyUntil = due + (bytes / rate) * 1000;
    while (this.#clock.monotonic() < due) {
      await this.#clock.sleep(Math.min(longestWaitMs, Math.ceil(due - this.#clock.monotonic())), signal);
      if (this.#now() === 0) return;
    }
  }

  #now(): number {
    const date = new Date(this.#clock.now());
    return Math.max(0, this.#rate(date.getHours() * 60 + date.getMinutes()));
  }
}
