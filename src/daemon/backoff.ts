/** How long a pair waits after a failure. Pure: the same failures and chances give the same waits. */
import type { SyncError } from '../errors.ts';

const firstMs = 5_000;
const longestMs = 2 * 60_000;
/** A host that cannot be reached is not burdened by a look whether it can; and whoever has the network back waits for this. */
const shortestAwayMs = 15_000;

/** What to do about a pass that was stopped as a whole. */
export type Recovery =
  /** Nothing is wrong with the pair: it waits, longer each time. */
  | { readonly kind: 'retry'; readonly waitMs: number }
  /** A person must act; it is looked again all the same, at each poll. */
  | { readonly kind: 'halt'; readonly waitMs: number }
  /** The whole daemon must end: failed sign-ins lock the account. */
  | { readonly kind: 'exit' };

/** `failures`: how many came in a row, this one included. `chance` in [0, 1). */
export function recoveryFrom(
  error: SyncError,
  { failures, chance, intervalMs }: { readonly failures: number; readonly chance: number; readonly intervalMs: number },
): Recovery {
  if (error.code === 'remote/sign-in-refused' || error.code === 'bug') return { kind: 'exit' };
  if (error.disposition === 'halt') return { kind: 'halt', waitMs: intervalMs };
  const isAway = error.code === 'remote/unreachable';
  const longest = isAway ? Math.min(longestMs, Math.max(shortestAwayMs, intervalMs)) : longestMs;
  const wait = Math.min(longest, firstMs * 2 ** Math.min(20, failures - 1));
  // Many computers that lost one host must not come back all at once.
  return { kind: 'retry', waitMs: Math.max(error.retryAfterMs ?? 0, wait * (0.75 + chance / 2)) };
}

const firstRetryMs = 5_000;
const longestRetryMs = 15 * 60_000;

/** When to try again what a pass left undone; what only waits for its time costs no call. `idle`: passes in a row that did nothing. */
export function retryWaitMs(idle: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(20, idle));
}
