/** When a sweep is to be made for what went missing on the host: only one that sees every folder tells whether it moved or is gone. */
import { retryWaitMs } from './backoff.ts';

/** All times in milliseconds of one clock that never goes back. */
export class SweepWish {
  #dueMs: number | null = null;
  #notBeforeMs = -Infinity;
  /** In a row. */
  #futile = 0;

  /** `null`: no sweep is wished for. */
  get dueMs(): number | null {
    return this.#dueMs;
  }

  /** A pass has ended. `isOpen`: it left something that only a sweep can tell; `hasSwept`: although it made one. */
  note({ isOpen, hasSwept }: { readonly isOpen: boolean; readonly hasSwept: boolean }, nowMs: number): void {
    if (!isOpen) [this.#futile, this.#notBeforeMs] = [0, -Infinity];
    else if (hasSwept) this.noteFutile(nowMs);
    this.#dueMs = isOpen ? Math.max(nowMs, this.#notBeforeMs) : null;
  }

  /** A sweep could not tell, because a folder cannot be listed for one: the next may not be able to either. */
  noteFutile(nowMs: number): void {
    this.#notBeforeMs = nowMs + retryWaitMs(this.#futile);
    this.#futile++;
  }

  /** A sweep saw every folder. What is open after it is new, or will not be told by the next either. */
  fulfil(): void {
    this.#dueMs = null;
  }
}
