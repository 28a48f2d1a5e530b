/** The local trash, for the person: what is in it, back to its place, and gone for good once it was kept long enough. */
import type { LocalSeen } from '../core/entry.ts';
import { isLocalName, isWithin, joinPath, nameOf, parentOf, parseRelPath, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { hasCode, SyncError } from '../errors.ts';
import { isErrno, isMissing, localError } from './disk-errors.ts';
import { makeFolder } from './moving.ts';
import { placeFile, statOf } from './names-on-disk.ts';
import { inOwnFolder, own } from './own-folder.ts';
import type { Keeper } from './own-folder.ts';
import { atPlace, inFolder } from './places.ts';
import { look } from './reading.ts';
import { seenOf } from './seen.ts';
import { dropSlot, inSlot, isDayName, isSlotName, makeSlot, trashPathOf } from './trash-slot.ts';
import type { TrashManifest, TrashSlot } from './trash-slot.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface TrashEntry {
  readonly trashPath: RelPath;
  /** Where it was. Only its name, where the note of it was lost. */
  readonly from: RelPath;
  readonly atMs: number;
  readonly why: string;
  /** In bytes. */
  readonly size: number;
}

/** Oldest day first. What did not come from yetisync is not shown. */
export async function listTrash(at: Keeper): Promise<readonly TrashEntry[]> {
  const entries: TrashEntry[] = [];
  for (const { slot, day } of await slotsOf(at)) {
    const stat = await inSlot(at, slot, (place) => statOf(at.disk, place));
    if (stat?.type !== 'file') continue;
    const { from, atMs, why } = await manifestOf(at, slot, day);
    entries.push({ trashPath: trashPathOf(slot), from, atMs, why, size: stat.size });
  }
  return entries.sort((one, other) => one.atMs - other.atMs);
}

/**
 * Brings a file back to where it was, or to `to`; folders that are missing on the way are made. Rejects with
 * `local/occupied` if something is there, with `local/missing` if it is not in the trash.
 */
export async function restoreFromTrash(
  at: Keeper,
  trashPath: RelPath,
  to: RelPath | null = null,
): Promise<{ readonly path: RelPath; readonly seen: LocalSeen }> {
  const slot = slotAt(trashPath);
  try {
    const { from } = await manifestOf(at, slot, nameOf(parentOf(slot.folder)));
    const path = to ?? from;
    await makeFoldersTo(at, parentOf(path));
    const seen = await inSlot(at, slot, (kept) =>
      atPlace(at, path, async (place) => {
        await placeFile(at.disk, kept, place);
        await at.disk.syncFolder(place.slice(0, place.lastIndexOf('/')));
        return seenOf(await at.disk.lstat(place));
      }),
    );
    await dropSlot(at, slot);
    return { path, seen };
  } catch (error) {
    throw localError(error, trashPath, 'write');
  }
}

/** Reads a file of the trash from its beginning to its end. Rejects with `local/missing` if it is not there. */
export async function readTrashed(
  at: Keeper,
  trashPath: RelPath,
  each: (part: Uint8Array) => Promise<void> | void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await inSlot(at, slotAt(trashPath), async (place) => {
      const file = await at.disk.open(place, 'read');
      try {
        const buffer = new Uint8Array(CHUNK_BYTES);
        for (let size = 0, count = -1; count !== 0; size += count) {
          if (signal.aborted) throw new SyncError('stopped');
          count = await file.read(buffer, size);
          if (count > 0) await each(buffer.subarray(0, count));
        }
      } finally {
        await file.close();
      }
    });
  } catch (error) {
    throw localError(error, trashPath, 'read');
  }
}

/** Removes for good what has been in the trash for longer than `olderThanMs`. Returns how many files that were. */
export async function purgeTrash(at: Keeper, olderThanMs: number): Promise<number> {
  let purged = 0;
  const days = new Set<string>();
  for (const { slot, day } of await slotsOf(at)) {
    if ((await manifestOf(at, slot, day)).atMs > at.now() - olderThanMs) continue;
    const isFile = await inSlot(at, slot, async (place) => {
      if ((await statOf(at.disk, place))?.type !== 'file') return false;
      await at.disk.unlink(place);
      return true;
    });
    if (isFile) purged++;
    await dropSlot(at, slot).catch(ignoreNotEmpty);
    days.add(day);
  }
  for (const day of days) {
    await inOwnFolder(at, own.trash, (folder) => at.disk.rmdir(`${folder}/${day}`)).catch(ignoreNotEmpty);
  }
  return purged;
}

