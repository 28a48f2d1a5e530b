/**
 * In which order the operations of a plan can be done. An operation waits for those that make the folder it works in, that
 * free the name it takes, that move out what must not go with a folder, and that lift a folder out from below another one.
 *
 * Swaps and rotations wait for each other in a ring. The host allows two items of one name, so there the wait for the
 * name is dropped. On the disk one of them is parked out of sight first.
 */
import type { EntryNumber, NodeNumber, RemoteId } from './entry.ts';
import type { Items } from './item.ts';
import type { Act, Operation, OperationNumber, Place } from './operation.ts';
import type { Draft } from './draft.ts';
import type { TreeView } from './tree.ts';

interface Knot {
  draft: Draft;
  /** What must be done before, by index. `name`: only because of a name that must be free. */
  readonly after: Map<number, 'needed' | 'name'>;
}

/** Numbers the drafts and says what each waits for; the result is in an order in which they could run one by one. */
export function orderOperations(drafts: readonly Draft[], items: Items, view: TreeView): readonly Operation[] {
  const knots: Knot[] = drafts.map((draft) => ({ draft, after: new Map<number, 'needed' | 'name'>() }));
  tie(knots, items, view);
  return numbered(untangle(knots));
}

function tie(knots: Knot[], items: Items, view: TreeView): void {
  const made = new Map<EntryNumber, number[]>();
  const ownMoves = new Map<EntryNumber, number[]>();
  const vacates = new Map<string, number>();
  const movesOfNode = new Map<NodeNumber, number>();
  const movesOfRemote = new Map<RemoteId, number>();

  knots.forEach(({ draft: { act, entry } }, at) => {
    if (act.kind === 'createFolder' || act.kind === 'link') push(made, entry, at);
    if (act.kind === 'move' || act.kind === 'conflictCopy') push(ownMoves, entry, at);
    if (act.kind === 'move' || act.kind === 'trash' || act.kind === 'conflictCopy') {
      const key =
        act.side === 'local' ? nameOnDisk(view, act.local.node) : nameOnHost(act.remote.parent, act.remote.name);
      if (key !== null) vacates.set(key, at);
    }
    if (act.kind === 'move') {
      if (act.side === 'local') movesOfNode.set(act.local.node, at);
      else movesOfRemote.set(act.remote.id, at);
    }
  });

  knots.forEach((knot, at) => {
    const { act, entry } = knot.draft;
    const wait = (other: number | undefined, why: 'needed' | 'name'): void => {
      if (other !== undefined && other !== at && knot.after.get(other) !== 'needed') knot.after.set(other, why);
    };
    if ('to' in act) {
      for (const other of made.get(act.to.parent) ?? []) wait(other, 'needed');
      for (const key of namesTaken(act, act.to, items, view)) wait(vacates.get(key), 'name');
    }
    // a file's content follows once the file is where it belongs; base follows last
    if (act.kind === 'download' || act.kind === 'upload' || act.kind === 'link' || act.kind === 'createFolder') {
      for (const other of ownMoves.get(entry) ?? []) wait(other, 'needed');
    }
    if (act.kind === 'move') {
      for (const other of liftedFirst(act, items, view, movesOfNode, movesOfRemote)) wait(other, 'needed');
    }
  });
  waitForMovesOut(knots, view);
}

/** The names that an act needs free, on the sides on which it makes something. */
function namesTaken(act: Act, to: Place, items: Items, view: TreeView): string[] {
  const folder = items.byEntry.get(to.parent)?.local ?? view.localOf(to.parent);
  const id = items.byEntry.get(to.parent)?.remote?.id ?? view.remoteOf(to.parent)?.id ?? null;
  const here = folder === null ? [] : [`local ${folder.node}/${to.localName}`];
  const there = id === null ? [] : [nameOnHost(id, to.remoteName)];
  switch (act.kind) {
    case 'download':
      return here;
    case 'upload':
      return there;
    case 'createFolder':
    case 'move':
      return act.side === 'local' ? here : there;
    default:
      return [];
  }
}

/** Moves of folders that stand between a folder and its new parent, which now lies below it. */
function liftedFirst(
  act: Extract<Act, { kind: 'move' }>,
  items: Items,
  view: TreeView,
  movesOfNode: ReadonlyMap<NodeNumber, number>,
  movesOfRemote: ReadonlyMap<RemoteId, number>,
): number[] {
  const found: number[] = [];
  const parent = items.byEntry.get(act.to.parent);
  if (act.side === 'local') {
    let at = parent === undefined ? view.localOf(act.to.parent) : parent.local;
    for (; at !== null && at.parent !== null; at = view.local(at.parent)) {
      if (at.node === act.local.node) return found;
      const move = movesOfNode.get(at.node);
      if (move !== undefined) found.push(move);
    }
  } else {
    let at = parent === undefined ? view.remoteOf(act.to.parent) : parent.remote;
    for (; at !== null && at.parent !== null; at = view.remote(at.parent)) {
      if (at.id === act.remote.id) return found;
      const move = movesOfRemote.get(at.id);
      if (move !== undefined) found.push(move);
    }
  }
  return []; // the new parent is not below it
}

