/**
 * Where a file of the person goes when it has to go: `.yetisync/trash/<day>/<number>/<name>`, with `<number>.json` beside it
 * that says where it was, when and why. A folder for each, so that equal names never meet and long ones stay as they are.
 */
import { nameOf, parseRelPath } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { isMissing } from './disk-errors.ts';
import { inOwnFolder, own } from './own-folder.ts';
import type { Keeper } from './own-folder.ts';
import { inFolder } from './places.ts';

export interface TrashManifest {
  /** Where the file was, in the pair's folder. */
  readonly from: RelPath;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly why: string;
}

export interface TrashSlot {
  /** `.yetisync/trash/<day>/<number>` */
  readonly folder: RelPath;
  readonly name: LocalName;
}

const randomBytes = 8;
const slotPattern = /^[0-9a-f]{16}$/;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

export function trashPathOf({ folder, name }: TrashSlot): RelPath {
  return `${folder}/${name}` as RelPath;
}

export function isSlotName(name: string): boolean {
  return slotPattern.test(name);
}

export function isDayName(name: string): boolean {
  return dayPattern.test(name);
}

/**
 * Makes an empty slot, its manifest first. The manifest is not synced by itself: lost in a power cut, the file keeps its
 * name and its day, which is no reason to wait for the disk at each removal.
 */
export async function makeSlot(at: Keeper, from: RelPath, why: string): Promise<TrashSlot> {
  const atMs = at.now();
  const number = at.random.hex(randomBytes);
  const day = parseRelPath(`${own.trash}/${new Date(atMs).toISOString().slice(0, 10)}`);
  const manifest: TrashManifest = { from, atMs, why };
  await inOwnFolder(at, day, async (folder) => {
    const file = await at.disk.open(`${folder}/${number}.json`, 'create');
    try {
      await file.write(new TextEncoder().encode(`${JSON.stringify(manifest)}\n`), 0);
    } finally {
      await file.close();
    }
    await at.disk.mkdir(`${folder}/${number}`);
  });
  return { folder: `${day}/${number}` as RelPath, name: nameOf(from) };
}

/** Does `act` at the place of the slot's file. */
export function inSlot<T>(at: Keeper, slot: TrashSlot, act: (place: string) => Promise<T>): Promise<T> {
  return inFolder(at, slot.folder, (folder) => act(`${folder}/${slot.name}`));
}

/** Takes an empty slot away again. One that is not empty stays. */
export async function dropSlot(at: Keeper, { folder }: TrashSlot): Promise<void> {
  const day = folder.slice(0, folder.lastIndexOf('/')) as RelPath;
  const number = nameOf(folder);
  await inFolder(at, day, async (place) => {
    try {
      await at.disk.rmdir(`${place}/${number}`);
      await at.disk.unlink(`${place}/${number}.json`);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  });
}
