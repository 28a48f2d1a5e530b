/** Calls whose answer never came, or was no answer: the host may have acted all the same, and only a look tells. */
import { hasCode } from '../errors.ts';
import type { SyncError } from '../errors.ts';

/** Whether the host may have done what it was asked although this came back. */
export function isAnswerLost(error: unknown): error is SyncError {
  return hasCode(error, 'remote/unreachable', 'remote/timeout', 'remote/server-error', 'remote/bad-answer');
}

/** Whether the host may have acted, or may still act, for all that is known: only the listings of a later pass tell. */
export function mayHaveActed(error: unknown): boolean {
  return isAnswerLost(error) || hasCode(error, 'stopped');
}

/**
 * Makes the call. Where its answer was lost, `look` tells what the host has now; the error comes through if that is nothing, or if `isDone`
 * does not find in it what was asked for.
 */
export async function answered<T>(
  call: () => Promise<T>,
  look: () => Promise<T | null>,
  isDone: (seen: T) => boolean,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    const seen = await look();
    if (seen === null || !isDone(seen)) throw error;
    return seen;
  }
}