/**
 * To be called at the start, before anything arrives: partial downloads older than `olderThanMs` (negative infinity: all) go; names that were being taken
 * away when yetisync was killed are brought to the trash if they are the last of their file.
 */
export async function sweepIncoming(at: Keeper, olderThanMs: number): Promise<void> {
  await inOwnFolder(at, own.incoming, async (folder) => {
    for (const name of await at.disk.readdir(folder)) {
      const place = `${folder}/${name}`;
      const stat = await statOf(at.disk, place);
      if (stat?.type !== 'file') continue;
      if (/^taken-[0-9a-f]+$/.test(name)) {
        if (stat.nlink > 1n) await at.disk.unlink(place);
        else await toTrash(at, place, parseRelPath(name));
      } else if (/^f\d+-\d+$/.test(name) && Number(stat.mtimeNs / 1_000_000n) < at.now() - olderThanMs) {
        await at.disk.unlink(place);
      }
    }
  });
}

async function toTrash(at: Keeper, place: string, shownAs: RelPath): Promise<void> {
  const slot = await makeSlot(at, shownAs, 'left over when yetisync was stopped in the middle of a move');
  await inSlot(at, slot, (kept) => placeFile(at.disk, place, kept));
}

interface FoundSlot {
  readonly day: string;
  readonly slot: TrashSlot;
}

async function slotsOf(at: Keeper): Promise<readonly FoundSlot[]> {
  const found: FoundSlot[] = [];
  for (const day of (await namesIfAny(at, own.trash)).filter(isDayName)) {
    const dayFolder = parseRelPath(`${own.trash}/${day}`);
    for (const number of (await namesIfAny(at, dayFolder)).filter(isSlotName)) {
      const folder = parseRelPath(`${dayFolder}/${number}`);
      const [name] = await namesIfAny(at, folder);
      // An empty slot is one whose file never came, or was taken out by hand; it goes with its day.
      if (name === undefined || isLocalName(name)) {
        found.push({ day, slot: { folder, name: (name ?? '-') as LocalName } });
      }
    }
  }
  return found;
}

async function namesIfAny(at: Keeper, folder: RelPath): Promise<readonly string[]> {
  try {
    return await inFolder(at, folder, (place) => at.disk.readdir(place));
  } catch (error) {
    const known = localError(error, folder, 'read');
    // What stands there instead of a folder is not ours.
    if (isMissing(error) || hasCode(known, 'local/special')) return [];
    throw known;
  }
}

async function manifestOf(at: Keeper, slot: TrashSlot, day: string): Promise<TrashManifest> {
  const lost: TrashManifest = { from: slot.name as string as RelPath, atMs: Date.parse(day), why: 'unknown' };
  try {
    const bytes = await inFolder(at, parentOf(slot.folder), (folder) =>
      at.disk.readFile(`${folder}/${nameOf(slot.folder)}.json`),
    );
    const { from, atMs, why } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof from !== 'string' || typeof atMs !== 'number' || typeof why !== 'string') return lost;
    return { from: parseRelPath(from), atMs, why };
  } catch (error) {
    // Cut off by a power failure, or removed by hand: the file itself still has its name and its day.
    if (isMissing(error) || error instanceof SyntaxError || error instanceof SyncError) return lost;
    throw error;
  }
}

function slotAt(trashPath: RelPath): TrashSlot {
  const folder = parentOf(trashPath);
  if (!isWithin(folder, own.trash) || !isSlotName(nameOf(folder)) || !isDayName(nameOf(parentOf(folder)))) {
    throw new SyncError('usage/wrong', { path: trashPath, detail: 'not a file of the trash' });
  }
  return { folder, name: nameOf(trashPath) };
}

async function makeFoldersTo(at: Keeper, folder: RelPath): Promise<void> {
  let path = ROOT;
  for (const name of folder === ROOT ? [] : folder.split('/').filter(isLocalName)) {
    path = joinPath(path, name);
    if ((await look(at, path)) === null) await makeFolder(at, path);
  }
}

function ignoreNotEmpty(error: unknown): void {
  if (!isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error; // somebody put something there: it is theirs
}
