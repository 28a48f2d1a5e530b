/**
 * No two items have one name. Of several that want one place, it goes to a folder before a file, then to what has it on the host.
 * Of the others: what the host itself has under one name is shown here under a second one, and not touched there; the rest take
 * the name of a conflict copy.
 *
 * What the host has several times is named from what the host shows, and from nothing that only this computer knows: folders
 * first, then by id, and never a name that something else has there. So all computers show the same, and one that begins anew
 * shows it as well.
 */
import type { EntryNumber, RemoteId } from './entry.ts';
import { conflictCopyName, originalOf, readConflictMark, twinName } from './conflict.ts';
import type { Item, Items } from './item.ts';
import { byId, placeKey } from './item.ts';
import { foldedName, remoteNameFor } from './names.ts';
import type { Place } from './operation.ts';
import type { LocalName } from './path.ts';
import { isAt, isMovedThere, isParked, placeHere, remoteIdOf } from './places.ts';
import type { Policy } from './policy.ts';
import { isFreshlyMoved, isFreshlyPut, isRecent } from './policy.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';
import { AWAITS_CONTENT, AWAITS_TWIN } from './waits.ts';

type Claims = Map<string, Item[]>;

/** Gives distinct names to items that want one place. */
export function* resolveClashes(items: Items, view: TreeView, policy: Policy): Steps<void> {
  const claims = yield* claimNames(items, view, policy);
  const isTaken = (parent: EntryNumber, name: LocalName): boolean =>
    claims.has(placeKey(parent, name)) || isTakenInTrees(items, view, parent, name);
  const rename = (item: Item, name: LocalName, remoteName: Place['remoteName']): void => {
    item.place = { ...item.place, localName: name, remoteName };
    claims.set(placeKey(item.place.parent, name), [item]);
  };

  for (const sharing of [...claims.values()]) {
    yield;
    const [first] = sharing;
    if (first === undefined) continue;
    const { parent, localName } = first.place;
    const steady = view.baseAt(parent, localName);
    const isHeldBySteady = steady !== null && !items.byEntry.has(steady.entry);
    if (!isHeldBySteady && isOneContent(sharing, items)) continue;
    letEmptyFilesAside(sharing);
    const ranked = [...sharing].sort((a, b) => rank(a, items) - rank(b, items) || byAge(a, b));
    const losers = isHeldBySteady ? ranked : ranked.slice(1);
    for (const item of losers) {
      if (item.hold !== null) continue; // two held ones of one name: neither moves
      const beside = broughtBeside(item, ranked[0], items, view);
      if (isTwin(item, items) && beside === null && (isHeldBySteady || !makesRoomThere(ranked[0], items))) {
        rename(item, freeTwinName(item, claims, items, view), item.place.remoteName);
        continue;
      }
      const copy =
        copyNameHere(item, { parent, localName }, claims, items, view) ??
        conflictCopyName(localName, policy.conflictMade, (name) => isTaken(parent, name));
      if (copy === null) {
        item.hold = { problem: 'name/unsupported', detail: 'all names for a conflict copy are taken' };
        continue;
      }
      const remoteName = remoteNameFor(copy);
      if (remoteName === null) {
        item.hold = { problem: 'name/unsupported', detail: null };
        continue;
      }
      const side = stepsAside(item, ranked[0], isHeldBySteady);
      if (side !== null) {
        [item.aside, item.copyName] = [side, copy];
        item.reason = 'another item has this name: it is kept as a conflict copy';
        claims.set(placeKey(parent, copy), [item]);
      } else {
        rename(item, copy, remoteName);
        if (beside !== null) [item.placedBy, item.reason] = ['base', beside];
      }
    }
  }
  nameConflictCopies(items, claims, policy, isTaken);
}

/**
 * A file that was moved, and one that was made where it goes, may hold the same: equal bytes are no conflict. One of them is spare then, and the
 * one that was moved takes its place. Whether they are equal is found out first where it can be.
 */
