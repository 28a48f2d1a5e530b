/**
 * The inbox of conflicts: which copies lie in a pair's folder now, and what a person decides about them. A decision is carried out on the
 * disk alone, as if the person had done it by hand; the next pass does the same on the host. So it needs no lock and no host, and
 * whatever happens in between is decided by the same rules as ever.
 */
import type { Config, Pair } from '../config/config.ts';
import { keptCopyName, originalOf, readConflictMark } from '../core/conflict.ts';
import type { ConflictMark } from '../core/conflict.ts';
import { ROOT_NODE } from '../core/entry.ts';
import type { LocalEntry, LocalSeen, NodeNumber } from '../core/entry.ts';
import { buildIgnoreRules } from '../core/ignore.ts';
import { joinPath, parentOf, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import { createLocalFiles } from '../local/files.ts';
import { scan } from '../local/scanner.ts';
import type { Clock, Disk, LocalFiles, Random } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { createHasher } from '../system/hasher.ts';
import { realRandom } from '../system/random.ts';
import { resolveRoot } from './roots.ts';
import { copyState } from './state-copy.ts';

export interface ConflictOptions {
  readonly config: Config;
  readonly pair: Pair;
  readonly signal: AbortSignal;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface ConflictSeen extends Pick<LocalSeen, 'size' | 'stamp' | 'changedAtMs'> {
  readonly path: RelPath;
}

export interface Conflict {
  readonly pair: Pair;
  readonly mark: ConflictMark;
  /** The conflict copy: the version of the computer that made it. */
  readonly mine: ConflictSeen;
  /** The file under the plain name; `size: null` where there is none any more. */
  readonly theirs: ConflictSeen | { readonly path: RelPath; readonly size: null };
}

/** By path. Looks at the disk as it is now. Nothing where the pair was never synced. Rejects with `local/root-missing`, `state/…`. */
export async function findConflicts(options: ConflictOptions): Promise<readonly Conflict[]> {
  const { config, pair, signal, clock = realClock, disk = realDisk } = options;
  const root = await resolveRoot(pair.local, disk);
  const state = await copyState(pair, options);
  if (state === null) return [];
  try {
    const { rules } = buildIgnoreRules({
      excluded: pair.exclude,
      config: config.ignore,
      files: state.localTree.ignoreFiles(),
    });
    await scan({ root, disk, clock, tree: state.localTree, files: filesOf(options, root), rules, signal });
    const found: Conflict[] = [];
    const stack: { readonly node: NodeNumber; readonly path: RelPath }[] = [{ node: ROOT_NODE, path: ROOT }];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const children = state.view.localChildren(at.node);
      found.push(...conflictsIn(pair, at.path, children));
      for (const { kind, node, name } of children)
        if (kind === 'folder') stack.push({ node, path: joinPath(at.path, name) });
    }
    return found.sort((one, other) => (one.mine.path < other.mine.path ? -1 : 1));
  } finally {
    state.close();
  }
}

function conflictsIn(pair: Pair, folder: RelPath, children: readonly LocalEntry[]): readonly Conflict[] {
  const files = children.filter(({ kind }) => kind === 'file');
  return files.flatMap((copy): Conflict[] => {
    const mark = readConflictMark(copy.name);
    if (mark === null) return [];
    const names = files.map(({ name }) => name);
    const name = originalOf(copy.name, mark, names) ?? mark.original;
    const plain = files.find((one) => one.name === name);
    const seen = (row: LocalEntry): ConflictSeen => ({ ...row, path: joinPath(folder, row.name) });
    const theirs = plain === undefined ? { path: joinPath(folder, name), size: null } : seen(plain);
    return [{ pair, mark, mine: seen(copy), theirs }];
  });
}

// ---------------------------------------------------------------------------------------------- deciding

export type Keep = 'mine' | 'theirs' | 'both';

export interface Kept {
  readonly conflict: Conflict;
  /** Where what was kept stands now. */
  readonly path: RelPath;
  /** Where what was dropped lies in the trash here. */
  readonly trash: string | null;
  /** `null`: it is done. */
  readonly error: SyncError | null;
}

/** Carries out what was decided, on just the versions that `conflicts` shows: one that was changed since is left as it is. */
export async function keep(
  which: Keep,
  conflicts: readonly Conflict[],
  options: Omit<ConflictOptions, 'pair'>,
): Promise<Kept[]> {
  const done: Kept[] = [];
  for (const conflict of conflicts) {
    const files = filesOf(options, await resolveRoot(conflict.pair.local, options.disk ?? realDisk));
    try {
      done.push({ conflict, error: null, ...(await act(which, conflict, files)) });
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      done.push({ conflict, path: conflict.mine.path, trash: null, error });
    }
  }
  return done;
}

async function act(
  which: Keep,
  { mark, mine, theirs }: Conflict,
  files: LocalFiles,
): Promise<Pick<Kept, 'path' | 'trash'>> {
  const here = await files.look(mine.path);
  if (here?.stamp !== mine.stamp) throw new SyncError('local/changed', { path: mine.path });
  const moveTo = async (path: RelPath): Promise<void> => {
    await files.move(mine.path, path, { kind: 'file', stamp: here.stamp, identity: here.identity });
  };
  switch (which) {
    case 'theirs': {
      // Dropping one of two is right only while the other is there.
      if (theirs.size === null || (await files.look(theirs.path)) === null) {
        throw new SyncError('local/missing', { path: theirs.path });
      }
      const { trashPath } = await files.trash(mine.path, mine.stamp, 'conflict: the other version was kept');
      return { path: theirs.path, trash: trashPath };
    }
    case 'mine': {
      // RACE: between the two steps there is no file under the plain name. A pass that looks just then takes it for removed, and for back a
      // moment later: the host's trash gets the dropped version, as it would anyway, and the kept one is sent as new. Nothing is lost.
      const dropped =
        theirs.size === null
          ? null
          : await files.trash(theirs.path, theirs.stamp, 'conflict: the conflict copy was kept in its place');
      await moveTo(theirs.path);
      return { path: theirs.path, trash: dropped?.trashPath ?? null };
    }
    case 'both': {
      const folder = parentOf(mine.path);
      const taken = new Set(await files.names(folder));
      const name = keptCopyName(mark.original, mark, (one) => taken.has(one));
      if (name === null) throw new SyncError('local/occupied', { path: mine.path });
      const path = joinPath(folder, name);
      await moveTo(path);
      return { path, trash: null };
    }
  }
}

function filesOf(options: Omit<ConflictOptions, 'pair'>, root: string): LocalFiles {
  const { disk = realDisk, clock = realClock, random = realRandom } = options;
  return createLocalFiles({ root, disk, clock, random, createHasher, reserveDiskBytes: 0 });
}

// ---------------------------------------------------------------------------------------------- comparing

/** Longer ones are not shown: nobody reads such a difference on a terminal. */
const longestText = 1_000_000;

/** Both versions as text; `null`: one of them is none, is missing, or is too long. */
export async function textsOf(
  { pair, mine, theirs }: Conflict,
  options: ConflictOptions,
): Promise<{ mine: string; theirs: string } | null> {
  if (theirs.size === null || mine.size > longestText || theirs.size > longestText) return null;
  const files = filesOf(options, await resolveRoot(pair.local, options.disk ?? realDisk));
  const [own, other] = [await textOf(files, mine), await textOf(files, theirs)];
  return own === null || other === null ? null : { mine: own, theirs: other };
}

async function textOf(files: LocalFiles, { path, stamp }: ConflictSeen): Promise<string | null> {
  const read = await files.read(path, stamp);
  try {
    const parts: Uint8Array[] = [];
    for await (const part of read.content) parts.push(Uint8Array.from(part));
    const bytes = Buffer.concat(parts);
    return bytes.includes(0) ? null : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null; // not UTF-8
    throw error;
  } finally {
    await read.close();
  }
}
