/**
 * What the loop of a pair does next. Pure, first row that fits:
 *
 * | what is so | step |
 * | --- | --- |
 * | paused, or waiting after a failure | wait |
 * | not open yet, or closed by a failure | open: look at both roots |
 * | a look everywhere is due, and its sweep is short or was never made | full |
 * | a look everywhere is due | scan all of the disk, sweep the host in slices |
 * | a folder went missing on the host, and a sweep is short | sweep |
 * | a listing tells of another folder that changed | list, before anything is decided |
 * | listings brought news, or hints have settled, or something is to be tried again | pass |
 * | the disk was not looked at as a whole for long | rescan |
 * | a listing is due | list |
 */
export interface StepFacts {
  /** All times in milliseconds of one clock that never goes back. */
  readonly nowMs: number;
  readonly isPaused: boolean;
  readonly isOpen: boolean;
  readonly notBeforeMs: number;
  readonly fullIsDue: boolean;
  /** A sweep takes not long, or none was ever made: then it comes before anything is decided. */
  readonly isSmall: boolean;
  /** `null`: there are none. */
  readonly hintsDueMs: number | null;
  readonly hasNews: boolean;
  /** `null`: nothing went missing that a sweep must tell of. */
  readonly sweepDueMs: number | null;
  readonly retryMs: number | null;
  readonly scanDueMs: number;
  readonly hasPressing: boolean;
  readonly pollMs: number;
}

export type Step =
  | { readonly kind: 'wait'; readonly untilMs: number; readonly why: 'paused' | 'failure' | 'idle' }
  | { readonly kind: 'open' | 'full' | 'scan' | 'sweep' | 'pass' | 'rescan' | 'list' };

export function nextStep(facts: StepFacts): Step {
  const { nowMs, notBeforeMs, sweepDueMs, hintsDueMs, retryMs, scanDueMs, pollMs } = facts;
  if (facts.isPaused) return { kind: 'wait', untilMs: Infinity, why: 'paused' };
  if (notBeforeMs > nowMs) return { kind: 'wait', untilMs: notBeforeMs, why: 'failure' };
  if (!facts.isOpen) return { kind: 'open' };
  if (facts.fullIsDue) return { kind: facts.isSmall ? 'full' : 'scan' };
  if (isDue(sweepDueMs, nowMs)) return { kind: 'sweep' };
  if (facts.hasPressing) return { kind: 'list' };
  if (facts.hasNews || isDue(hintsDueMs, nowMs) || isDue(retryMs, nowMs)) return { kind: 'pass' };
  if (scanDueMs <= nowMs) return { kind: 'rescan' };
  if (pollMs <= nowMs) return { kind: 'list' };
  return {
    kind: 'wait',
    untilMs: Math.min(sweepDueMs ?? Infinity, hintsDueMs ?? Infinity, retryMs ?? Infinity, scanDueMs, pollMs),
    why: 'idle',
  };
}

/** `null`: never. */
export function isDue(atMs: number | null, nowMs: number): boolean {
  return atMs !== null && atMs <= nowMs;
}
