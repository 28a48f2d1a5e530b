/** Whether a change can hide: within one tick of a file system's clock a file can change without a trace in its times and size ("racily clean"). */

/** Ticks of the kernel's clock, by which files are stamped, are at most 10 ms long; the rest is for safety. */
const tickMs = 50;
/** FAT counts in steps of two seconds, some network disks in whole ones. */
const coarseTickMs = 2_050;

/**
 * Whether content that was read from `readMs` on can have been changed afterwards and still carry the stamp `changedMs`; both wall clock,
 * in milliseconds. A file stamped later than our own clock counts too: then that clock is not the one that stamps, or it was set back, and how
 * long ago the change was cannot be told.
 */
export function canHideChanges(changedMs: number, readMs: number): boolean {
  return changedMs > readMs - (Number.isInteger(changedMs / 1_000) ? coarseTickMs : tickMs);
}
