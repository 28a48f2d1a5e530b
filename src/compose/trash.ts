/** The trash of each pair's own folder, for the person: what lies in it, back to its place, gone for good. Needs no state and no host. */
import type { Pair } from '../config/config.ts';
import { isWithin } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Keeper } from '../local/own-folder.ts';
import { listTrash, purgeTrash, restoreFromTrash } from '../local/trash.ts';
import type { TrashEntry } from '../local/trash.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { resolveRoot } from './roots.ts';

export interface TrashOptions {
  readonly pair: Pair;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface PairTrash {
  readonly pair: Pair;
  /** Newest first. */
  readonly entries: readonly TrashEntry[];
  /** When it was looked at, in milliseconds since 1970. */
  readonly seenMs: number;
}

/** Rejects with `local/root-missing` and the like. */
export async function lookIntoTrash(options: TrashOptions): Promise<PairTrash> {
  const { pair, clock = realClock } = options;
  const seenMs = clock.now();
  const entries = await listTrash(await keeperOf(options));
  return { pair, entries: [...entries].reverse(), seenMs };
}

/**
 * What a person means by `path`: a place in the trash itself, else the last version of the file that was there, else the last of each file
 * that was below it.
 */
export function chooseFrom(entries: readonly TrashEntry[], path: RelPath): readonly TrashEntry[] {
  const itself = entries.find(({ trashPath }) => trashPath === path);
  if (itself !== undefined) return [itself];
  const newest = new Map<RelPath, TrashEntry>();
  for (const entry of entries) {
    if (!isWithin(entry.from, path)) continue;
    const other = newest.get(entry.from);
    if (other === undefined || other.atMs < entry.atMs) newest.set(entry.from, entry);
  }
  return [...newest.values()];
}

export interface Restored {
  readonly entry: TrashEntry;
  /** Where it is now. */
  readonly path: RelPath;
  /** `null`: it is back. */
  readonly error: SyncError | null;
}

/** Brings each back to where it was, or the one of them to `to`. What cannot be brought back stays in the trash. */
export async function restore(
  options: TrashOptions,
  entries: readonly TrashEntry[],
  to: RelPath | null,
): Promise<readonly Restored[]> {
  const at = await keeperOf(options);
  const done: Restored[] = [];
  for (const entry of entries) {
    const path = to ?? entry.from;
    try {
      await restoreFromTrash(at, entry.trashPath, to);
      done.push({ entry, path, error: null });
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      done.push({ entry, path, error });
    }
  }
  return done;
}

/** Ends for good what lay in the trash at `seenMs` and was older than `olderThanMs` then; what came in since stays. Returns how many files. */
export async function emptyTrash(options: TrashOptions, seenMs: number, olderThanMs: number): Promise<number> {
  return purgeTrash({ ...(await keeperOf(options)), now: () => seenMs }, olderThanMs);
}

async function keeperOf({
  pair,
  disk = realDisk,
  clock = realClock,
  random = realRandom,
}: TrashOptions): Promise<Keeper> {
  return { root: await resolveRoot(pair.local, disk), disk, random, now: () => clock.now() };
}
