/**
 * Up to when the wall clock is believed where something is to go for good. A clock that is far ahead for one pass must not make everything
 * old at once; and who syncs once a week or once a month must get rid of old things all the same.
 *
 * Small steps forward are believed at once. After a large one the new time counts only once the clock has gone on for a day from there;
 * until then things are as old as they were before. A step back is believed: it makes nothing older.
 *
 * RACE: a clock that stays wrong for more than a day cannot be told from a computer that was off for long, and is believed.
 */

export interface BelievedTime {
  /** Milliseconds since 1970, as the others. 0: no time is believed as yet. */
  readonly believedMs: number;
  /** Since when the clock shows times that are not believed yet; `null`: it is believed. */
  readonly doubtedMs: number | null;
}

export const nothingBelieved: BelievedTime = { believedMs: 0, doubtedMs: null };

const dayMs = 86_400_000;
/** Computers that are off for the night, or a day, are not doubted. */
const smallStepMs = 2 * dayMs;

/** `before`: what this gave the last time, however long ago. */
export function believe({ believedMs, doubtedMs }: BelievedTime, nowMs: number): BelievedTime {
  if (nowMs <= believedMs + smallStepMs) return { believedMs: nowMs, doubtedMs: null };
  const hasGoneOn = doubtedMs !== null && nowMs >= doubtedMs + dayMs;
  if (hasGoneOn) return believe({ believedMs: doubtedMs, doubtedMs: nowMs }, nowMs);
  return { believedMs, doubtedMs: doubtedMs === null ? nowMs : Math.min(doubtedMs, nowMs) };
}
