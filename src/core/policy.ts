import type { BaseEntry, RemoteEntry } from './entry.ts';
import type { TreeView } from './tree.ts';

/** Full sweeps within which something is taken for just sent (design, section 5). */
const RECENT_SWEEPS = 2;

/** All that the decisions depend on besides the trees. */
export interface Policy {
  readonly nowMs: number;
  /** Time and computer, as conflict copies made by this pass carry them: `2026-11-22 14-03-05 computer`. */
  readonly conflictMade: string;
  /** How long a second id under the name of a known file is taken for a version on its way, in milliseconds. */
  readonly nextVersionWaitMs: number;
  /** Numbers below it belong to new entries whose operations are under way; left out where none are. */
  readonly firstFreeEntry?: number;
}

/** Whether this computer put it on the host so lately that others may have acted without having seen it. */
export function isFreshlyPut({ putSweep }: BaseEntry, { sweeps }: Pick<TreeView, 'sweeps'>): boolean {
  return putSweep !== 0 && sweeps.begun - putSweep <= RECENT_SWEEPS;
}

/** Whether this computer moved or renamed it there so lately that others may have acted without having seen it. */
export function isFreshlyMoved({ movedSweep }: BaseEntry, { sweeps }: Pick<TreeView, 'sweeps'>): boolean {
  return movedSweep > 0 && sweeps.begun - movedSweep <= RECENT_SWEEPS;
}

/** Whether what the host shows of the id is so new that it may be a step of something that is under way. */
export function isRecent({ firstSeenMs }: RemoteEntry, { nowMs, nextVersionWaitMs }: Policy): boolean {
  return nowMs - firstSeenMs < nextVersionWaitMs;
}
