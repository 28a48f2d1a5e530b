/**
 * Everything that is known of one path, and what the next pass would do with it: the local side as the disk shows it now, the host as it
 * was listed last. Decided by the very functions that a pass decides with, on a copy of the state. No host is asked.
 */
import { decideNext } from '../cycle.ts';
import type { Config, Pair } from '../config/config.ts';
import { conflictMade } from '../core/conflict.ts';
import { ROOT_ENTRY, ROOT_NODE } from '../core/entry.ts';
import type { BaseEntry, EntryKind, EntryNumber, LocalEntry, LocalSeen, RemoteEntry } from '../core/entry.ts';
import { buildIgnoreRules } from '../core/ignore.ts';
import type { IgnoreVerdict } from '../core/ignore.ts';
import type { Item } from '../core/item.ts';
import { localNameFor } from '../core/names.ts';
import type { Operation, Problem } from '../core/operation.ts';
import { isLocalName, isWithin, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { basePath, localPath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import { createLocalFiles } from '../local/files.ts';
import { findRoot, judgeRoot } from '../local/marker.ts';
import { scan } from '../local/scanner.ts';
import type { Clock, Disk, HistoryLine, KnownProblem, LocalFiles, Random } from '../ports.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { createHasher } from '../system/hasher.ts';
import { realRandom } from '../system/random.ts';
import { knownRoot, resolveRoot, rootTrouble } from './roots.ts';
import { copyState } from './state-copy.ts';
import { pairIdOf } from './state-files.ts';

/** So many finished operations are told. */
const LINES_TOLD = 5;

export interface Explanation {
  readonly pair: Pair;
  readonly path: RelPath;
  /** Why the pair as a whole does not go on; the disk was not looked at then. */
  readonly stopped: SyncError | null;
  /** False: the pair was never synced on this computer. */
  readonly isKnown: boolean;
  /** Whether a rule leaves it out. */
  readonly ignored: IgnoreVerdict;
  /** In the config's `exclude`. */
  readonly isExcluded: boolean;
  /** What stands there on the disk at this moment. */
  readonly now: LocalSeen | null;
  readonly local: (LocalEntry & { readonly path: RelPath }) | null;
  /** `path`: where it stands on the host, by the host's own names, below the pair's folder. */
  readonly remote: (RemoteEntry & { readonly path: string }) | null;
  readonly base: (BaseEntry & { readonly path: RelPath }) | null;
  /** The row of the decision table; `null`: the three trees agree on it, or it is nowhere. */
  readonly reason: string | null;
  readonly problem: (Problem & Partial<KnownProblem>) | null;
  /** Why it is not decided yet. */
  readonly waiting: string | null;
  /** Its removal waits for a person. */
  readonly isHeld: boolean;
  /** What the next pass does with it. */
  readonly next: readonly Operation[];
  /** The folder that goes and takes it along. */
  readonly goesWith: RelPath | null;
  /** What the next pass does below it, where it is a folder. */
  readonly nextBelow: number;
  /** Newest first. */
  readonly history: readonly (HistoryLine & { readonly run: number })[];
  /** When the host was listed last, in milliseconds since 1970. */
  readonly hostSeenMs: number | null;
}

export interface ExplainOptions {
  readonly config: Config;
  readonly pair: Pair;
  readonly path: RelPath;
  /** Name of this computer, as conflict copies carry it. */
  readonly computer: string;
  readonly signal: AbortSignal;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Rejects with `state/…`. */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { pair, config, disk = realDisk } = options;
  const state = await copyState(pair, options);
  try {
    const { root, trouble } = await lookAtRoot(pair, state, config, disk);
    if (state === null) return await aboutNew(options, root, trouble);
    return await aboutKnown(options, state, root, trouble);
  } finally {
    state?.close();
  }
}

interface Look {
  /** `null`: it is not there, or not the right one. */
  readonly root: string | null;
  readonly trouble: SyncError | null;
}

async function lookAtRoot(pair: Pair, state: OpenState | null, config: Config, disk: Disk): Promise<Look> {
  try {
    const root = await resolveRoot(pair.local, disk);
    const known = state === null ? null : knownRoot(state);
    const verdict = judgeRoot(await findRoot({ root, disk }), { pair: pairIdOf(pair, config), known });
    const trouble = rootTrouble(verdict, pair, known !== null);
    return { root: trouble === null ? root : null, trouble };
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug') throw error;
    return { root: null, trouble: error };
  }
}

async function aboutNew(options: ExplainOptions, root: string | null, stopped: SyncError | null): Promise<Explanation> {
  const { config, path } = options;
  const { rules } = buildIgnoreRules({ excluded: options.pair.exclude, config: config.ignore, files: [] });
  const now = await lookNow(options, root);
  return { ...blank(options), stopped, now, ignored: rules.test(path, now?.kind === 'folder' ? 'folder' : 'file') };
}

async function aboutKnown(
  options: ExplainOptions,
  state: OpenState,
  root: string | null,
  stopped: SyncError | null,
): Promise<Explanation> {
  const { config, path, computer, signal, clock = realClock, disk = realDisk } = options;
  const { view } = state;
  const { rules } = buildIgnoreRules({
    excluded: options.pair.exclude,
    config: config.ignore,
    files: state.localTree.ignoreFiles(),
  });
  const sweep = state.facts.get('lastSweepMs');
  const files = filesIn(options, root ?? options.pair.local);
  if (root !== null) await scan({ root, disk, clock, tree: state.localTree, files, rules, signal });
  const made = () => conflictMade('now', computer);
  const { plan, held, decisions } = await decideNext({
    state,
    files,
    clock,
    signal,
    conflictMade: made,
    settings: config,
  });
  const now = await lookNow(options, root);
  const found = find(view, path);
  const item = decisions.items.all.find((one) => isOf(one, found));
  const isMine = (operation: Operation): boolean =>
    operation.path === path || (item !== undefined && operation.entry === item.entry);
  const above = plan.operations.find(
    (operation) =>
      operation.kind === 'trash' && !isMine(operation) && operation.covers.some((one) => one.entry === item?.entry),
  );
  const postponed = state.problems().find((one) => one.path === path);
  const placed = found.local === null ? path : localPath(view, found.local.node);
  return {
    ...blank(options),
    stopped,
    isKnown: true,
    now,
    ignored: rules.test(path, kindOf(now, found)),
    local: found.local === null ? null : { ...found.local, path: placed },
    remote: found.remote === null ? null : { ...found.remote, path: remotePath(view, found.remote) },
    base: found.base === null ? null : { ...found.base, path: basePath(view, found.base.entry) },
    reason: item === undefined || item.hold !== null ? null : item.reason,
    problem:
      postponed ??
      decisions.problems.find((one) => one.path === path || one.path === placed) ??
      unreadAbove(state, placed),
    waiting: waitOf(item) ?? plan.waiting.find((one) => one.path === path)?.why ?? null,
    isHeld: held.some((one) => one.path === path),
    next: plan.operations.filter(isMine),
    goesWith: above?.path ?? null,
    nextBelow: plan.operations.filter((one) => !isMine(one) && isWithin(one.path, path)).length,
    history: state.history({ path, limit: LINES_TOLD }),
    hostSeenMs: sweep === null ? null : Number(sweep),
  };
}

/** The folder that could not be read, or whose rules could not, with all below it. */
function unreadAbove(state: OpenState, path: RelPath): Problem | null {
  return state.troubledFolders().find((folder) => folder.path === path || isWithin(path, folder.path)) ?? null;
}

function blank({ pair, path }: ExplainOptions): Explanation {
  return {
    pair,
    path,
    stopped: null,
    isKnown: false,
    ignored: { ignored: false, takenBackIn: false },
    isExcluded: pair.exclude.some((folder) => path === folder || path.startsWith(`${folder}/`)),
    now: null,
    local: null,
    remote: null,
    base: null,
    reason: null,
    problem: null,
    waiting: null,
    isHeld: false,
    next: [],
    goesWith: null,
    nextBelow: 0,
    history: [],
    hostSeenMs: null,
  };
}

function filesIn(
  { clock = realClock, disk = realDisk, random = realRandom }: ExplainOptions,
  root: string,
): LocalFiles {
  return createLocalFiles({ root, disk, clock, random, createHasher, reserveDiskBytes: 0 });
}

async function lookNow(options: ExplainOptions, root: string | null): Promise<LocalSeen | null> {
  if (root === null) return null;
  try {
    return await filesIn(options, root).look(options.path);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug') throw error;
    return null; // cannot be looked at: its problem says why
  }
}

/** What stands nowhere is asked for as a file. */
function kindOf(now: LocalSeen | null, { local, base, remote }: Found): EntryKind {
  const kind = now?.kind ?? local?.kind ?? base?.kind ?? remote?.kind;
  return kind === 'folder' ? 'folder' : 'file';
}

// ---------------------------------------------------------------------------------------------- finding it in the trees

interface Found {
  readonly base: BaseEntry | null;
  readonly local: LocalEntry | null;
  readonly remote: RemoteEntry | null;
}

/** By the name that it has here, else by the one that base has for it, else by the one that it would get here. */
function find(view: TreeView, path: RelPath): Found {
  const names = path === ROOT ? [] : path.split('/').filter(isLocalName);
  const local = follow(view.local(ROOT_NODE), names, (at, name) => view.localAt(at.node, name));
  const known = follow(view.base(ROOT_ENTRY), names, (at, name) => view.baseAt(at.entry, name));
  const there = follow(view.remoteOf(ROOT_ENTRY), names, (at, name) => remoteChild(view, at, name));
  const entry: EntryNumber | null = local?.entry ?? known?.entry ?? there?.entry ?? null;
  if (entry === null) return { base: null, local, remote: there };
  return { base: view.base(entry), local: view.localOf(entry) ?? local, remote: view.remoteOf(entry) ?? there };
}

function follow<Row>(from: Row | null, names: readonly LocalName[], next: (at: Row, name: LocalName) => Row | null) {
  return names.reduce<Row | null>((at, name) => (at === null ? null : next(at, name)), from);
}

function remoteChild(view: TreeView, at: RemoteEntry, name: LocalName): RemoteEntry | null {
  const children = view.remoteChildren(at.id);
  const byBase = children.find(({ entry }) => entry !== null && view.base(entry)?.localName === name);
  return byBase ?? children.find((child) => localNameFor(child.name) === name) ?? null;
}

function remotePath(view: TreeView, row: RemoteEntry): string {
  const names: string[] = [];
  for (let at: RemoteEntry | null = row; at !== null && at.entry !== ROOT_ENTRY && at.parent !== null;) {
    names.unshift(at.name);
    at = view.remote(at.parent);
  }
  return names.join('/');
}

function isOf(item: Item, { base, local, remote }: Found): boolean {
  if (base !== null) return item.entry === base.entry;
  if (local !== null) return item.local?.node === local.node;
  return remote !== null && item.remote?.id === remote.id;
}

function waitOf(item: Item | undefined): string | null {
  return item?.hold !== null && item?.hold !== undefined && 'wait' in item.hold ? item.hold.wait : null;
}
