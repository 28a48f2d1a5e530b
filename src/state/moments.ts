/**
 * The state's own order of time: every record is one moment later than what was before it. Tells whether a listing was
 * asked for before or after something was recorded.
 */
import type { RemoteId } from '../core/entry.ts';
import type { Counters } from './counters.ts';

/** Records that one opening can count before it would run into the moments of the next: far beyond any run. */
const perOpening = 2 ** 32;

export class Moments {
  #now: number;
  /** When rows went that can still turn up in listings asked for earlier. Such listings do not outlive the process. */
  readonly #dropped = new Map<RemoteId, number>();
  #lastSweep: number;
  #sweepBefore: number;

  /** Later than all moments of earlier openings, though only the opening is written down and not each moment. */
  constructor(counters: Counters) {
    this.#now = counters.next('openings') * perOpening;
    this.#lastSweep = this.#now;
    this.#sweepBefore = this.#now;
  }

  now(): number {
    return this.#now;
  }

  next(): number {
    this.#now += 1;
    return this.#now;
  }

  dropped(ids: readonly RemoteId[]): void {
    for (const id of ids) this.#dropped.set(id, this.#now);
  }

  /** Whether the id was dropped by a record that is newer than `moment`. */
  droppedAfter(id: RemoteId, moment: number): boolean {
    return (this.#dropped.get(id) ?? 0) > moment;
  }

  /** Forgets drops from before the sweep before this one: no listing stays under way that long. */
  beginSweep(): void {
    for (const [id, moment] of this.#dropped) if (moment < this.#sweepBefore) this.#dropped.delete(id);
    this.#sweepBefore = this.#lastSweep;
    this.#lastSweep = this.#now;
  }
}
