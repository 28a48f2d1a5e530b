/**
 * Which rule leaves a path out, and what the rules as they are now, or one more of them, would let go of. Reads the rules as they stand on the
 * disk at this moment, works on a copy of the state, asks no host.
 */
import type { Config, Pair } from '../config/config.ts';
import { ROOT_ENTRY } from '../core/entry.ts';
import type { BaseEntry, EntryKind, EntryNumber } from '../core/entry.ts';
import { buildIgnoreRules, IGNORE_FILE } from '../core/ignore.ts';
import type { IgnoreProblem, IgnoreVerdict } from '../core/ignore.ts';
import { joinPath, parentOf, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { createLocalFiles } from '../local/files.ts';
import { scan } from '../local/scanner.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { createHasher } from '../system/hasher.ts';
import { realRandom } from '../system/random.ts';
import { resolveRoot } from './roots.ts';
import { copyState } from './state-copy.ts';

export interface IgnoreTestOptions {
  readonly config: Config;
  readonly pair: Pair;
  /** Rules to be tried, as if they stood last in the config. */
  readonly tried: readonly string[];
  readonly signal: AbortSignal;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface PathVerdict {
  readonly verdict: IgnoreVerdict;
  readonly problems: readonly IgnoreProblem[];
}

/** `kind`: what it is to be taken for; `null`: what stands on the disk, else a file. Rejects with `local/root-missing`. */
export async function testPath(
  options: IgnoreTestOptions,
  path: RelPath,
  kind: EntryKind | null,
): Promise<PathVerdict> {
  const { pair, config, tried, disk = realDisk } = options;
  const root = await resolveRoot(pair.local, disk);
  const files: { readonly folder: RelPath; readonly text: string }[] = [];
  for (let at = path; at !== ROOT;) {
    at = parentOf(at);
    const text = await readRules(`${root}/${at === ROOT ? '' : `${at}/`}${IGNORE_FILE}`, disk);
    if (text !== null) files.push({ folder: at, text });
  }
  const { rules, problems } = buildIgnoreRules({ excluded: pair.exclude, config: [...config.ignore, ...tried], files });
  return { verdict: rules.test(path, kind ?? (await kindAt(`${root}/${path}`, disk))), problems };
}

async function readRules(place: string, disk: Disk): Promise<string | null> {
  try {
    // A link is not followed: rules that lead out of the folder are not taken by a pass either.
    if ((await disk.lstat(place)).type !== 'file') return null;
    return new TextDecoder().decode(await disk.readFile(place));
  } catch {
    return null; // none, or none that can be read: a pass holds such a folder back and says so
  }
}

async function kindAt(place: string, disk: Disk): Promise<EntryKind> {
  try {
    return (await disk.lstat(place)).type === 'folder' ? 'folder' : 'file';
  } catch {
    return 'file'; // not there: a name is tried before there is something of that name
  }
}

export interface LetGo {
  readonly path: RelPath;
  readonly kind: EntryKind;
  /** It and all below it, in bytes. */
  readonly size: number;
  readonly items: number;
  readonly verdict: IgnoreVerdict;
}

export interface LetGoResult {
  /** The topmost of each. */
  readonly letGo: readonly LetGo[];
  readonly problems: readonly IgnoreProblem[];
}

/** What is in step now and would be let go of. Nothing where the pair was never synced. Rejects with `local/root-missing`, `state/…`. */
export async function findLetGo(options: IgnoreTestOptions): Promise<LetGoResult> {
  const { pair, config, tried, signal, clock = realClock, disk = realDisk, random = realRandom } = options;
  const root = await resolveRoot(pair.local, disk);
  const state = await copyState(pair, options);
  if (state === null) return { letGo: [], problems: [] };
  try {
    const { rules, problems } = buildIgnoreRules({
      excluded: pair.exclude,
      config: [...config.ignore, ...tried],
      files: state.localTree.ignoreFiles(),
    });
    const files = createLocalFiles({ root, disk, clock, random, createHasher, reserveDiskBytes: 0 });
    const before = basePaths(state);
    // The scan meets the ignore files as they are, and lets go in the copy of what a pass would let go of.
    await scan({ root, disk, clock, tree: state.localTree, files, rules, signal });
    const gone = before.filter(({ row }) => state.view.base(row.entry) === null);
    const topOf = new Map<EntryNumber, EntryNumber>();
    const sums = new Map<EntryNumber, LetGo>();
    for (const { row, path } of gone) {
      const top = (row.parent === null ? undefined : topOf.get(row.parent)) ?? row.entry;
      topOf.set(row.entry, top);
      const sum = sums.get(top) ?? { path, kind: row.kind, size: 0, items: 0, verdict: rules.test(path, row.kind) };
      sums.set(top, { ...sum, size: sum.size + row.size, items: sum.items + 1 });
    }
    return { letGo: [...sums.values()], problems };
  } finally {
    state.close();
  }
}

/** Parents before children. */
function basePaths({ view }: OpenState): { readonly row: BaseEntry; readonly path: RelPath }[] {
  const all: { readonly row: BaseEntry; readonly path: RelPath }[] = [];
  const stack: { readonly entry: EntryNumber; readonly path: RelPath }[] = [{ entry: ROOT_ENTRY, path: ROOT }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const row of view.baseChildren(at.entry)) {
      const path = joinPath(at.path, row.localName);
      all.push({ row, path });
      if (row.kind === 'folder') stack.push({ entry: row.entry, path });
    }
  }
  return all;
}
