/**
 * What each operation of a plan waits for: for those that make the folder it works in, that free the name it takes, that move out
 * what must not go with a folder, and that lift a folder out from below another one.
 */
import type { EntryNumber, NodeNumber, RemoteId } from './entry.ts';
import type { Items } from './item.ts';
import { putsHere } from './operation.ts';
import type { Act, Operation, OperationNumber, Place } from './operation.ts';
import type { Draft } from './draft.ts';
import { findOccupied } from './occupied.ts';
import type { RelPath } from './path.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';
import { Knot, untangle } from './untangle.ts';
import { AWAITS_NAME } from './waits.ts';
import type { Untangled } from './untangle.ts';

/** Operations in an order in which each can be done; those that do not depend on each other may run side by side. */
export interface Plan {
  readonly operations: readonly Operation[];
  /** What must wait for a later round or pass, with why. */
  readonly waiting: readonly { readonly path: RelPath; readonly why: string }[];
}

/** Numbers the drafts and says what each waits for; the result is in an order in which they could run one by one. */
export function* orderOperations(drafts: readonly Draft[], items: Items, view: TreeView): Steps<Plan> {
  const knots: Knot[] = [];
  for (const draft of drafts) {
    yield;
    knots.push(new Knot(draft));
  }
  yield* tie(knots, items, view);
  const occupied = yield* findOccupied(drafts, items, view);
  const untangled = yield* untangle(knots);
  return yield* numbered(untangled, occupied);
}

function* tie(knots: Knot[], items: Items, view: TreeView): Steps<void> {
  const made = new Map<EntryNumber, number[]>();
  const ownMoves = new Map<EntryNumber, number[]>();
  const vacates = new Map<string, number>();
  const movesHere = new Map<EntryNumber, number>();
  const movesThere = new Map<EntryNumber, number>();

  for (const [at, { draft }] of knots.entries()) {
    yield;
    const { act, entry } = draft;
    if (act.kind === 'createFolder' || act.kind === 'link') push(made, entry, at);
    if (act.kind === 'move' || act.kind === 'conflictCopy') push(ownMoves, entry, at);
    if (act.kind === 'move' || act.kind === 'trash' || act.kind === 'conflictCopy') {
      const key =
        act.side === 'local' ? nameOnDisk(view, act.local.node) : nameOnHost(act.remote.parent, act.remote.name);
      if (key !== null) vacates.set(key, at);
    }
    // a new version with another name or place frees those of the one that it replaces
    if (act.kind === 'upload' && act.replaces !== null) {
      const key = nameOnHost(act.replaces.parent, act.replaces.name);
      if (!namesTaken(act, act.to, items, view).includes(key)) vacates.set(key, at);
    }
    if (act.kind === 'move') (act.side === 'local' ? movesHere : movesThere).set(entry, at);
  }

  for (const [at, knot] of knots.entries()) {
    yield;
    const { act, entry } = knot.draft;
    const wait = (other: number | undefined, why: 'needed' | 'name'): void => {
      if (other !== undefined && other !== at && knot.after.get(other) !== 'needed') knot.waitFor(other, why);
    };
    if ('to' in act) {
      for (const other of made.get(act.to.parent) ?? []) wait(other, 'needed');
      for (const key of namesTaken(act, act.to, items, view)) wait(vacates.get(key), 'name');
    }
    // a file's content follows once the file is where it belongs; base follows last
    if (act.kind === 'download' || act.kind === 'upload' || act.kind === 'link' || act.kind === 'createFolder') {
      for (const other of ownMoves.get(entry) ?? []) wait(other, 'needed');
    }
    if (putsHere(act)) for (const other of movesAbove(act.to.parent, movesHere, items, view)) wait(other, 'needed');
    if (act.kind === 'move' && act.side === 'remote' && act.entryKind === 'folder')
      for (const other of movesAbove(act.to.parent, movesThere, items, view)) wait(other, 'needed');
  }
  yield* waitForMovesOut(knots, view);
}