/** Tells each removal of a folder about the moves that take something out of it, on the side on which it goes. */
function waitForMovesOut(knots: readonly Knot[], view: TreeView): void {
  const trashOfNode = new Map<NodeNumber, number>();
  const trashOfRemote = new Map<RemoteId, number>();
  knots.forEach(({ draft: { act } }, at) => {
    if (act.kind !== 'trash' || act.entryKind !== 'folder') return;
    if (act.side === 'local') trashOfNode.set(act.local.node, at);
    else trashOfRemote.set(act.remote.id, at);
  });
  if (trashOfNode.size + trashOfRemote.size === 0) return;
  const tell = (trash: number | undefined, move: number): void => {
    if (trash !== undefined) knots[trash]?.after.set(move, 'needed');
  };
  knots.forEach(({ draft: { act } }, at) => {
    if (act.kind !== 'move') return;
    if (act.side === 'local') {
      for (let row = view.local(act.local.node); row !== null && row.parent !== null; row = view.local(row.parent))
        tell(trashOfNode.get(row.parent), at);
    } else {
      for (let row = view.remote(act.remote.id); row !== null && row.parent !== null; row = view.remote(row.parent))
        tell(trashOfRemote.get(row.parent), at);
    }
  });
}

/** An order in which all waits are over in time; rings are opened as the head of this file says. */
function untangle(knots: Knot[]): { knots: Knot[]; order: number[] } {
  const order: number[] = [];
  const done = new Set<number>();
  const waiters = new Map<number, number[]>();
  const open = knots.map((knot, at) => {
    for (const other of knot.after.keys()) push(waiters, other, at);
    return knot.after.size;
  });
  const ready: number[] = [];
  open.forEach((count, at) => count === 0 && ready.push(at));
  let next = 0;
  const finish = (at: number): void => {
    done.add(at);
    order.push(at);
    for (const waiter of waiters.get(at) ?? []) {
      if (!knots[waiter]?.after.has(at)) continue;
      const left = (open[waiter] ?? 0) - 1;
      open[waiter] = left;
      if (left === 0 && !done.has(waiter)) ready.push(waiter);
    }
  };
  const release = (at: number, other: number): void => {
    knots[at]?.after.delete(other);
    const left = (open[at] ?? 0) - 1;
    open[at] = left;
    if (left === 0) ready.push(at);
  };

  for (;;) {
    for (; next < ready.length; next++) {
      const at = ready[next];
      if (at !== undefined && !done.has(at)) finish(at);
    }
    const stuck = knots.findIndex(
      (knot, at) => !done.has(at) && [...knot.after].some(([other, why]) => why === 'name' && !done.has(other)),
    );
    if (stuck < 0) break;
    const knot = knots[stuck];
    const blocker =
      knot === undefined ? undefined : [...knot.after].find(([other, why]) => why === 'name' && !done.has(other))?.[0];
    const blocking = blocker === undefined ? undefined : knots[blocker];
    if (knot === undefined || blocker === undefined || blocking === undefined) break;
    const act = blocking.draft.act;
    if (act.kind === 'move' && act.side === 'local') {
      // The one that holds the name steps aside; whoever waited for the name now waits for that instead.
      const park = knots.length;
      const { path, entry } = blocking.draft;
      const parked: Draft = {
        act: { kind: 'park', side: 'local', local: act.local, entryKind: act.entryKind },
        entry,
        path,
        reason: 'names are exchanged in a ring',
      };
      knots.push({ draft: parked, after: new Map() });
      open.push(0);
      knots.forEach((other, at) => {
        if (other.after.get(blocker) !== 'name' || done.has(at)) return;
        other.after.set(park, 'needed');
        push(waiters, park, at);
        open[at] = (open[at] ?? 0) + 1;
        release(at, blocker);
      });
      blocking.after.set(park, 'needed');
      push(waiters, park, blocker);
      open[blocker] = (open[blocker] ?? 0) + 1;
      ready.push(park);
    } else {
      release(stuck, blocker);
    }
  }
  // What is still tangled waits for itself in ways no order can serve; the next round sees a simpler picture.
  return { knots, order };
}

function numbered({ knots, order }: { knots: Knot[]; order: number[] }): readonly Operation[] {
  const numbers = new Map(order.map((at, place) => [at, place as OperationNumber]));
  return order.flatMap((at) => {
    const knot = knots[at];
    const number = numbers.get(at);
    if (knot === undefined || number === undefined) return [];
    const after = [...knot.after.keys()].flatMap((other) => numbers.get(other) ?? []).sort((a, b) => a - b);
    const { act, entry, path, reason } = knot.draft;
    return [{ ...act, number, after, entry, path, reason }];
  });
}

function nameOnDisk(view: TreeView, node: NodeNumber): string | null {
  const row = view.local(node);
  return row === null || row.parent === null ? null : `local ${row.parent}/${row.name}`;
}

function nameOnHost(parent: RemoteId, name: string): string {
  return `remote ${parent}/${name}`;
}

function push<Key>(map: Map<Key, number[]>, key: Key, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
