/**
 * What earlier passes began is settled one by one. What is wrong with one of them alone (the host refuses a call, a link stands in the way)
 * stops neither the others nor the pass: it stays open, as it was, and a later pass sees to it.
 */
import { SyncError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Rejects with what is not about this one thing. */
export async function orLeftOpen(work: () => Promise<void>, log: Log): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SyncError) || error.disposition !== 'skip') throw error;
    log.info('what an earlier run began cannot be settled now', { why: error.message });
  }
}
