/**
 * What an account may fetch, and when: the package's wait between two downloads is kept, and once the host says that today's are used up it
 * is not asked again for a while. Others may use the same account, so what the host says counts, not what was counted here.
 */
import { hasCode, SyncError } from '../errors.ts';
import type { AccountLimits, Clock } from '../ports.ts';

/** The day of an account turns with each download that is a day old: asked once an hour, it costs a call an hour. */
const usedUpForMs = 3_600_000;
/** Where the host does not say how long. */
const usualWaitMs = 5_000;
const longestWaitMs = 60_000;
/** Others of the account may take the turn again and again. */
const mostTurns = 10;

export class DownloadPace {
  readonly #clock: Clock;
  #betweenMs = 0;
  #notBeforeMs = -Infinity;
  #usedUpUntilMs = -Infinity;
  #before: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Another package may allow what the one before did not. */
  learn({ waitBetweenDownloadsMs, downloadsPerDay }: AccountLimits): void {
    this.#betweenMs = waitBetweenDownloadsMs;
    if (downloadsPerDay === null) this.#usedUpUntilMs = -Infinity;
  }

  /** Opens a download when its turn has come. Rejects with `remote/download-limit` without asking while today's are used up. */
  async begin<T>(open: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#betweenMs === 0) return this.#turn(open, signal);
    // The wait is counted from one beginning to the next, so two must not begin at once.
    const turn = this.#before.then(() => this.#turn(open, signal));
    this.#before = turn.catch(() => undefined); // whoever asked has the error
    return turn;
  }

  async #turn<T>(open: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let turns = 1; ; turns++) {
      await this.#wait(signal);
      try {
        const opened = await open();
        this.#notBeforeMs = this.#clock.monotonic() + this.#betweenMs;
        return opened;
      } catch (error) {
        if (hasCode(error, 'remote/download-limit')) throw this.#usedUp(error);
        if (!hasCode(error, 'remote/download-wait') || turns >= mostTurns) throw error;
        const waitMs = Math.min(longestWaitMs, error.retryAfterMs ?? usualWaitMs);
        this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#clock.monotonic() + waitMs);
      }
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const left = this.#usedUpUntilMs - this.#clock.monotonic();
    if (left > 0) throw new SyncError('remote/download-limit', { retryAfterMs: left });
    const ms = this.#notBeforeMs - this.#clock.monotonic();
    if (ms > 0) await this.#clock.sleep(ms, signal);
  }

  /** Of bytes a smaller file may still fit: only a number of downloads stops them all. */
  #usedUp(error: SyncError): SyncError {
    if (!/size|bytes/i.test(error.detail ?? '')) this.#usedUpUntilMs = this.#clock.monotonic() + usedUpForMs;
    return new SyncError('remote/download-limit', {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      cause: error,
      retryAfterMs: usedUpForMs,
    });
  }
}