function isOneContent(sharing: readonly Item[], items: Items): boolean {
  const moved = sharing.find(({ base, local, remote }) => base !== null && local !== null && remote !== null);
  const spare = sharing.find((item) => item !== moved);
  if (sharing.length !== 2 || moved === undefined || spare === undefined) return false;
  if (!isUntouched(moved) || !isMadeWhere(moved, spare, items)) return false;
  const [made, known] = [spare.local ?? spare.remote, moved.base?.md5 ?? null];
  if (made === null || known === null || made.size !== moved.base?.size) return false;
  if (made.md5 === null) {
    moved.hold = { wait: AWAITS_CONTENT };
    if (spare.remote === null) spare.place = moved.place; // in the spelling that the host has
    [spare.local, spare.remote, spare.content] = [spare.local ?? moved.local, spare.remote ?? moved.remote, 'compare'];
    return true;
  }
  if (made.md5 !== known) return false;
  spare.isSpare = true;
  spare.reason = 'a second file with the content of one that was moved to its name';
  return true;
}

/** A file with the content that both sides agreed on. */
function isUntouched({ base, local, remote, hold, kind, content }: Item): boolean {
  return (
    kind === 'file' &&
    hold === null &&
    content === 'agreed' &&
    remote?.id === base?.remoteId &&
    local?.md5 === base?.md5
  );
}

/** Whether the other one is a file that stands on one side only, there where the one that was moved on the other side is to go. */
function isMadeWhere(moved: Item, { kind, hold, keep, local, remote, content }: Item, items: Items): boolean {
  if (kind !== 'file' || hold !== null || !keep) return false;
  if (remote !== null) return local === null && content === 'fromRemote' && isAt(moved, items, 'local');
  return local !== null && content === 'fromLocal' && isAt(moved, items, 'remote');
}

/** The name of a conflict copy of this place that the item has here by now: what an earlier round began is ended, not begun anew. */
function copyNameHere(
  { base, local }: Item,
  { parent, localName }: Pick<Place, 'parent' | 'localName'>,
  claims: Claims,
  items: Items,
  view: TreeView,
): LocalName | null {
  if (base === null || local === null || local.parent === null || items.entryOfNode(local.parent) !== parent)
    return null;
  const mark = readConflictMark(local.name);
  if (mark === null || originalOf(local.name, mark, [localName]) === null) return null;
  const steady = view.baseAt(parent, local.name);
  const isFree = !claims.has(placeKey(parent, local.name)) && (steady === null || steady.entry === base.entry);
  return isFree ? local.name : null;
}

const MADE_BESIDE_FOLDER = 'made at the same moment as a folder of this name: it is kept as a conflict copy';
const BROUGHT_BESIDE = 'another item was given this name at the same moment: it is kept as a conflict copy';

/**
 * Why an item that the host has under a name that another one keeps takes the name of a conflict copy there; `null`: it does not. It does where
 * this computer brought it there a moment ago, and somebody the other one before they heard of it: hosts do not ask whether a name is free.
 */
function broughtBeside(item: Item, winner: Item | undefined, items: Items, view: TreeView): string | null {
  const { base, kind } = item;
  if (base === null || winner === undefined || winner.hold !== null) return null;
  if (kind === 'file' && winner.kind === 'folder' && winner.base === null)
    return isFreshlyPut(base, view) ? MADE_BESIDE_FOLDER : null;
  return isOutrun(item, winner, items, view) ? BROUGHT_BESIDE : null;
}

/** Whether the item, brought to its name by this computer a moment ago, has to leave it to an elder one that somebody else moved there. */
function isOutrun({ base, kind, remote }: Item, other: Item, items: Items, view: TreeView): boolean {
  if (base === null || other.base === null || other.kind !== kind || !isMovedThere(other, items)) return false;
  if (remote === null || other.remote === null || byId(other.remote, remote) > 0) return false;
  if (kind === 'file' && base.md5 === other.base.md5) return false;
  return isFreshlyMoved(base, view) || isFreshlyPut(base, view);
}

