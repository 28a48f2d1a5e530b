/** The lock of a pair's local folder, in its `.yetisync`: two state directories must not be at work in one folder. */
import { OWN_FOLDER } from '../core/ignore.ts';
import { hasCode, SyncError } from '../errors.ts';
import { localError } from '../local/disk-errors.ts';
import type { Disk } from '../ports.ts';
import { takeLock } from '../state/lock.ts';
import type { Lock } from '../state/lock.ts';

/**
 * Rejects with `state/locked` where another process has it, `local/read-only` where none can be taken, and `local/special` where something else
 * stands in the place of `.yetisync`: through a link the lock would be written outside the folder.
 */
export async function takeRootLock(
  root: string,
  process: { readonly pid: number; readonly command: string },
  disk: Disk,
): Promise<Lock> {
  const folder = `${root}/${OWN_FOLDER}`;
  try {
    if ((await disk.lstat(folder)).type !== 'folder') throw new SyncError('local/special', { path: folder });
  } catch (error) {
    throw localError(error, folder, 'read');
  }
  try {
    return await takeLock(`${folder}/lock.db`, process, disk);
  } catch (cause) {
    if (!hasCode(cause, 'state/unwritable')) throw cause;
    throw new SyncError('local/read-only', { path: folder, cause }); // it lies in the person's folder, not with the state
  }
}
