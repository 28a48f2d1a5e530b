/**
 * From decisions to operations: what each side lacks of the target, with what must still hold when it is done.
 * The order is `order.ts`'s; this file says what is done, and that one removal of a folder is one operation.
 */
import type { EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId, Side } from './entry.ts';
import type { Item, Items } from './item.ts';
import type { Draft } from './draft.ts';
import type { Act, Covered, LocalExpectation, RemoteExpectation } from './operation.ts';
import { orderOperations } from './order.ts';
import type { Plan } from './order.ts';
import { isAt } from './places.ts';
import { localNameFor, remoteNameFor } from './names.ts';
import { joinPath } from './path.ts';
import type { LocalName, RelPath } from './path.ts';
import type { Decisions } from './reconcile.ts';
import { itemPath } from './reconcile.ts';
import { atOnce } from './steps.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** Turns decisions into the fewest operations that carry them out. */
export function makePlan(decisions: Decisions, view: TreeView): Plan {
  return atOnce(makePlanInSteps(decisions, view));
}

/** The same, for whoever has something else to do in between. */
export function* makePlanInSteps(decisions: Decisions, view: TreeView): Steps<Plan> {
  const { items } = decisions;
  const followers = yield* followersOf(items);
  const drafts: Draft[] = [];
  for (const item of items.all) {
    yield;
    if (item.hold !== null) continue;
    const path = itemPath(items, view, item);
    for (const act of item.keep ? actsToKeep(item, items, followers) : yield* actsToDrop(item, { items, view, path })) {
      drafts.push({ act, entry: item.entry, path, reason: reasonOf(act, item) });
    }
  }
  return yield* orderOperations(drafts, items, view);
}

/**
 * By folder that one side has lost, or has another one for, what is kept in it although that side has lost it too. What is kept for its own
 * content's sake is among it; what the other folder has in its place is, where the two are to meet.
 */
type Followers = ReadonlyMap<EntryNumber, readonly EntryNumber[]>;
const NOBODY: readonly EntryNumber[] = [];

function* followersOf({ all, byEntry }: Items): Steps<Followers> {
  const followers = new Map<EntryNumber, EntryNumber[]>();
  for (const item of all) {
    yield;
    const { entry, base, keep, isNeeded } = item;
    const side = lostSideOf(item);
    if (base === null || base.parent === null || !keep || isNeeded || side === null) continue;
    if (item.local !== null && item.remote !== null && item.content !== 'conflict' && item.content !== 'compare')
      continue;
    const folder = byEntry.get(base.parent);
    if (folder === undefined || lostSideOf(folder) !== side) continue;
    if (item.hold !== null && folder.isNeeded) continue; // what becomes of it is open still, and the folder says nothing about it
    const known = followers.get(base.parent);
    if (known === undefined) followers.set(base.parent, [entry]);
    else known.push(entry);
  }
  return followers;
}

/** The one side that does not have what base knows. */
function lostSideOf({ base, local, remote }: Item): Side | null {
  const isThere = remote !== null && remote.id === base?.remoteId;
  if ((local !== null) === isThere) return null;
  return isThere ? 'local' : 'remote';
}

/** A move has its own reason, whatever becomes of the content. */
function reasonOf(act: Act, { placedBy, reason }: Item): string {
  if (act.kind !== 'move') return reason;
  if (act.side === 'remote' && placedBy === 'local') return 'moved or renamed here';
  if (act.side === 'local' && placedBy === 'remote') return 'moved or renamed on the host';
  return reason;
}

function actsToKeep(item: Item, items: Items, followers: Followers): Act[] {
  const { local, remote } = item;
  if (isInStep(item, items)) return [];
  if (item.isSpare) return actsForSpare(item);
  if (item.aside === 'local' && local !== null && item.copyName !== null) {
    return [{ kind: 'conflictCopy', side: 'local', local: expectLocal(local), localName: item.copyName }];
  }
  if (item.aside === 'remote' && remote !== null && item.copyName !== null) {
    const remoteName = remoteNameFor(item.copyName);
    return remoteName === null
      ? []
      : [{ kind: 'conflictCopy', side: 'remote', remote: expectRemote(remote), remoteName }];
  }
  return item.kind === 'folder' ? actsForFolder(item, items, followers) : actsForFile(item, items);
}

