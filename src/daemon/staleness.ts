/** Which pairs were not in sync for too long. Told once for each time, and again only after they were in sync in between. */
import type { PairReport } from './pair-activity.ts';

export interface StalePair {
  readonly report: PairReport;
  /** In milliseconds. */
  readonly forMs: number;
}

export class Staleness {
  readonly #afterMs: number;
  readonly #startedMs: number;
  readonly #told = new Set<string>();
  /** What was known when the pair was last open: a halted one cannot be asked. */
  readonly #lastSuccess = new Map<string, number>();

  /** `startedMs`: since when successes are counted where there never was one, in milliseconds since 1970. */
  constructor(afterMs: number, startedMs: number) {
    this.#afterMs = afterMs;
    this.#startedMs = startedMs;
  }

  /** Those that became stale since this was asked before. */
  news(reports: readonly PairReport[], nowMs: number): readonly StalePair[] {
    return reports.flatMap((report) => {
      const known = report.facts?.lastSuccessMs ?? this.#lastSuccess.get(report.local) ?? this.#startedMs;
      this.#lastSuccess.set(report.local, known);
      const forMs = nowMs - known;
      if (forMs < this.#afterMs) {
        this.#told.delete(report.local);
        return [];
      }
      if (this.#told.has(report.local)) return [];
      this.#told.add(report.local);
      return [{ report, forMs }];
    });
  }
}
