/**
 * The way from the pair's folder to a place below it, without following a link. Whoever can write in the person's tree, or
 * name things on the host, must not be able to lead yetisync out of it.
 */
import type { Identity } from '../core/entry.ts';
import { isLocalName, joinPath, nameOf, parentOf, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { OWN_FOLDER } from '../core/ignore.ts';
import { SyncError } from '../errors.ts';
import type { Disk, HeldFolder } from '../ports.ts';
import { errno, errnoOf, isErrno } from './disk-errors.ts';
import { isSamePlace, seenOf } from './seen.ts';

export interface Root {
  readonly disk: Disk;
  /** The pair's own folder on the disk, links resolved. */
  readonly root: string;
  /** Who that folder was when its marker was read; whoever only looks may leave it out. */
  readonly identity?: Identity;
}

/**
 * Does `act` in the folder at `path`, given a path on the disk that leads to it. Rejects with `local/special` where a link
 * or a special file stands on the way, with the disk's own error where something is missing.
 */
export async function inFolder<T>(at: Root, path: RelPath, act: (folder: string) => Promise<T>): Promise<T> {
  const hold = at.disk.holdFolder?.bind(at.disk);
  if (hold === undefined) {
    const folder = await lookedAt(at, path);
    await mustBeSameRoot(at);
    return act(folder);
  }

  const straight = await holdStraight(at.root, path, hold);
  if (straight !== null) {
    try {
      await mustBeSameRoot(at);
      return await act(straight.path);
    } finally {
      await straight.close();
    }
  }
  // Each folder is opened within the one before, which is open: no name on the way can be exchanged meanwhile.
  let held = await hold(at.root);
  try {
    for (const name of namesOf(path)) {
      const next = await holdNext(at.disk, hold, `${held.path}/${name}`, path);
      await held.close();
      held = next;
    }
    await mustBeSameRoot(at);
    return await act(held.path);
  } finally {
    await held.close();
  }
}

/**
 * A disk that is unmounted in the middle of a pass leaves an empty folder behind, in which a download would arrive out of
 * sight: back again, the disk would show the old version as the person's newest wish. Looked at while the folder is
 * held, so that it stands below the root that is there now.
 *
 * RACE: the disk goes away before the folder is held and is back before the root is looked at. Worst case: one file arrives,
 * or one folder is made, below the mount point, and is taken for removed when the disk is looked at again; what was
 * there before is in neither case touched, and the host's version goes to its trash.
 */
export async function mustBeSameRoot({ disk, root, identity }: Root): Promise<void> {
  if (identity === undefined) return;
  let seen: Identity;
  try {
    seen = seenOf(await disk.lstat(root)).identity;
  } catch (error) {
    throw new SyncError('local/root-missing', { path: root, cause: error });
  }
  if (!isSamePlace(seen, identity))
    throw new SyncError('local/root-missing', { path: root, detail: 'it was exchanged' });
}

/** As `inFolder`, in the folder that holds `path`; `act` gets the path to the entry itself. */
export async function atPlace<T>(at: Root, path: RelPath, act: (place: string) => Promise<T>): Promise<T> {
  refuseOwn(path);
  return inFolder(at, parentOf(path), (folder) => act(`${folder}/${nameOf(path)}`));
}

/**
 * RACE: without held folders each one is looked at directly before the act. Worst case: somebody exchanges one for a link
 * within that millisecond, and a file of ours arrives, or one is taken, where the link leads. They would need to be
 * able to write in the person's tree, and get no more than the person's own rights. Linux is not concerned.
 */
async function lookedAt({ disk, root }: Root, path: RelPath): Promise<string> {
  let at = ROOT;
  for (const name of namesOf(path)) {
    at = joinPath(at, name);
    const { type } = await disk.lstat(`${root}/${at}`);
    if (type === 'file') throw errno('ENOTDIR', 'a file stands on the way');
    if (type !== 'folder') throw new SyncError('local/special', { path });
  }
  return path === ROOT ? root : `${root}/${path}`;
}

function namesOf(path: RelPath): readonly LocalName[] {
  return path === ROOT ? [] : path.split('/').filter(isLocalName);
}

/**
 * By one open, whatever leads there: then the system is asked where the folder that is now held really stands. If that is
 * `path`, no link stood on the way. `null`: it is elsewhere, or cannot be held so; why, the way folder by folder tells.
 */
async function holdStraight(root: string, path: RelPath, hold: Hold): Promise<HeldFolder | null> {
  // The system marks removed folders so, behind their last path.
  if (path.endsWith(' (deleted)')) return null;
  const place = path === ROOT ? root : `${root}/${path}`;
  let held: HeldFolder;
  try {
    held = await hold(place);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
  if (held.standsAt() === place) return held;
  await held.close();
  return null;
}

type Hold = NonNullable<Disk['holdFolder']>;

async function holdNext(disk: Disk, hold: Hold, place: string, path: RelPath): Promise<HeldFolder> {
  try {
    return await hold(place);
  } catch (error) {
    // Linux says ENOTDIR of a link too, when a folder is asked for.
    if (!isErrno(error, 'ELOOP', 'ENOTDIR')) throw error;
    const { type } = await disk.lstat(place);
    throw type === 'file' ? error : new SyncError('local/special', { path, cause: error });
  }
}

/** Nothing that comes from the host, or is asked for by a path, may reach into yetisync's own folder. */
function refuseOwn(path: RelPath): void {
  const top = path.split('/', 1)[0]?.toLowerCase();
  if (path === ROOT || top === OWN_FOLDER) {
    throw new SyncError('name/unsupported', { path, detail: "yetisync's own folder" });
  }
}