/** Both sides and base have it as it is meant to be. */
function isInStep(item: Item, items: Items): boolean {
  const { base, local, remote, place, content } = item;
  if (base === null || content !== 'agreed' || item.aside !== null) return false;
  return (
    remote?.id === base.remoteId &&
    (item.kind === 'folder' || (local?.md5 === base.md5 && remote.size === base.size)) &&
    base.parent === place.parent &&
    base.localName === place.localName &&
    base.remoteName === place.remoteName &&
    isAt(item, items, 'local') &&
    isAt(item, items, 'remote')
  );
}

function actsForSpare({ local, remote, kind: entryKind }: Item): Act[] {
  if (remote !== null) return [{ kind: 'trash', side: 'remote', entryKind, remote: expectRemote(remote), covers: [] }];
  if (local === null) return [];
  return [{ kind: 'trash', side: 'local', entryKind, local: expectLocal(local), covers: [], gone: null }];
}

function actsForFolder(item: Item, items: Items, followers: Followers): Act[] {
  const { local, remote, place } = item;
  const anew = followers.get(item.entry) ?? NOBODY;
  if (local === null && remote !== null)
    return [
      ...moveRemote(item, items),
      { kind: 'createFolder', side: 'local', remote: remote.id, to: place, followers: anew },
    ];
  if (local !== null && remote === null)
    return [
      ...moveLocal(item, items),
      { kind: 'createFolder', side: 'remote', node: local.node, to: place, followers: anew },
    ];
  const moves = [...moveLocal(item, items), ...moveRemote(item, items)];
  // made anew on the host: base has to learn the new id before anything is put into it
  const isSettled = item.base !== null && remote?.id === item.base.remoteId;
  return moves.length > 0 && isSettled ? moves : [...moves, ...link(item, anew)];
}

function actsForFile(item: Item, items: Items): Act[] {
  const { local, remote, place } = item;
  switch (item.content) {
    case 'agreed': {
      const moves = [...moveLocal(item, items), ...moveRemote(item, items)];
      const isSettled = item.base !== null && remote?.id === item.base.remoteId && local?.md5 === item.base.md5;
      return isSettled && moves.length > 0 ? moves : [...moves, ...link(item, NOBODY)];
    }
    case 'emptied':
      return [...moveLocal(item, items), ...moveRemote(item, items)];
    case 'fromLocal':
      if (local === null) return [];
      return [
        ...moveLocal(item, items),
        {
          kind: 'upload',
          local: expectLocal(local),
          size: local.size,
          to: place,
          replaces: remote === null ? null : expectRemote(remote),
        },
      ];
    case 'fromRemote':
      if (remote === null) return [];
      return [
        ...moveLocal(item, items),
        ...moveRemote(item, items),
        { kind: 'download', remote: expectRemote(remote), to: place, over: local === null ? null : expectLocal(local) },
      ];
    case 'conflict':
      if (local === null || remote === null || item.copyName === null) return [];
      return [
        { kind: 'conflictCopy', side: 'local', local: expectLocal(local), localName: item.copyName },
        ...moveRemote(item, items),
        { kind: 'download', remote: expectRemote(remote), to: place, over: null },
      ];
    case 'compare': {
      if (local === null || remote === null) return [];
      // Where it stands is decided whatever the contents are, and others may wait for its name.
      const moves = [...moveLocal(item, items), ...moveRemote(item, items)];
      if (moves.length > 0) return moves;
      return [{ kind: 'compare', local: expectLocal(local), remote: expectRemote(remote), size: local.size }];
    }
  }
}

function link(item: Item, followers: readonly EntryNumber[]): Act[] {
  const { local, remote, place } = item;
  if (local === null || remote === null) return [];
  return [
    {
      kind: 'link',
      entryKind: item.kind,
      node: local.node,
      remote: remote.id,
      to: place,
      size: local.size,
      md5: local.md5,
      followers,
    },
  ];
}

function moveLocal(item: Item, items: Items): Act[] {
  const { local, place } = item;
  if (local === null || isAt(item, items, 'local')) return [];
  return [{ kind: 'move', side: 'local', local: expectLocal(local), entryKind: item.kind, to: place }];
}

function moveRemote(item: Item, items: Items): Act[] {
  const { remote, place } = item;
  if (remote === null || isAt(item, items, 'remote')) return [];
  return [{ kind: 'move', side: 'remote', remote: expectRemote(remote), entryKind: item.kind, to: place }];
}

