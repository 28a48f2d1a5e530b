/**
 * The working record of one pass: everything on which the three trees do not agree, with the sides put together.
 * After `gatherItems` each open entry of base, each new local node and each new remote id belongs to exactly one item,
 * and folders of one name that are new on both sides are one item. What the host has several times under one name is an item too, in
 * step or not: which of them has which name here is decided anew each time, from what the host shows.
 *
 * What is put together by place, not by id, is said here: a remote file that stands where base's id has vanished is its next
 * version (content never changes under an id, so every edit elsewhere looks like this), and so is a folder made anew.
 */
import type { ErrorCode } from '../errors.ts';
import type { BaseEntry, EntryKind, EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import { ROOT_ENTRY, ROOT_NODE } from './entry.ts';
import { localNameFor } from './names.ts';
import type { Place } from './operation.ts';
import type { LocalName } from './path.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** Why an item is left as it is on both sides. `wait`: not a problem, it will be decided by a later look. */
export type Hold =
  | { readonly problem: ErrorCode; readonly detail: string | null; readonly node?: NodeNumber }
  | { readonly wait: string };

/**
 * What becomes of the content. `agreed`: both sides hold it or there is none. `conflict`: local takes another name, remote
 * keeps this one. `compare`: to be read before it can be decided. `emptied`: the host keeps what it has, because it cannot hold what is here.
 */
export type Content = 'agreed' | 'fromLocal' | 'fromRemote' | 'conflict' | 'compare' | 'emptied';

export interface Item {
  readonly entry: EntryNumber;
  readonly kind: EntryKind;
  readonly base: BaseEntry | null;
  /** `null`: not there. */
  local: LocalEntry | null;
  remote: RemoteEntry | null;
  keep: boolean;
  content: Content;
  /** Where it is to stand; meaningless unless `keep`. */
  place: Place;
  /** Which side's wish the place is. */
  placedBy: 'base' | 'local' | 'remote';
  reason: string;
  hold: Hold | null;
  /**
   * The item steps aside for another of its name. `local`: its local file takes `copyName` and is a new file from then on;
   * `remote`: the same on the host. `null`: it does not (the place alone says where it goes).
   */
  aside: 'local' | 'remote' | null;
  copyName: LocalName | null;
  /** A second file with the content of one that comes to its name: it goes to the trash of the side that has it. */
  isSpare: boolean;
  /** A folder that would go, but for what stands in it. */
  isNeeded: boolean;
}

export interface Items {
  readonly all: Item[];
  readonly byEntry: ReadonlyMap<EntryNumber, Item>;
  /** What is new on the disk and no item: links and the like, in the order of the rows. */
  readonly specials: readonly LocalEntry[];
  /** The entry that a folder of one side is, or is going to be; `null`: it is not known to the core (ignored, held). */
  entryOfNode(node: NodeNumber): EntryNumber | null;
  entryOfRemote(id: RemoteId): EntryNumber | null;
}

/**
 * Collects what does not agree. The order of the result is fixed by the view: parents before children, then by number. New entries
 * get numbers from `firstFreeEntry` on, or from where the view has free ones.
 */
export function* gatherItems(view: TreeView, firstFreeEntry = 0): Steps<Items> {
  const all: Item[] = [];
  const byEntry = new Map<EntryNumber, Item>();
  const byNode = new Map<NodeNumber, Item>();
  const byRemote = new Map<RemoteId, Item>();
  const add = (item: Item): void => {
    all.push(item);
    byEntry.set(item.entry, item);
    if (item.local !== null) byNode.set(item.local.node, item);
    if (item.remote !== null) byRemote.set(item.remote.id, item);
  };

  const newRemote = new Map<RemoteId, RemoteEntry>();
  for (const row of view.newRemote()) {
    yield;
    newRemote.set(row.id, row);
  }
  for (const base of view.openEntries()) {
    yield;
    const remote = presentRemote(view, base.entry);
    const local = view.localOf(base.entry);
    add(blankItem(base.entry, base.kind, base, local && asInBase(local, base), remote && asInBaseThere(remote, base)));
  }
  // Parents first: the successor of a folder must be known before the successors of what was in it.
  const goneThere = newRemote.size === 0 ? [] : all.filter((item) => item.remote === null);
  const depths = new Map<Item, number>();
  for (const item of goneThere) {
    yield;
    depths.set(item, baseDepth(view, item));
  }
  for (const item of goneThere.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0))) {
    yield;
    if (item.base === null || item.base.parent === null) continue;
    const parent = byEntry.get(item.base.parent)?.remote ?? view.remoteOf(item.base.parent);
    const successor = parent === null ? null : successorIn(view, parent.id, item.base, newRemote);
    if (successor === null) continue;
    newRemote.delete(successor.id);
    item.remote = successor;
    byRemote.set(successor.id, item);
  }

  const entryOfNode = (node: NodeNumber): EntryNumber | null =>
    node === ROOT_NODE ? ROOT_ENTRY : (byNode.get(node)?.entry ?? view.local(node)?.entry ?? null);
  const entryOfRemote = (id: RemoteId): EntryNumber | null => byRemote.get(id)?.entry ?? view.remote(id)?.entry ?? null;

  const addSettled = (base: BaseEntry): void => {
    if (byEntry.has(base.entry)) return;
    add(blankItem(base.entry, base.kind, base, view.localOf(base.entry), presentRemote(view, base.entry)));
  };
  for (const base of view.namedApart()) if (isShownOtherwise(base)) addSettled(base);
  for (const row of [...all.flatMap(({ remote }) => remote ?? []), ...newRemote.values()]) {
    yield;
    const steady = steadyAt(row, entryOfRemote, view);
    if (steady !== null) addSettled(steady);
  }

  let next = Math.max(view.firstFreeEntry, firstFreeEntry);
  const newAt = new Map<string, Item>();
  const specials: LocalEntry[] = [];
  for (const row of yield* inDepthOrder(view.newLocal(), (node: NodeNumber) => view.local(node))) {
    yield;
    if (row.kind === 'special') {
      specials.push(row);
      continue;
    }
    const item = blankItem(next++ as EntryNumber, row.kind, null, row, null);
    add(item);
    const parent = row.parent === null ? null : entryOfNode(row.parent);
    if (parent !== null) newAt.set(placeKey(parent, row.name), item);
  }
  for (const row of yield* inDepthOrder(newRemote.values(), (id: RemoteId) => view.remote(id))) {
    yield;
    const parent = row.parent === null ? null : entryOfRemote(row.parent);
    const name = localNameFor(row.name);
    const twin = parent === null || name === null ? undefined : newAt.get(placeKey(parent, name));
    const met = twin?.kind === row.kind ? twin.remote : undefined;
    // of several the lowest, as above: the others go, if two made it at once
    const isMet = met === null || (met !== undefined && byId(row, met) < 0);
    if (twin !== undefined && isMet) {
      twin.remote = row;
      byRemote.set(row.id, twin);
    }
    const left = isMet ? met : row;
    if (left !== null) add(blankItem(next++ as EntryNumber, left.kind, null, null, left));
  }
  return { all, byEntry, specials, entryOfNode, entryOfRemote };
}

