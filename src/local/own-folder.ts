/**
 * yetisync's own folder at the top of a pair: `marker.json`, `incoming/` (downloads under way and, for a moment, names that
 * are being taken away) and `trash/`. Private to the user, on the file system of the pair, so that moving in and out is
 * one step and costs no bytes.
 */
import { OWN_FOLDER } from '../core/ignore.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { inFolder, mustBeSameRoot } from './places.ts';
import type { Root } from './places.ts';
import { isErrno } from './disk-errors.ts';

export const own = {
  incoming: `${OWN_FOLDER}/incoming` as RelPath,
  trash: `${OWN_FOLDER}/trash` as RelPath,
};

const privateMode = 0o700;

/** What acts on the person's files needs, besides the disk. */
export interface Keeper extends Root {
  readonly random: Random;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

/** Does `act` in a folder below `.yetisync`, which is made where it is missing. */
export async function inOwnFolder<T>(at: Root, path: RelPath, act: (folder: string) => Promise<T>): Promise<T> {
  let there = false;
  try {
    return await inFolder(at, path, (folder) => {
      there = true;
      return act(folder);
    });
  } catch (error) {
    // What `act` itself did not find is not ours to make.
    if (there || !isErrno(error, 'ENOENT')) throw error;
  }
  await mustBeSameRoot(at);
  await makeOwnFolder(at, path);
  return inFolder(at, path, act);
}

/** A link in the place of `.yetisync` would lead all we keep elsewhere. */
async function makeOwnFolder({ disk, root }: Root, path: RelPath): Promise<void> {
  const top = `${root}/${OWN_FOLDER}`;
  try {
    if ((await disk.lstat(top)).type !== 'folder') throw new SyncError('local/special', { path: OWN_FOLDER });
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  // Without the pair's folder itself nothing is made: an unmounted disk must not get a `.yetisync` of its own.
  await disk.lstat(root);
  await disk.mkdirAll(`${root}/${path}`, privateMode);
}