/** One operation for the topmost folder that goes; what goes with it is listed, so that nothing else can. */
function* actsToDrop(item: Item, { items, view, path }: Dropping): Steps<Act[]> {
  const { local, remote, base } = item;
  if (local !== null && remote !== null) return [];
  if (local === null && remote === null) return base === null ? [] : [{ kind: 'forget' }];
  if (base === null) return []; // a folder that is kept for its leftovers
  if (local !== null) {
    if (local.size === 0 && base.size > 0) return [{ kind: 'forget' }]; // emptied here: it stays as an empty file
    if (goesWithParent(local.parent, items, 'local')) return [];
    const covers = item.kind === 'folder' ? yield* coverLocal(local.node, { items, view, path }) : [];
    return [
      { kind: 'trash', side: 'local', entryKind: item.kind, local: expectLocal(local), covers, gone: base.remoteId },
    ];
  }
  if (remote !== null) {
    if (goesWithParent(remote.parent, items, 'remote')) return [];
    const covers = item.kind === 'folder' ? yield* coverRemote(remote.id, { items, view, path }) : [];
    return [{ kind: 'trash', side: 'remote', entryKind: item.kind, remote: expectRemote(remote), covers }];
  }
  return [];
}

/** Whether the folder that holds the item goes on that side, and takes it along. */
function goesWithParent(parent: NodeNumber | RemoteId | null, items: Items, side: 'local' | 'remote'): boolean {
  if (parent === null) return false;
  const entry = side === 'local' ? items.entryOfNode(parent as NodeNumber) : items.entryOfRemote(parent as RemoteId);
  const above = entry === null ? undefined : items.byEntry.get(entry);
  return above !== undefined && above.hold === null && !above.keep && above.base !== null && above[side] !== null;
}

/** `path`: where the folder is, for the person. */
interface Dropping {
  readonly items: Items;
  readonly view: TreeView;
  readonly path: RelPath;
}

function* coverLocal(folder: NodeNumber, { items, view, path: at }: Dropping): Steps<Covered[]> {
  const covers: Covered[] = [];
  for (const { row, path } of walk(folder, at, (node) => view.localChildren(node).map(localChild))) {
    yield;
    const entry = items.entryOfNode(row.node);
    const item = entry === null ? undefined : items.byEntry.get(entry);
    if (item === undefined || row.kind === 'special') continue; // left alone, like what is ignored
    const isEmptyFile = item.hold !== null && 'problem' in item.hold && item.hold.problem === 'remote/empty-file';
    if (item.keep && !isEmptyFile) continue; // moves out first
    covers.push({ entry: item.entry, kind: item.kind, path, side: 'local', expect: expectLocal(row) });
  }
  return covers;
}

function* coverRemote(folder: RemoteId, { items, view, path: at }: Dropping): Steps<Covered[]> {
  const covers: Covered[] = [];
  const childOf = (row: RemoteEntry): Child<RemoteId, RemoteEntry> => {
    const known = row.entry === null ? null : view.base(row.entry);
    // what has no name here goes with its folder without ever being shown under one
    return { key: row.id, name: known?.localName ?? localNameFor(row.name) ?? ('?' as LocalName), row };
  };
  for (const { row, path } of walk(folder, at, (id) => view.remoteChildren(id).map(childOf))) {
    yield;
    const entry = items.entryOfRemote(row.id);
    const item = entry === null ? undefined : items.byEntry.get(entry);
    if (item === undefined || item.keep) continue;
    covers.push({ entry: item.entry, kind: row.kind, path, side: 'remote', expect: expectRemote(row) });
  }
  return covers;
}

interface Child<Key, Row> {
  readonly key: Key;
  readonly name: LocalName;
  readonly row: Row;
}

function localChild(row: LocalEntry): Child<NodeNumber, LocalEntry> {
  return { key: row.node, name: row.name, row };
}

/** Everything below a folder, parents before children. A stack of its own: trees are deeper than call stacks. */
function* walk<Key, Row>(
  from: Key,
  at: RelPath,
  childrenOf: (key: Key) => readonly Child<Key, Row>[],
): Generator<{ readonly row: Row; readonly path: RelPath }> {
  const stack = [{ key: from, at }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const { key, name, row } of childrenOf(next.key)) {
      const path = joinPath(next.at, name);
      yield { row, path };
      stack.push({ key, at: path });
    }
  }
}

export function expectLocal({ node, stamp, md5 }: LocalEntry): LocalExpectation {
  return { node, stamp, md5 };
}

export function expectRemote({ id, parent, name, size }: RemoteEntry): RemoteExpectation {
  return { id, parent: parent ?? id, name, size };
}
