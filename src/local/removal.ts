/**
 * Taking a person's file away: it moves to the trash, in one step, and is looked at once it is there. What turns out not to
 * be the file that was meant gets its name back.
 */
import type { Stamp } from '../core/entry.ts';
import type { RelPath } from '../core/path.ts';
import { parentOf } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { DiskStat, TrashedFile } from '../ports.ts';
import { copyAcross } from './copy-across.ts';
import { isErrno, localError } from './disk-errors.ts';
import { syncShared } from './folder-syncs.ts';
import { mustBe, putBack, statOf, statOfSync } from './names-on-disk.ts';
import type { Keeper } from './own-folder.ts';
import { atPlace, inFolder } from './places.ts';
import type { Reading } from './reading.ts';
import { sameContentAs, seenOf } from './seen.ts';
import { dropSlot, inSlot, makeSlot, trashPathOf } from './trash-slot.ts';

export async function trashFile(at: Keeper & Reading, path: RelPath, stamp: Stamp, why: string): Promise<TrashedFile> {
  try {
    return await atPlace(at, path, async (place) => {
      const before = await statOf(at.disk, place);
      if (before === null) throw new SyncError('local/missing', { path });
      mustBe(before.type === 'file' && seenOf(before).stamp === stamp, path);
      const slot = await makeSlot(at, path, why);
      try {
        await inSlot(at, slot, (aside) => takeInto(at, path, place, before, aside));
      } catch (error) {
        await dropSlot(at, slot).catch(() => undefined); // not empty: it holds what could not be put back
        throw error;
      }
      await syncShared(at.disk, place.slice(0, place.lastIndexOf('/')));
      return { trashPath: trashPathOf(slot) };
    });
  } catch (error) {
    throw localError(error, path, 'write');
  }
}

/** Renaming is the check: whatever stands there at that moment is kept, and looked at afterwards. */
export async function takeInto(
  at: Keeper & Reading,
  path: RelPath,
  place: string,
  before: DiskStat,
  aside: string,
): Promise<void> {
  const now = statOfSync(at.disk, place);
  mustBe(now !== null && sameContentAs(now, before), path);
  try {
    at.disk.renameSync(place, aside);
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error;
    return copyAcross(at, path, place, before, aside);
  }
  if (sameContentAs(await at.disk.lstat(aside), before)) return;
  const back = await putBack(at.disk, aside, place);
  throw new SyncError('local/changed', back ? { path } : { path, detail: 'its newer content is in the trash' });
}

/** Removes an empty folder; what is in it, hidden or not, keeps it. */
export async function removeEmptyFolder(at: Keeper, path: RelPath): Promise<void> {
  try {
    await atPlace(at, path, (place) => at.disk.rmdir(place));
    await inFolder(at, parentOf(path), (folder) => syncShared(at.disk, folder));
  } catch (error) {
    // Some systems say EEXIST for a folder that is not empty.
    if (isErrno(error, 'EEXIST')) throw new SyncError('local/not-empty', { path, cause: error });
    throw localError(error, path, 'write');
  }
}
