/**
 * Where each item is to stand. One place per item, the same on both sides: the host's where the item was moved there, else
 * this computer's where it was moved here, else base's. Then what the places need of each other: folders that something
 * stands in stay, and no folder stands below itself. That no two items have one name is seen to in `clashes.ts`.
 */
import { ROOT_NODE } from './entry.ts';
import type { BaseEntry, EntryNumber, LocalEntry, RemoteId } from './entry.ts';
import { PARKED_PREFIX } from './ignore.ts';
import type { Hold, Item, Items } from './item.ts';
import { isShownOtherwise, placeKey } from './item.ts';
import { localNameFor, remoteNameFor } from './names.ts';
import type { Place } from './operation.ts';
import type { RemoteName } from './path.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';
import { AWAITS_LISTING } from './waits.ts';

/** Whether it stands aside for a moment, while names are exchanged: a name that nobody wished for. */
export function isParked({ parent, name }: Pick<LocalEntry, 'parent' | 'name'>): boolean {
  return parent === ROOT_NODE && name.startsWith(PARKED_PREFIX);
}

/** Whether a person on this computer put a known item into another folder or gave it another name. */
export function isMovedHere({ base, local }: Item, items: Items): boolean {
  if (base === null || local === null || local.parent === null || isParked(local)) return false;
  return local.name !== base.localName || items.entryOfNode(local.parent) !== base.parent;
}

/** The same, on the host. That it has got the name there which is shown here was nobody's move. */
export function isMovedThere(item: Item, items: Items): boolean {
  const { base, remote } = item;
  if (base === null || remote === null || remote.parent === null) return false;
  return isElsewhere(base, { name: remote.name, parent: items.entryOfRemote(remote.parent) });
}

/** Whether the host has it in another folder than base, or under another name here. `parent`: `null` is a folder that base does not know. */
export function isElsewhere(
  base: BaseEntry,
  { name, parent }: { readonly name: RemoteName; readonly parent: EntryNumber | null },
): boolean {
  return parent !== base.parent || (name !== base.remoteName && localNameFor(name) !== base.localName);
}

/** Gives every item its place; what cannot have one on the other side is held. */
export function* placeItems(items: Items, view: TreeView): Steps<void> {
  const touched = touchedNames(items);
  for (const item of items.all) {
    yield;
    if (item.hold !== null) {
      // It stays where it is seen: here if it is here, so that nothing else is given its name.
      item.place = placeHere(item, items) ?? placeThere(item, items) ?? item.place;
      continue;
    }
    const there = item.base === null || isMovedThere(item, items) ? placeThere(item, items) : null;
    const here = item.base === null || isMovedHere(item, items) ? placeHere(item, items) : null;
    if (item.base === null) {
      const place = here ?? there;
      if (place !== null) [item.place, item.placedBy] = [place, here === null ? 'remote' : 'local'];
      else holdUnplaced(item);
    } else if (isMovedThere(item, items)) {
      if (there !== null) [item.place, item.placedBy] = [there, 'remote'];
      else holdUnplaced(item);
    } else if (isMovedHere(item, items)) {
      if (here !== null) [item.place, item.placedBy] = [here, 'local'];
      else holdUnplaced(item);
    } else if (item.remote !== null && localNameFor(item.remote.name) === item.base.localName) {
      item.place = { ...item.place, remoteName: item.remote.name };
    } else if (isShownOtherwise(item.base)) {
      placeShown(item, item.base, touched);
    }
  }
  yield* holdInPlaceOfOthers(items, view);
}

/**
 * The names of the host of which a person on this computer edited, renamed or removed one of several holders. Such a deed settles which is
 * which: from then on the host has the names that are shown here.
 */
function touchedNames(items: Items): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const item of items.all) {
    const { base, hold, keep, content, remote } = item;
    // what was given another name on the host is no holder of this one any more
    if (base === null || base.parent === null || hold !== null || remote === null || isMovedThere(item, items))
      continue;
    const name = localNameFor(base.remoteName);
    if (name !== null && (!keep || content === 'fromLocal' || isMovedHere(item, items)))
      touched.add(placeKey(base.parent, name));
  }
  return touched;
}

/** What the host has several times has the host's own name, as far as nothing else has it; `clashes.ts` sees to the others. */
function placeShown(item: Item, base: NonNullable<Item['base']>, touched: ReadonlySet<string>): void {
  const own = localNameFor(base.remoteName);
  const shown = remoteNameFor(base.localName);
  if (item.remote === null || own === null || touched.has(placeKey(item.place.parent, own))) {
    // sent anew, or told apart by a person: the host gets the name that was seen here
    if (shown === null) holdUnplaced(item);
    else [item.place, item.placedBy] = [{ ...item.place, remoteName: shown }, 'local'];
  } else {
    [item.place, item.placedBy] = [{ ...item.place, localName: own }, 'remote'];
  }
}

/**
 * A folder below itself: this computer put A into B while the host has B in A. The host's places stand, so the
 * moves made here that close the ring are taken back; what they carried comes along. One that is taken back may close another ring
 * with a folder that was looked at before; the host's own places have none, so there is an end.
 */