/** The row, with the texts of base where it has the same: of what very many items take in memory a tenth. */
function asInBase(row: LocalEntry, base: BaseEntry): LocalEntry {
  return {
    node: row.node,
    parent: row.parent,
    name: same(row.name, base.localName),
    kind: row.kind,
    size: row.size,
    identity: same(row.identity, base.identity),
    stamp: same(row.stamp, base.stamp),
    changedAtMs: row.changedAtMs,
    md5: same(row.md5, base.md5),
    racy: row.racy,
    entry: row.entry,
    trouble: row.trouble,
    released: row.released,
  };
}

function asInBaseThere(row: RemoteEntry, base: BaseEntry): RemoteEntry {
  return {
    id: same(row.id, base.remoteId),
    parent: row.parent,
    kind: row.kind,
    name: same(row.name, base.remoteName),
    size: row.size,
    md5: same(row.md5, base.md5),
    entry: row.entry,
    firstSeenMs: row.firstSeenMs,
    absentSince: row.absentSince,
    unlisted: row.unlisted,
    released: row.released,
  };
}

function same<Text extends string | null>(text: Text, other: unknown): Text {
  return text === other ? (other as Text) : text;
}

/** Whether base shows the entry here under another name than its own, because the host has several of that. */
export function isShownOtherwise({ localName, remoteName }: Pick<BaseEntry, 'localName' | 'remoteName'>): boolean {
  return localNameFor(remoteName) !== localName;
}

