/**
 * One look at one folder of the disk: its children that are not ignored, or why they are not known. Unreadable is not
 * gone: one child that cannot be told makes the whole folder unknown, for its absence would read as a removal.
 */
import { IGNORE_FILE } from '../core/ignore.ts';
import type { IgnoreRules } from '../core/ignore.ts';
import type { LocalSeen, LocalTrouble } from '../core/entry.ts';
import { isLocalName, joinPath } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import type { Clock, Disk, DiskStat } from '../ports.ts';
import { isErrno, isMissing, localError } from './disk-errors.ts';
import { seenOf } from './seen.ts';
import type { Slices } from './slices.ts';
import { SyncError } from '../errors.ts';

export interface FolderPlace {
  readonly path: RelPath;
  /** On the disk. */
  readonly absolute: string;
}

export interface ReadChild extends LocalSeen {
  readonly name: LocalName;
  /** `null`: a name that cannot be used to look. */
  readonly stat: DiskStat | null;
  readonly trouble: LocalTrouble | null;
}

export type FolderReading =
  | {
      readonly kind: 'read';
      readonly children: ReadonlyMap<LocalName, ReadChild>;
      /** All names, ignored ones too, as the disk gave them. */
      readonly names: readonly string[];
      /** The folder itself, before its names were read. */
      readonly stat: DiskStat;
      /** When that was, by the wall clock in milliseconds. */
      readonly atMs: number;
    }
  | { readonly kind: 'trouble'; readonly trouble: LocalTrouble; readonly detail: string | null }
  /** No folder is there any more, or another one took its place meanwhile: somebody is at work, look again later. */
  | { readonly kind: 'moving' };

export interface ReadingOptions {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'now'>;
  readonly rules: IgnoreRules;
  readonly slices: Slices;
  /** Device of the pair's own folder. */
  readonly device: bigint;
  /** Brings the rules up to date with the folder's ignore file, given its stat (`null`: it has none); answers why it cannot. */
  readonly takeIgnoreFile: (stat: DiskStat | null) => Promise<string | null>;
}

/** Rejects with `stopped`, and on bugs, only. */
export async function readFolder(place: FolderPlace, options: ReadingOptions): Promise<FolderReading> {
  try {
    return await readWhole(place, options);
  } catch (error) {
    if (isMissing(error)) return { kind: 'moving' };
    return { kind: 'trouble', trouble: troubleOf(error, place.path), detail: null };
  }
}

/** What a failed look means for the entry; rejects on anything that the disk did not say. */
export function troubleOf(error: unknown, path: RelPath): LocalTrouble {
  const known = localError(error, path, 'read');
  if (!(known instanceof SyncError)) throw known;
  switch (known.code) {
    case 'local/unreadable':
    case 'local/no-handles':
      return known.code;
    case 'stopped':
    case 'bug':
      throw known;
    default:
      return 'local/io';
  }
}

async function readWhole(place: FolderPlace, options: ReadingOptions): Promise<FolderReading> {
  const { disk, clock, slices } = options;
  const atMs = clock.now();
  const before = disk.lstatSync(place.absolute);
  if (before.type !== 'folder') return { kind: 'moving' };
  const names = await disk.readdir(place.absolute);
  slices.check();

  const wrong = await options.takeIgnoreFile(names.includes(IGNORE_FILE) ? ignoreFileIn(place, disk) : null);
  if (wrong !== null) return { kind: 'trouble', trouble: 'ignore/unreadable', detail: wrong };

  const children = new Map<LocalName, ReadChild>();
  for (const name of names) {
    if (slices.over) await slices.rest();
    const child = lookAt(place, name, children, options);
    if (child !== null) children.set(child.name, child);
  }

  // RACE: between the parent's look and `readdir` the folder may have become a link to elsewhere. Names from elsewhere must
  // not pass for the person's own, so the same folder must stand there after. Swapped twice in between, names could be
  // wrong; contents could not: hashing and sending go folder by folder without following links.
  const after = disk.lstatSync(place.absolute);
  if (after.ino !== before.ino || after.dev !== before.dev) return { kind: 'moving' };
  return { kind: 'read', children, names, stat: before, atMs };
}

function ignoreFileIn({ absolute }: FolderPlace, disk: Disk): DiskStat | null {
  try {
    return disk.lstatSync(`${absolute}/${IGNORE_FILE}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** `null`: not there (any more), or ignored. */
function lookAt(
  place: FolderPlace,
  name: string,
  taken: ReadonlyMap<string, ReadChild>,
  { disk, rules, device }: ReadingOptions,
): ReadChild | null {
  if (!isLocalName(name)) return null;
  const path = joinPath(place.path, name);
  let stat: DiskStat;
  try {
    stat = disk.lstatSync(`${place.absolute}/${name}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT'))
      return name.includes('\uFFFD') && !rules.test(path, 'file').ignored ? unspeakable(name, taken) : null;
    // Such as a dead FUSE mount, which an ignore rule is the cure for.
    if (rules.test(path, 'file').ignored && rules.test(path, 'folder').ignored) return null;
    throw error;
  }
  if (rules.test(path, stat.type === 'folder' ? 'folder' : 'file').ignored) return null;
  if (name.includes('\uFFFD') && taken.has(name)) return unspeakable(name, taken);

  const seen = seenOf(stat);
  // Another file system is mounted there. What it holds comes and goes with the mount, and nothing could be moved
  // across, so it is left alone like a link; unmounting it removes nothing. Only folders are asked: overlay file systems
  // give files the device of the layer they lie in.
  const foreign = seen.kind === 'folder' && stat.dev !== device;
  const special = seen.kind === 'special' || foreign;
  return {
    name,
    stat,
    kind: special ? 'special' : seen.kind,
    size: seen.size,
    identity: seen.identity,
    stamp: seen.stamp,
    changedAtMs: seen.changedAtMs,
    trouble: special ? 'local/special' : null,
  };
}

/**
 * A name that is not UTF-8: the disk shows it with U+FFFD, and no file has that name. Several can look alike, so they
 * are counted; which is which does not matter, as none of them can be touched.
 */
function unspeakable(name: LocalName, taken: ReadonlyMap<string, ReadChild>): ReadChild {
  let shown = name;
  for (let count = 2; taken.has(shown); count++) shown = `${name} (${count})` as LocalName;
  return {
    name: shown,
    stat: null,
    kind: 'special',
    size: 0,
    identity: '' as LocalSeen['identity'],
    stamp: 'not-utf8' as LocalSeen['stamp'],
    changedAtMs: 0,
    trouble: 'name/not-utf8',
  };
}
