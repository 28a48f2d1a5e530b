/** Making folders and renaming, on the person's disk: never onto anything, never anything but what was meant. */
import type { EntryKind, Identity, LocalSeen, Stamp } from '../core/entry.ts';
import { nameOf, parentOf } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { DiskStat } from '../ports.ts';
import { cannotLink, localError } from './disk-errors.ts';
import { syncShared } from './folder-syncs.ts';
import { dropName, mustBe, renameToFree, statOf } from './names-on-disk.ts';
import { inOwnFolder, own } from './own-folder.ts';
import type { Keeper } from './own-folder.ts';
import { atPlace, inFolder } from './places.ts';
import { sameContentAs, sameFile, seenOf } from './seen.ts';

export interface MoveExpectation {
  readonly kind: EntryKind;
  readonly stamp: Stamp;
  readonly identity: Identity;
  /** The file may have its new name already, beside the old one. */
  readonly isHalfDone?: boolean;
}

export async function makeFolder(at: Keeper, path: RelPath): Promise<LocalSeen> {
  try {
    return await atPlace(at, path, async (place) => {
      await at.disk.mkdir(place);
      await syncAround(at, place);
      return seenOf(await at.disk.lstat(place));
    });
  } catch (error) {
    throw localError(error, path, 'write');
  }
}

export async function moveEntry(at: Keeper, from: RelPath, to: RelPath, expect: MoveExpectation): Promise<LocalSeen> {
  try {
    return await atPlace(at, from, (source) =>
      atPlace(at, to, async (target) => {
        const before = await statOf(at.disk, source);
        if (before === null) throw new SyncError('local/missing', { path: from });
        mustBe(isExpected(before, expect), from);
        await rename(at, { from, to, source, target, before, isHalfDone: expect.isHalfDone ?? false });
        await syncAround(at, target);
        if (parentOf(from) !== parentOf(to)) await syncAround(at, source);
        return seenOf(await at.disk.lstat(target));
      }),
    );
  } catch (error) {
    throw localError(error, to, 'write');
  }
}

/** A folder's stamp tells no more than who it is. */
function isExpected(stat: DiskStat, { kind, stamp, identity }: MoveExpectation): boolean {
  const seen = seenOf(stat);
  if (seen.kind !== kind) return false;
  return kind === 'file' ? seen.stamp === stamp : seen.identity === identity && seen.stamp === stamp;
}

interface Move {
  readonly from: RelPath;
  readonly to: RelPath;
  /** On the disk. */
  readonly source: string;
  readonly target: string;
  readonly before: DiskStat;
  readonly isHalfDone: boolean;
}

async function rename(at: Keeper, move: Move): Promise<void> {
  const { source, target, before } = move;
  if (await isOtherSpelling(at, move)) return at.disk.rename(source, target);
  if (before.type === 'folder') {
    renameToFree(at.disk, source, target);
    return;
  }
  const there = move.isHalfDone ? await statOf(at.disk, target) : null;
  if (there === null || !sameFile(there, before)) {
    try {
      await at.disk.link(source, target);
    } catch (error) {
      if (!cannotLink(error)) throw error;
      renameToFree(at.disk, source, target);
      return;
    }
  }
  // RACE: killed here, the file has both names, and the next scan finds a second file. The intent that was written before tells.
  const linked = await at.disk.lstat(target);
  await inOwnFolder(at, own.incoming, async (folder) => {
    const aside = `${folder}/taken-${at.random.hex(8)}`;
    if (!sameContentAs(linked, before)) {
      await dropName(at.disk, target, linked, aside);
      throw new SyncError('local/changed', { path: move.from });
    }
    await dropName(at.disk, source, before, aside);
  });
}

/**
 * Where case (or the Unicode form) does not count, the target of `a` → `A` is already there, and is the file itself. Not to be
 * taken for two hard links of one file: renaming one onto the other does nothing, by POSIX, and leaves both.
 */
async function isOtherSpelling(at: Keeper, { from, to, target, before }: Move): Promise<boolean> {
  if (parentOf(from) !== parentOf(to) || spelling(from) !== spelling(to)) return false;
  const there = await statOf(at.disk, target);
  if (there === null || !sameFile(there, before)) return false;
  const names = await inFolder(at, parentOf(to), (folder) => at.disk.readdir(folder));
  return !names.includes(nameOf(to));
}

function spelling(path: RelPath): string {
  return path.normalize('NFC').toLowerCase();
}

function syncAround(at: Keeper, place: string): Promise<void> {
  return syncShared(at.disk, place.slice(0, place.lastIndexOf('/')));
}