/** What has the name here that the item of the host would have by its own: which of the two gets it is to be decided for both. */
function steadyAt(
  { parent, name }: RemoteEntry,
  entryOfRemote: (id: RemoteId) => EntryNumber | null,
  view: TreeView,
): BaseEntry | null {
  const folder = parent === null ? null : entryOfRemote(parent);
  const localName = localNameFor(name);
  return folder === null || localName === null ? null : view.baseAt(folder, localName);
}

export function placeKey(parent: EntryNumber, name: LocalName): string {
  return `${parent}/${name}`;
}

/** The remote row of an entry, unless it is a folder that is missing from its parent's listing. */
export function presentRemote(view: TreeView, entry: EntryNumber): RemoteEntry | null {
  const remote = view.remoteOf(entry);
  return remote === null || remote.absentSince !== null ? null : remote;
}

/** The one new id of the same kind where base's id stood. Of several the lowest: all computers choose alike. */
function successorIn(
  view: TreeView,
  parent: RemoteId,
  base: BaseEntry,
  free: ReadonlyMap<RemoteId, RemoteEntry>,
): RemoteEntry | null {
  const candidates = view.remoteAt(parent, base.remoteName).filter((row) => row.kind === base.kind && free.has(row.id));
  return candidates.sort(byId)[0] ?? null;
}

/** Whether `a` was made before `b`, as far as ids tell. */
export function isElder(a: RemoteId, b: RemoteId): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** By the number of the id: hosts count upwards, and ids are too long for a text comparison to be right. */
export function byId(a: RemoteEntry, b: RemoteEntry): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function baseDepth(view: TreeView, item: Item): number {
  let depth = 0;
  for (let at = item.base; at !== null && at.parent !== null; at = view.base(at.parent)) depth++;
  return depth;
}

/** Rows with parents before children; equal depths keep the order in which they came. */
function* inDepthOrder<Row extends { readonly parent: Key | null }, Key>(
  rows: Iterable<Row>,
  rowOf: (key: Key) => Row | null,
): Steps<readonly Row[]> {
  const depths = new Map<Key, number>();
  const depthOf = (key: Key | null): number => {
    if (key === null) return 0;
    const chain: Key[] = [];
    let at: Key | null = key;
    while (at !== null && !depths.has(at) && chain.length < 100_000) {
      chain.push(at);
      const row: Row | null = rowOf(at);
      at = row === null ? null : row.parent;
    }
    let depth = at === null ? 0 : (depths.get(at) ?? 0);
    for (const link of chain.reverse()) depths.set(link, ++depth);
    return depths.get(key) ?? 0;
  };
  const levels: Row[][] = [];
  for (const row of rows) {
    yield;
    (levels[depthOf(row.parent)] ??= []).push(row);
  }
  return levels.flat();
}

function blankItem(
  entry: EntryNumber,
  kind: EntryKind,
  base: BaseEntry | null,
  local: LocalEntry | null,
  remote: RemoteEntry | null,
): Item {
  // The place is filled in by `placeItems`; until then base's, or none that could be mistaken for one.
  const place: Place = {
    parent: base?.parent ?? ROOT_ENTRY,
    localName: base?.localName ?? ('' as LocalName),
    remoteName: base?.remoteName ?? ('' as Place['remoteName']),
  };
  return {
    entry,
    kind,
    base,
    local,
    remote,
    keep: true,
    content: 'agreed',
    place,
    placedBy: 'base',
    reason: '',
    hold: null,
    aside: null,
    copyName: null,
    isSpare: false,
    isNeeded: false,
  };
}
