/** What stopped a pair's last pass as a whole: kept in its state, so that `status` can say it long after the pass. */
import { isErrorCode, SyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { StateFacts } from '../ports.ts';

export interface LastStop {
  readonly code: ErrorCode;
  /** What the error is about, as a person would write it. */
  readonly about: string | null;
  readonly atMs: number;
}

/** Runs a pass and notes in the state, where there is one by then, how it ended. A person's own stop is no trouble. */
export async function notingStop<T>(
  facts: () => StateFacts | null,
  clock: { now(): number },
  pass: () => Promise<T>,
): Promise<T> {
  try {
    const result = await pass();
    keep(facts(), null);
    return result;
  } catch (error) {
    if (error instanceof SyncError && error.code !== 'stopped') {
      const stop: LastStop = { code: error.code, about: error.detail ?? error.path ?? null, atMs: clock.now() };
      keep(facts(), JSON.stringify(stop));
    }
    throw error;
  }
}

/** A state that cannot be written is what the pass itself ends with. */
function keep(facts: StateFacts | null, stop: string | null): void {
  if (facts === null) return;
  try {
    if (stop !== null || facts.get('lastStop') !== null) facts.set('lastStop', stop);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
  }
}

/** `null`: the last pass was not stopped, or by something that this version knows nothing of. */
export function lastStopIn(facts: StateFacts): LastStop | null {
  const kept: unknown = JSON.parse(facts.get('lastStop') ?? 'null');
  if (typeof kept !== 'object' || kept === null || !('code' in kept) || !isErrorCode(kept.code)) return null;
  const about = 'about' in kept && typeof kept.about === 'string' ? kept.about : null;
  return { code: kept.code, about, atMs: 'atMs' in kept && typeof kept.atMs === 'number' ? kept.atMs : 0 };
}
