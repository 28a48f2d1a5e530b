/**
 * Giving a file a name, and taking one away, without ever overwriting or losing another. POSIX knows no rename that refuses
 * to overwrite, and no unlink that checks what it removes; Node knows neither of Linux's. So a name is given by `link`, which
 * fails where something is, and taken away by renaming it aside first and looking at what that was.
 */
import { SyncError } from '../errors.ts';
import type { Disk, DiskStat } from '../ports.ts';
import { cannotLink, errno, isErrno, isMissing } from './disk-errors.ts';
import { sameFile } from './seen.ts';

/** `null`: nothing is there. */
export async function statOf(disk: Disk, place: string): Promise<DiskStat | null> {
  try {
    return await disk.lstat(place);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function statOfSync(disk: Disk, place: string): DiskStat | null {
  try {
    return disk.lstatSync(place);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Moves a file of ours, which nobody else renames, to a free name; rejects with EEXIST where something is. */
export async function placeFile(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    renameToFree(disk, from, to);
    return;
  }
  await disk.unlink(from);
}

/**
 * RACE: for folders, and on disks without hard links, a look and a rename directly after it, within some 10 µs. Worst
 * case: another program makes a file of that name in between, and it is overwritten, or an empty folder, and it is replaced by
 * the one that arrives, which is what was meant. A folder with anything in it is never replaced. Programs that save over
 * an existing name are not concerned: an existing name is refused.
 */
export function renameToFree(disk: Disk, from: string, to: string): void {
  if (statOfSync(disk, to) !== null) throw errno('EEXIST', 'something has that name');
  disk.renameSync(from, to);
}

/**
 * Takes the name `place` away from the file `expected`, which has another name by now; what stands there instead, if
 * something else does, stays. Aside is where it goes for a moment: a free name in a folder of ours.
 */
export async function dropName(disk: Disk, place: string, expected: DiskStat, aside: string): Promise<void> {
  try {
    await disk.rename(place, aside);
  } catch (error) {
    if (isMissing(error)) return; // somebody else took it away
    throw error;
  }
  if (sameFile(await disk.lstat(aside), expected)) return disk.unlink(aside);
  await putBack(disk, aside, place);
}

/**
 * Gives what was taken by mistake its name back. Where somebody was quicker and made another file of that name, it stays
 * aside: `sweepIncoming` brings it to the trash. Returns whether it is back.
 */
export async function putBack(disk: Disk, aside: string, place: string): Promise<boolean> {
  try {
    await placeFile(disk, aside, place);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

export function mustBe(condition: boolean, path: string): asserts condition {
  if (!condition) throw new SyncError('local/changed', { path });
}