export function breakCycles(items: Items, view: TreeView): void {
  const moved = items.all.filter(
    ({ keep, kind, placedBy, base }) => keep && kind === 'folder' && placedBy === 'local' && base !== null,
  );
  const takeBack = (item: Item): boolean => {
    if (item.placedBy !== 'local' || item.base === null || !standsBelowItself(item, items, view)) return false;
    item.place = placeThere(item, items) ?? { ...item.base, parent: item.base.parent ?? item.place.parent };
    item.placedBy = 'base';
    item.reason = 'the host has it the other way round: its places stand';
    return true;
  };
  while (moved.filter(takeBack).length > 0);
}

/** A folder that something stands in is kept, and so are the folders above it. */
export function keepWhatIsNeeded(items: Items): void {
  for (const item of items.all) {
    const needsParent = item.hold === null ? item.keep : standsSomewhere(item, item.hold);
    if (!needsParent) continue;
    keepFrom(item.place.parent, items);
    // a conflict copy stays in the folder in which the losing version stands
    if (item.hold === null && item.content === 'conflict' && item.local !== null && item.local.parent !== null) {
      const folder = items.entryOfNode(item.local.parent);
      if (folder !== null) keepFrom(folder, items);
    }
  }
}

/** Whether a folder is needed for what is held: an empty file here is none of the host's, and what is hidden by a link may be gone there. */
function standsSomewhere({ local, remote }: Item, hold: Hold): boolean {
  return (local !== null || remote !== null) && !('problem' in hold && hold.problem === 'remote/empty-file');
}

function keepFrom(folder: EntryNumber, items: Items): void {
  for (let at = items.byEntry.get(folder); at !== undefined && !at.keep; at = items.byEntry.get(at.place.parent)) {
    at.keep = true;
    at.content = 'agreed';
    at.isNeeded = true;
    at.reason = 'kept for what is new, changed or unknown in it';
  }
}

/** Whether the item already stands at its place on `side`. */
export function isAt(item: Item, items: Items, side: 'local' | 'remote'): boolean {
  if (side === 'local') {
    const { local, place } = item;
    if (local === null || local.parent === null) return false;
    return local.name === place.localName && items.entryOfNode(local.parent) === place.parent;
  }
  const { remote, place } = item;
  if (remote === null || remote.parent === null) return false;
  return remote.name === place.remoteName && items.entryOfRemote(remote.parent) === place.parent;
}

/** Id of the folder on the host that `entry` is; `null`: none yet. */
export function remoteIdOf(items: Items, view: TreeView, entry: EntryNumber): RemoteId | null {
  return items.byEntry.get(entry)?.remote?.id ?? view.remoteOf(entry)?.id ?? null;
}

/** The place that the item has here; `null`: none that the other side could have too. */
export function placeHere({ base, local, remote }: Item, items: Items): Place | null {
  if (local === null || local.parent === null) return null;
  const parent = items.entryOfNode(local.parent);
  const known = base !== null && base.localName === local.name && !isShownOtherwise(base) ? base.remoteName : null;
  const remoteName = known ?? (base === null && remote !== null ? remote.name : remoteNameFor(local.name));
  return parent === null || remoteName === null ? null : { parent, localName: local.name, remoteName };
}

function placeThere({ remote }: Item, items: Items): Place | null {
  if (remote === null || remote.parent === null) return null;
  const parent = items.entryOfRemote(remote.parent);
  const localName = localNameFor(remote.name);
  return parent === null || localName === null ? null : { parent, localName, remoteName: remote.name };
}

function holdUnplaced(item: Item): void {
  const name = item.local === null ? item.remote?.name : item.local.name;
  const isNameless =
    item.local === null
      ? item.remote !== null && localNameFor(item.remote.name) === null
      : remoteNameFor(item.local.name) === null;
  item.hold = isNameless
    ? { problem: 'name/unsupported', detail: name === undefined ? null : JSON.stringify(name) }
    : { wait: AWAITS_LISTING };
}

/** A link or the like stands where an item of the host would have to go, or a folder that stays for what is ignored in it where a file would. */
function* holdInPlaceOfOthers(items: Items, view: TreeView): Steps<void> {
  for (const item of items.all) {
    yield;
    if (item.hold !== null || !item.keep || item.local !== null) continue;
    const folder = items.byEntry.get(item.place.parent)?.local ?? view.localOf(item.place.parent);
    const occupant = folder === null ? null : view.localAt(folder.node, item.place.localName);
    if (occupant === null) continue;
    const { kind, released, node } = occupant;
    if (kind === 'special') item.hold = { problem: 'local/special-in-place', detail: null, node };
    else if (released && item.kind === 'file') item.hold = { problem: 'local/leftovers-in-place', detail: null, node };
  }
}

function standsBelowItself(item: Item, items: Items, view: TreeView): boolean {
  const seen = new Set<EntryNumber>();
  let at: EntryNumber | null = item.place.parent;
  while (at !== null && !seen.has(at)) {
    if (at === item.entry) return true;
    seen.add(at);
    at = items.byEntry.get(at)?.place.parent ?? view.base(at)?.parent ?? null;
  }
  return false;
}