/**
 * Moves on one side of the folders that an item is to stand in, the nearest first. Where these come first a folder never moves below
 * itself, however its new parents came there: what it moves into stands where it is to stay.
 */
function movesAbove(
  parent: EntryNumber,
  moves: ReadonlyMap<EntryNumber, number>,
  items: Items,
  view: TreeView,
): number[] {
  const found: number[] = [];
  if (moves.size === 0) return found;
  const seen = new Set<EntryNumber>();
  for (let at: EntryNumber | null = parent; at !== null && !seen.has(at);) {
    seen.add(at);
    const move = moves.get(at);
    if (move !== undefined) found.push(move);
    const item = items.byEntry.get(at);
    at = item === undefined ? (view.base(at)?.parent ?? null) : item.place.parent;
  }
  return found;
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

/** Tells each removal of a folder about the moves that take something out of it, on the side on which it goes. */
function* waitForMovesOut(knots: readonly Knot[], view: TreeView): Steps<void> {
  const trashOfNode = new Map<NodeNumber, number>();
  const trashOfRemote = new Map<RemoteId, number>();
  knots.forEach(({ draft: { act } }, at) => {
    if (act.kind !== 'trash' || act.entryKind !== 'folder') return;
    if (act.side === 'local') trashOfNode.set(act.local.node, at);
    else trashOfRemote.set(act.remote.id, at);
  });
  if (trashOfNode.size + trashOfRemote.size === 0) return;
  const tell = (trash: number | undefined, move: number): void => {
    if (trash !== undefined) knots[trash]?.waitFor(move, 'needed');
  };
  for (const [
    at,
    {
      draft: { act },
    },
  ] of knots.entries()) {
    yield;
    if (act.kind === 'upload' && act.replaces !== null) {
      // the version that it replaces may stand there, and goes to the trash by itself
      for (let id: RemoteId | null = act.replaces.parent; id !== null; id = view.remote(id)?.parent ?? null) {
        tell(trashOfRemote.get(id), at);
      }
    }
    if (act.kind !== 'move') continue;
    if (act.side === 'local') {
      for (let row = view.local(act.local.node); row !== null && row.parent !== null; row = view.local(row.parent))
        tell(trashOfNode.get(row.parent), at);
    } else {
      for (let row = view.remote(act.remote.id); row !== null && row.parent !== null; row = view.remote(row.parent))
        tell(trashOfRemote.get(row.parent), at);
    }
  }
}

function* numbered({ knots, order }: Untangled, occupied: ReadonlySet<Draft>): Steps<Plan> {
  const numbers = new Map(order.map((at, place) => [at, place as OperationNumber]));
  const operations: Operation[] = [];
  const waiting: { path: RelPath; why: string }[] = [];
  const out = new Set<OperationNumber>();
  for (const at of order) {
    yield;
    const knot = knots[at];
    const number = numbers.get(at);
    if (knot === undefined || number === undefined) continue;
    const { act, entry, path, reason } = knot.draft;
    const after = numbersOf(knot, numbers);
    if (occupied.has(knot.draft) || after.some((other) => out.has(other))) {
      out.add(number);
      waiting.push({ path, why: AWAITS_NAME });
    } else {
      // What is added stands before what is spread, here and wherever objects are made by the thousand: the other way round V8
      // gives each its own hidden class, which costs more memory than the object and all reading of it its caches.
      operations.push({ number, after, entry, path, reason, ...act });
    }
  }
  return { operations, waiting };
}

/** One for all: each array that is made by collecting has room for more than a dozen. */
const NOTHING: readonly OperationNumber[] = [];

function numbersOf({ after }: Knot, numbers: ReadonlyMap<number, OperationNumber>): readonly OperationNumber[] {
  if (after.size === 0) return NOTHING;
  return [...after.keys()].flatMap((other) => numbers.get(other) ?? []).sort((a, b) => a - b);
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