/** The losing versions of conflicts need a name too. */
function nameConflictCopies(
  items: Items,
  claims: Claims,
  policy: Policy,
  isTaken: (parent: EntryNumber, name: LocalName) => boolean,
): void {
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

/** Which items want which name, once those are held that may be in the middle of an exchange of names on the host. */
function* claimNames(items: Items, view: TreeView, policy: Policy): Steps<Claims> {
  for (;;) {
    const claims: Claims = new Map();
    for (const item of items.all) {
      yield;
      if (item.hold === null ? !item.keep : item.local === null) continue; // what is held and not here claims nothing
      const key = placeKey(item.place.parent, item.place.localName);
      const sharing = claims.get(key);
      if (sharing === undefined) claims.set(key, [item]);
      else sharing.push(item);
    }
    if (!(yield* isAnyHeldBack(claims, items, view, policy))) return claims;
  }
}

function* isAnyHeldBack(claims: Claims, items: Items, view: TreeView, policy: Policy): Steps<boolean> {
  for (const sharing of claims.values()) {
    yield;
    if (sharing.length > 1 && holdNewcomers(sharing, items, view, policy)) return true;
  }
  return false;
}

/**
 * A known item that came to a name on the host which another one has: whoever exchanges two names there has two of one name for
 * a moment. It stays as it is here until the host has shown it so for a while. Returns whether one was held.
 */
function holdNewcomers(sharing: readonly Item[], items: Items, view: TreeView, policy: Policy): boolean {
  const twins = sharing.filter((item) => isTwin(item, items) || isAwaited(item));
  if (twins.length < 2) return false;
  const isAnyAwaited = twins.some(isAwaited);
  const newcomers = twins.filter(
    (item) =>
      item.hold === null &&
      (isAnyAwaited ||
        (item.base !== null && isMovedThere(item, items) && item.remote !== null && isRecent(item.remote, policy))) &&
      !twins.some((own) => isOutrun(own, item, items, view)),
  );
  for (const item of newcomers) {
    item.hold = { wait: AWAITS_TWIN };
    item.place = placeHere(item, items) ?? item.place;
  }
  return newcomers.length > 0;
}

function isAwaited({ hold }: Item): boolean {
  return hold !== null && 'wait' in hold && hold.wait === AWAITS_TWIN;
}

/** An item that the host has under the name in question already. */
function isTwin(item: Item, items: Items): boolean {
  return item.hold === null && item.remote !== null && isAt(item, items, 'remote');
}

/** The side on which a new item takes the name of a conflict copy, to be met as something new from then on. */
function stepsAside(
  { base, local, remote, kind }: Item,
  winner: Item | undefined,
  isHeldBySteady: boolean,
): Item['aside'] {
  if (base !== null) return null;
  if (remote === null) return 'local';
  return local === null && kind === 'file' && winner?.remote === null && !isHeldBySteady ? 'remote' : null;
}

/** Whether the item that gets the name is still to be made, or moved, on the host: then the other one there steps aside for it. */
function makesRoomThere(winner: Item | undefined, items: Items): boolean {
  return winner !== undefined && winner.hold === null && !isAt(winner, items, 'remote');
}

function freeTwinName({ place }: Item, claims: Claims, items: Items, view: TreeView): LocalName {
  const { parent, localName } = place;
  for (let nth = 2; ; nth++) {
    const candidate = twinName(localName, nth);
    if (!claims.has(placeKey(parent, candidate)) && !isKept(parent, candidate, items, view)) return candidate;
  }
}

/** Whether something has the name that does not give it up now: it stands there on the host, or is no item. Items have claims. */
function isKept(parent: EntryNumber, name: LocalName, items: Items, view: TreeView): boolean {
  const steady = view.baseAt(parent, name);
  if (steady !== null && !items.byEntry.has(steady.entry)) return true;
  const folder = items.byEntry.get(parent)?.local ?? view.localOf(parent);
  const occupant = folder === null ? null : view.localAt(folder.node, name);
  if (occupant !== null && items.entryOfNode(occupant.node) === null) return true;
  const id = remoteIdOf(items, view, parent);
  const remoteName = remoteNameFor(name);
  return id !== null && remoteName !== null && view.remoteAt(id, remoteName).length > 0;
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

/**
 * An empty file that only this computer has keeps no name from what travels: shown beside it under a second name, that would be another one here
 * than on all other computers.
 */
function letEmptyFilesAside(sharing: readonly Item[]): void {
  if (!sharing.some(({ hold }) => hold === null)) return;
  for (const item of sharing) if (isOnlyHereAndEmpty(item)) item.hold = null;
}

function isOnlyHereAndEmpty({ base, local, remote, kind }: Item): boolean {
  return kind === 'file' && base === null && remote === null && local?.size === 0 && !isParked(local);
}

function rank(item: Item, items: Items): number {
  if (item.hold !== null) return 0;
  if (isOnlyHereAndEmpty(item)) return 20;
  const kind = item.kind === 'folder' ? 1 : 10;
  if (isAt(item, items, 'remote')) return kind;
  if (item.placedBy === 'remote') return kind + 1;
  return isAt(item, items, 'local') ? kind + 2 : kind + 3;
}

function byAge(a: Item, b: Item): number {
  if (a.remote !== null && b.remote !== null) return byId(a.remote, b.remote);
  return a.entry - b.entry;
}
