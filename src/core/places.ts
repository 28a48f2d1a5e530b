/**
 * Where each item is to stand. One place per item, the same on both sides: the host's where the item was moved there, else
 * this computer's where it was moved here, else base's. Then what the places need of each other: folders that something
 * stands in stay, no folder stands below itself, and no two items have one name.
 */
import type { EntryNumber, RemoteId } from './entry.ts';
import { conflictCopyName, twinName } from './conflict.ts';
import type { Item, Items } from './item.ts';
import { byId, placeKey } from './item.ts';
import { foldedName, localNameFor, remoteNameFor } from './names.ts';
import type { Place } from './operation.ts';
import type { LocalName } from './path.ts';
import type { Policy } from './policy.ts';
import type { TreeView } from './tree.ts';
import { AWAITS_LISTING } from './waits.ts';

/** Whether a person on this computer put a known item into another folder or gave it another name. */
export function isMovedHere({ base, local }: Item, items: Items): boolean {
  if (base === null || local === null || local.parent === null) return false;
  return local.name !== base.localName || items.entryOfNode(local.parent) !== base.parent;
}

/** The same, on the host. */
export function isMovedThere({ base, remote }: Item, items: Items): boolean {
  if (base === null || remote === null || remote.parent === null) return false;
  return remote.name !== base.remoteName || items.entryOfRemote(remote.parent) !== base.parent;
}

/** Gives every item its place; what cannot have one on the other side is held. */
export function placeItems(items: Items, view: TreeView): void {
  for (const item of items.all) {
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
    }
  }
  holdInPlaceOfSpecials(items, view);
}

/**
 * A folder below itself: this computer put A into B while the host has B in A. The host's places stand, so the
 * moves made here that close the ring are taken back; what they carried comes along.
 */
export function breakCycles(items: Items, view: TreeView): void {
  for (const item of items.all) {
    if (!item.keep || item.kind !== 'folder' || item.placedBy !== 'local' || item.base === null) continue;
    if (!standsBelowItself(item, items, view)) continue;
    item.place = placeThere(item, items) ?? { ...item.base, parent: item.base.parent ?? item.place.parent };
    item.placedBy = 'base';
    item.reason = 'the host has it the other way round: its places stand';
  }
}

/** A folder that something stands in is kept, and so are the folders above it. */
export function keepWhatIsNeeded(items: Items): void {
  for (const item of items.all) {
    const needsParent =
      item.hold === null ? item.keep : !('problem' in item.hold && item.hold.problem === 'remote/empty-file');
    if (!needsParent) continue;
    keepFrom(item.place.parent, items);
    // a conflict copy stays in the folder in which the losing version stands
    if (item.hold === null && item.content === 'conflict' && item.local !== null && item.local.parent !== null) {
      const folder = items.entryOfNode(item.local.parent);
      if (folder !== null) keepFrom(folder, items);
    }
  }
}

function keepFrom(folder: EntryNumber, items: Items): void {
  for (let at = items.byEntry.get(folder); at !== undefined && !at.keep; at = items.byEntry.get(at.place.parent)) {
    at.keep = true;
    at.content = 'agreed';
    at.reason = 'kept for what is new, changed or unknown in it';
  }
}

/**
 * Gives distinct names to items that want one place. It goes to what does not move at all, then to a folder before a file,
 * then to what has it on the host. Of the others: what the host itself has under one name is shown here under a second one and
 * not touched there; the rest take the name of a conflict copy.
 */
export function resolveClashes(items: Items, view: TreeView, policy: Policy): void {
  const claims = new Map<string, Item[]>();
  for (const item of items.all) {
    if (item.hold === null ? !item.keep : item.local === null) continue; // what is held and not here claims nothing
    const key = placeKey(item.place.parent, item.place.localName);
    const sharing = claims.get(key);
    if (sharing === undefined) claims.set(key, [item]);
    else sharing.push(item);
  }
  const isTaken = (parent: EntryNumber, name: LocalName): boolean =>
    claims.has(placeKey(parent, name)) || isTakenInTrees(items, view, parent, name);
  const rename = (item: Item, name: LocalName, remoteName: Place['remoteName']): void => {
    item.place = { ...item.place, localName: name, remoteName };
    claims.set(placeKey(item.place.parent, name), [item]);
  };

  for (const [, sharing] of [...claims]) {
    const [first] = sharing;
    if (first === undefined) continue;
    const { parent, localName } = first.place;
    const steady = view.baseAt(parent, localName);
    const isHeldBySteady = steady !== null && !items.byEntry.has(steady.entry);
    const ranked = [...sharing].sort((a, b) => rank(a, items) - rank(b, items) || byAge(a, b));
    const losers = isHeldBySteady ? ranked : ranked.slice(1);
    for (const item of losers) {
      if (item.hold !== null) continue; // two held ones of one name: neither moves
      const copy = conflictCopyName(localName, policy.conflictMade, (name) => isTaken(parent, name));
      if (copy === null) {
        item.hold = { problem: 'name/unsupported', detail: 'all names for a conflict copy are taken' };
        continue;
      }
      if (item.base === null && item.remote === null) {
        [item.aside, item.copyName] = ['local', copy];
        claims.set(placeKey(parent, copy), [item]);
      } else if (
        item.base === null &&
        item.local === null &&
        item.kind === 'file' &&
        ranked[0]?.remote === null &&
        !isHeldBySteady
      ) {
        [item.aside, item.copyName] = ['remote', copy];
        claims.set(placeKey(parent, copy), [item]);
      } else if (
        item.remote !== null &&
        isAt(item, items, 'remote') &&
        (isHeldBySteady || !makesRoomThere(ranked[0], items))
      ) {
        rename(
          item,
          freeTwinName(localName, (name) => isTaken(parent, name)),
          item.place.remoteName,
        );
      } else {
        const remoteName = remoteNameFor(copy);
        if (remoteName === null) item.hold = { problem: 'name/unsupported', detail: null };
        else rename(item, copy, remoteName);
      }
      if (item.aside !== null) item.reason = 'another item has this name: it is kept as a conflict copy';
    }
  }
  for (const item of items.all) {
    if (item.hold !== null || !item.keep || item.content !== 'conflict') continue;
    const { parent, localName } = item.place;
    const copy = conflictCopyName(localName, policy.conflictMade, (name) => isTaken(parent, name));
    if (copy === null) {
      item.hold = { problem: 'name/unsupported', detail: 'all names for a conflict copy are taken' };
    } else {
      item.copyName = copy;
      claims.set(placeKey(parent, copy), [item]);
    }
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

function placeHere({ base, local, remote }: Item, items: Items): Place | null {
  if (local === null || local.parent === null) return null;
  const parent = items.entryOfNode(local.parent);
  const known = base !== null && base.localName === local.name ? base.remoteName : null;
  const remoteName = known ?? (base === null && remote !== null ? remote.name : remoteNameFor(local.name));
  return parent === null || remoteName === null ? null : { parent, localName: local.name, remoteName };
}

function placeThere({ base, remote }: Item, items: Items): Place | null {
  if (remote === null || remote.parent === null) return null;
  const parent = items.entryOfRemote(remote.parent);
  const known = base !== null && base.remoteName === remote.name ? base.localName : null;
  const localName = known ?? localNameFor(remote.name);
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

/** A link or the like stands where an item of the host would have to go. */
function holdInPlaceOfSpecials(items: Items, view: TreeView): void {
  for (const item of items.all) {
    if (item.hold !== null || !item.keep || item.local !== null) continue;
    const folder = items.byEntry.get(item.place.parent)?.local ?? view.localOf(item.place.parent);
    const occupant = folder === null ? null : view.localAt(folder.node, item.place.localName);
    if (occupant?.kind === 'special')
      item.hold = { problem: 'local/special-in-place', detail: null, node: occupant.node };
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

/** Whether the item that gets the name is still to be made, or moved, on the host: then the other one there steps aside for it. */
function makesRoomThere(winner: Item | undefined, items: Items): boolean {
  return winner !== undefined && winner.hold === null && !isAt(winner, items, 'remote');
}

function isTakenInTrees(items: Items, view: TreeView, parent: EntryNumber, name: LocalName): boolean {
  if (view.baseAt(parent, name) !== null) return true;
  const folder = items.byEntry.get(parent)?.local ?? view.localOf(parent);
  if (folder !== null && view.localAt(folder.node, name) !== null) return true;
  const id = remoteIdOf(items, view, parent);
  const remoteName = remoteNameFor(name);
  // hosts compare names without case when they look for a free one
  return (
    id !== null && remoteName !== null && (view.remoteAt(id, remoteName).length > 0 || hasFolded(view, id, remoteName))
  );
}

function hasFolded(view: TreeView, folder: RemoteId, name: string): boolean {
  return view.remoteChildren(folder).some((row) => foldedName(row.name) === foldedName(name));
}

function freeTwinName(name: LocalName, isTaken: (name: LocalName) => boolean): LocalName {
  for (let nth = 2; ; nth++) {
    const candidate = twinName(name, nth);
    if (!isTaken(candidate)) return candidate;
  }
}

function rank(item: Item, items: Items): number {
  if (item.hold !== null) return 0;
  const kind = item.kind === 'folder' ? 1 : 10;
  if (isAt(item, items, 'remote')) return kind;
  if (item.placedBy === 'remote') return kind + 1;
  return isAt(item, items, 'local') ? kind + 2 : kind + 3;
}

function byAge(a: Item, b: Item): number {
  if (a.remote !== null && b.remote !== null) return byId(a.remote, b.remote);
  return a.entry - b.entry;
}
