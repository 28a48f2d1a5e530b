/**
 * What becomes of everything on which the three trees do not agree. Pure: the same view and policy give the same decisions.
 *
 * The trees are merged into one target: for each item whether it is kept, whose content it gets, and where it stands.
 * What is to be done on a side is the difference between that side and the target (`plan.ts`). Content and place are decided
 * apart, so an edit here and a move there meet without a conflict.
 *
 * Content of a file that base knows (each side against base):
 *
 * | local \ remote | same | changed | gone |
 * | --- | --- | --- | --- |
 * | same    | agreed | from remote | removed; kept and sent anew if it was moved here |
 * | changed | from local | equal: agreed; else conflict; unknown: compare | from local: work beats removal |
 * | emptied | neither: the host cannot hold it; moves are carried over | from remote | forgotten: it stays as an empty file here |
 * | gone    | removed; kept and fetched anew if it was moved there | from remote: work beats removal | forgotten |
 *
 * New on both sides under one name: equal: agreed; else conflict; unknown: compare; empty here: from remote.
 * Folders have no content: a folder that is gone on one side goes on the other, unless something that is kept needs it.
 * What went with its folder on one side stays where the other side moved that folder: the move was about all that is in it.
 *
 * Nothing is decided about what was not seen: an item below an unreadable or unlisted folder is held, and a folder that is missing
 * from its parent's listing waits until a full sweep that began after that has not found it elsewhere.
 */
import type { EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import { TO_FOLLOW } from './entry.ts';
import { readConflictMark, wasMadeLately } from './conflict.ts';
import type { Hold, Item, Items } from './item.ts';
import { gatherItems, presentRemote } from './item.ts';
import { formsOf } from './names.ts';
import type { Problem } from './operation.ts';
import { ROOT } from './path.ts';
import type { LocalName, RelPath } from './path.ts';
import { joinPath } from './path.ts';
import { resolveClashes } from './clashes.ts';
import { breakCycles, isMovedHere, isMovedThere, isParked, keepWhatIsNeeded, placeItems } from './places.ts';
import type { Policy } from './policy.ts';
import { isFreshlyMoved, isFreshlyPut, isRecent } from './policy.ts';
import { atOnce } from './steps.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';
import { localPath } from './tree.ts';
import { localUnknown, remoteUnknown } from './unknown.ts';
import { AWAITS_CONTENT, AWAITS_FOLDER, AWAITS_LISTING, AWAITS_SWEEP, AWAITS_TWIN, AWAITS_VERSION } from './waits.ts';

export interface Decisions {
  readonly items: Items;
  readonly problems: readonly Problem[];
  /** Items that a later look decides, with why. */
  readonly waiting: readonly { readonly path: RelPath; readonly why: string }[];
  /** A folder went missing on the host: only another full sweep can tell whether it is gone. */
  readonly needsSweep: boolean;
}

/** Decides about everything that is open in `view`. */
export function reconcile(view: TreeView, policy: Policy): Decisions {
  return atOnce(reconcileInSteps(view, policy));
}

/** The same, for whoever has something else to do in between. */
export function* reconcileInSteps(view: TreeView, policy: Policy): Steps<Decisions> {
  const items = yield* gatherItems(view, policy.firstFreeEntry);
  for (const item of items.all) {
    yield;
    decideContent(item, items, view, policy);
  }
  yield* placeItems(items, view);
  breakCycles(items, view);
  yield;
  keepWhatIsNeeded(items);
  yield;
  yield* resolveClashes(items, view, policy);
  yield* keepFoldersOfWaiting(items, view);
  waitForFolders(items, view);

  const problems: Problem[] = [];
  const waiting: { path: RelPath; why: string }[] = [];
  let needsSweep = false;
  const named = new Set<NodeNumber>();
  for (const item of items.all) {
    yield;
    if (item.hold === null) {
      if (item.keep && item.content === 'emptied')
        problems.push({ path: itemPath(items, view, item), code: 'local/emptied', detail: null });
    } else if ('wait' in item.hold) {
      waiting.push({ path: itemPath(items, view, item), why: item.hold.wait });
      needsSweep ||= item.hold.wait === AWAITS_SWEEP;
    } else {
      const { problem, detail, node } = item.hold;
      if (node !== undefined) named.add(node);
      problems.push({
        path: node === undefined ? itemPath(items, view, item) : localPath(view, node),
        code: problem,
        detail,
      });
    }
  }
  for (const row of items.specials) {
    yield;
    // what a hold names as its cause needs no line of its own
    if (!named.has(row.node))
      problems.push({ path: localPath(view, row.node), code: row.trouble ?? 'local/special', detail: null });
  }
  return { items, problems: withoutRepeats(problems), waiting, needsSweep };
}

/** Where the item stands, or will: for the person. */
export function itemPath(items: Items, view: TreeView, item: Item): RelPath {
  if (item.local !== null && (item.hold !== null || !item.keep)) return localPath(view, item.local.node);
  const names: LocalName[] = [];
  const seen = new Set<EntryNumber>();
  let at: { readonly parent: EntryNumber | null; readonly localName: LocalName } | null = item.place;
  while (at !== null && at.parent !== null && !seen.has(at.parent)) {
    seen.add(at.parent);
    names.push(at.localName);
    at = items.byEntry.get(at.parent)?.place ?? view.base(at.parent);
  }
  return names.reverse().reduce<RelPath>(joinPath, ROOT);
}

/** What becomes of one item, looked at alone. */
type Verdict =
  | { readonly keep: boolean; readonly content: Item['content']; readonly reason: string; readonly isSpare?: true }
  | { readonly hold: Hold };

function decideContent(item: Item, items: Items, view: TreeView, policy: Policy): void {
  const unknown = remoteUnknown(item, view) ?? localUnknown(item, view);
  const verdict = unknown === null ? verdictOn(item, items, view, policy) : { hold: unknown };
  if ('hold' in verdict) item.hold = verdict.hold;
  else Object.assign(item, verdict);
}

function verdictOn(item: Item, items: Items, view: TreeView, policy: Policy): Verdict {
  const { base } = item;
  if (base === null) return verdictOnNew(item, items, view, policy);
  if (base.kind === 'folder') return verdictOnFolder(item, items, view);
  const isTouchedHere = item.local?.md5 !== base.md5 || isMovedHere(item, items);
  if (isTouchedHere && hasSecondVersion(item, view, policy)) return { hold: { wait: AWAITS_VERSION } };
  return verdictOnFile(item, items, view);
}

function verdictOnFolder(item: Item, items: Items, view: TreeView): Verdict {
  const here = item.local !== null;
  const there = item.remote !== null;
  if (here && there) return keep('agreed', 'the folder stands on both sides');
  if (!here && !there) return drop('gone on both sides');
  if (here) {
    if (isMovedHere(item, items)) return keep('agreed', 'removed on the host, but moved here: a move is work');
    if (isToFollow(item)) return keep('agreed', TO_FOLLOW_THERE);
    if (wentWhereItWasMoved(item, view)) return keep('agreed', WENT_WHERE_MOVED);
    if (isBelowMoved(item, items, view, 'local')) return keep('agreed', WENT_ALONG_HERE);
    return drop(`${goneThere(item, view)}, unchanged here`);
  }
  if (item.remote?.id !== item.base?.remoteId) return keep('agreed', 'removed here, but made anew on the host');
  if (isMovedThere(item, items)) return keep('agreed', 'removed here, but moved on the host: a move is work');
  if (isToFollow(item)) return keep('agreed', TO_FOLLOW_HERE);
  if (isBelowMoved(item, items, view, 'remote')) return keep('agreed', WENT_ALONG_THERE);
  return drop('removed here, unchanged on the host');
}

function verdictOnFile(item: Item, items: Items, view: TreeView): Verdict {
  const there = stateThere(item);
  switch (stateHere(item)) {
    case 'unread':
      return { hold: { problem: item.local?.trouble ?? 'local/changed', detail: null } };
    case 'emptied':
      if (there === 'changed') return keep('fromRemote', 'emptied here, changed on the host');
      if (there === 'gone') return drop('emptied here, removed on the host');
      return keep('emptied', 'emptied here: the host cannot hold that, and keeps the last version');
    case 'gone':
      if (there === 'gone') return drop('gone on both sides');
      if (there === 'changed') return keep('fromRemote', 'removed here, but changed on the host: work beats removal');
      if (isMovedThere(item, items)) return keep('fromRemote', 'removed here, but moved on the host: a move is work');
      if (isToFollow(item)) return keep('fromRemote', TO_FOLLOW_HERE);
      if (isBelowMoved(item, items, view, 'remote')) return keep('fromRemote', WENT_ALONG_THERE);
      return drop('removed here, unchanged on the host since both sides agreed');
    case 'same':
      if (there === 'same') return keep('agreed', 'same content on both sides');
      if (there === 'changed') return verdictOnNextVersion(item, view);
      if (isMovedHere(item, items)) return keep('fromLocal', 'removed on the host, but moved here: a move is work');
      if (isToFollow(item)) return keep('fromLocal', TO_FOLLOW_THERE);
      if (wentWhereItWasMoved(item, view)) return keep('fromLocal', WENT_WHERE_MOVED);
      if (isBelowMoved(item, items, view, 'local')) return keep('fromLocal', WENT_ALONG_HERE);
      if (wentWithItsFolder(item, view))
        return keep('fromLocal', 'sent into a folder that was being removed on the host: work beats removal');
      return drop(`${goneThere(item, view)}, unchanged here since both sides agreed`);
    case 'changed':
      if (there === 'same') return keep('fromLocal', 'changed here, unchanged on the host');
      if (there === 'gone') return keep('fromLocal', 'removed on the host, but changed here: work beats removal');
      return meet(item, 'changed on both sides');
  }
}

/** Another file stands in its place there. It is not its next version if its own folder was removed, and another one made of that name. */
function verdictOnNextVersion(item: Item, view: TreeView): Verdict {
  return isToFollow(item) || wentWithItsFolder(item, view) || wentWhereItWasMoved(item, view)
    ? meet(item, 'brought into a folder that was being removed on the host, where another one was made')
    : keep('fromRemote', 'changed on the host, unchanged here');
}

/** What became of it on the host, as far as that can be told: what is moved out of all that is listed looks like what is removed. */
function goneThere({ base }: Item, view: TreeView): string {
  return base !== null && view.isLeftOut(base.remoteId)
    ? 'given a name on the host that is ignored here'
    : 'removed on the host';
}

/** What was kept in a folder that had to be made anew on the other side, and has not come there yet. */
function isToFollow({ base }: Item): boolean {
  return base?.movedSweep === TO_FOLLOW;
}

const TO_FOLLOW_HERE = 'its folder was made anew here: what is in it still follows';
const TO_FOLLOW_THERE = 'its folder was made anew on the host: what is in it still follows';
const WENT_WHERE_MOVED = 'moved into a folder that was being removed on the host: a move is work';
const WENT_ALONG_HERE = 'removed on the host with its folder, which was moved here: a move is work';
const WENT_ALONG_THERE = 'removed here with its folder, which was moved on the host: a move is work';

/**
 * Whether the item, present on `side` alone, stands in a folder that was moved there and is gone on the other side with all that was
 * in it. What was removed by itself from a folder that still stands is removed.
 */
function isBelowMoved({ base }: Item, items: Items, view: TreeView, side: 'local' | 'remote'): boolean {
  const other = side === 'local' ? 'remote' : 'local';
  for (let at = base?.parent ?? null; at !== null;) {
    const folder = items.byEntry.get(at);
    if (folder === undefined || folder.base === null || folder[side] === null || folder[other] !== null) return false;
    if (isToFollow(folder)) return true;
    if (side === 'remote' ? isMovedThere(folder, items) : isMovedHere(folder, items)) return true;
    if (side === 'local' && wentWhereItWasMoved(folder, view)) return true;
    at = folder.base.parent;
  }
  return false;
}

function verdictOnNew(item: Item, items: Items, view: TreeView, policy: Policy): Verdict {
  const { local, remote, kind } = item;
  if (local !== null && remote !== null) {
    if (kind === 'folder') return keep('agreed', 'both sides have this folder');
    if (local.size === 0 && remote.size > 0) return keep('fromRemote', 'new on both sides, empty here');
    return meet(item, 'new on both sides');
  }
  if (local !== null) {
    if (isParked(local)) return { hold: { problem: 'local/parked', detail: null } };
    if (local.trouble !== null && kind === 'file') return { hold: { problem: local.trouble, detail: null } };
    if (local.size === 0 && kind === 'file') return { hold: { problem: 'remote/empty-file', detail: null } };
    if (local.released) return drop('kept here for what is left alone in it');
    if (isSecondCopy(local, items, view, policy)) return { ...keep('agreed', SECOND_COPY), isSpare: true };
    return keep(kind === 'file' ? 'fromLocal' : 'agreed', 'new here');
  }
  if (remote?.released === true) return drop('kept on the host for what is left alone in it');
  if (isNextVersion(item, view, policy)) return { hold: { wait: AWAITS_VERSION } };
  return keep(kind === 'file' ? 'fromRemote' : 'agreed', 'new on the host');
}

const SECOND_COPY = 'another computer has kept this content as a conflict copy of the same file already';

/** Whether it is a conflict copy made a moment ago, beside one of the same file with the same content, which both sides have. */
function isSecondCopy(
  { kind, name, md5, parent }: LocalEntry,
  items: Items,
  view: TreeView,
  { conflictMade }: Policy,
): boolean {
  const mark = kind === 'file' && md5 !== null ? readConflictMark(name) : null;
  const folder = mark === null || parent === null ? null : items.entryOfNode(parent);
  if (mark === null || folder === null || !wasMadeLately(mark, conflictMade)) return false;
  return view.baseChildren(folder).some((other) => {
    if (other.md5 !== md5 || items.byEntry.has(other.entry)) return false;
    return readConflictMark(other.localName)?.original === mark.original;
  });
}

/**
 * Whoever removed the folder may not have seen what this computer had put into it a moment before: hosts take uploads into
 * trashed folders without a word.
 */
function wentWithItsFolder({ base }: Item, view: TreeView): boolean {
  if (base === null || base.parent === null) return false;
  return isFreshlyPut(base, view) && presentRemote(view, base.parent) === null;
}

/** The same of what this computer had moved there. */
function wentWhereItWasMoved({ base }: Item, view: TreeView): boolean {
  if (base === null || base.parent === null) return false;
  return isFreshlyMoved(base, view) && presentRemote(view, base.parent) === null;
}

/**
 * What is to stand in a folder that is held, or that steps aside first, waits for it, at any depth. So does what is to stand below a
 * folder whose listing failed: hosts take things into folders that went to the trash without a word, and answer for those as for others.
 */
function waitForFolders(items: Items, view: TreeView): void {
  const known = new Map<EntryNumber, Hold | null>();
  const holdIn = (entry: EntryNumber): Hold | null => {
    const before = known.get(entry);
    if (before !== undefined) return before;
    known.set(entry, null); // a ring of places is broken by then; this only ends the climb
    const folder = items.byEntry.get(entry);
    const parent = folder === undefined ? view.base(entry)?.parent : folder.place.parent;
    const hold = folder !== undefined && isBlocked(folder) ? { wait: AWAITS_FOLDER } : null;
    const result = hold ?? (parent === undefined || parent === null ? null : (unlistedAt(parent) ?? holdIn(parent)));
    known.set(entry, result);
    return result;
  };
  const unlistedAt = (entry: EntryNumber): Hold | null =>
    view.remoteOf(entry)?.unlisted === true ? { wait: AWAITS_LISTING } : null;
  for (const item of items.all) {
    if (item.hold === null && item.keep) item.hold = holdIn(item.place.parent);
  }
}

/** Whether the folder is not there yet for what is to stand in it: a held one that was made anew on the host is not known by its new id. */
function isBlocked({ base, local, remote, aside, hold }: Item): boolean {
  if (aside !== null || hold === null) return aside !== null;
  return local === null || remote === null || (base !== null && remote.id !== base.remoteId);
}

/** What a clash has left where it is, on both sides, for a later look: the folders that it is in do not go before it does. */
function* keepFoldersOfWaiting(items: Items, view: TreeView): Steps<void> {
  const holdFolder = (entry: EntryNumber | null, hold: Hold): void => {
    const folder = entry === null ? undefined : items.byEntry.get(entry);
    if (folder !== undefined && !folder.keep && folder.hold === null) folder.hold = hold;
  };
  for (const { hold, local, remote } of items.all) {
    yield;
    if (hold === null || !('wait' in hold) || (hold.wait !== AWAITS_CONTENT && hold.wait !== AWAITS_TWIN)) continue;
    for (let node = local?.parent ?? null; node !== null; node = view.local(node)?.parent ?? null)
      holdFolder(items.entryOfNode(node), hold);
    const seen = new Set<RemoteId>(); // folders of the host may contain each other
    for (let id = remote?.parent ?? null; id !== null && !seen.has(id); id = view.remote(id)?.parent ?? null) {
      seen.add(id);
      holdFolder(items.entryOfRemote(id), hold);
    }
  }
}

/** Both sides hold content that the other may not have. Equal bytes are never a conflict; unequal sizes cannot be equal bytes. */
function meet({ local, remote }: Item, what: string): Verdict {
  if (local?.size !== remote?.size) return keep('conflict', `${what}, with different content`);
  const mine = local?.md5 ?? null;
  const theirs = remote?.md5 ?? null;
  if (mine === null || theirs === null) return keep('compare', `${what}, with equal sizes: the contents must be read`);
  if (mine === theirs) return keep('agreed', `${what}, with equal content`);
  return keep('conflict', `${what}, with different content`);
}

function stateHere({ local, base }: Item): 'same' | 'changed' | 'emptied' | 'gone' | 'unread' {
  if (local === null || base === null) return 'gone';
  if (local.size === 0 && base.size > 0) return 'emptied';
  if (local.md5 !== null) return local.md5 === base.md5 ? 'same' : 'changed';
  return local.size === base.size ? 'unread' : 'changed';
}

function stateThere({ remote, base }: Item): 'same' | 'changed' | 'gone' {
  if (remote === null || base === null) return 'gone';
  if (remote.id === base.remoteId) return 'same';
  // put back under a new id with the content that base knows: an edit that never was
  return remote.md5 !== null && remote.md5 === base.md5 ? 'same' : 'changed';
}

/**
 * A new id beside a known one under the same name: while another computer replaces a file both are listed for a moment, and so are
 * two folders of one name until the computer that made the second one has merged them. It is not a twin until it has stayed.
 */
function isNextVersion({ remote }: Item, view: TreeView, policy: Policy): boolean {
  if (remote === null || remote.parent === null || !isRecent(remote, policy)) return false;
  return beside(remote, remote.parent, view).some((row) => row.kind === remote.kind && row.entry !== null);
}

/** The known one's side of the same moment: what is about to be replaced is not replaced, moved or trashed from here. */
function hasSecondVersion({ remote }: Item, view: TreeView, policy: Policy): boolean {
  if (remote === null || remote.entry === null || remote.parent === null) return false;
  return beside(remote, remote.parent, view).some(
    (row) => row.kind === 'file' && row.entry === null && isRecent(row, policy),
  );
}

/** What has the same name here, though the host may keep one of them spelled out. */
function beside({ name }: RemoteEntry, parent: RemoteId, view: TreeView): readonly RemoteEntry[] {
  return formsOf(name).flatMap((form) => view.remoteAt(parent, form));
}

function keep(content: Item['content'], reason: string): Verdict {
  return { keep: true, content, reason };
}

function drop(reason: string): Verdict {
  return { keep: false, content: 'agreed', reason };
}

/** Each problem of a path once, however many looked at it. */
export function withoutRepeats<P extends Problem>(problems: readonly P[]): P[] {
  const seen = new Set<string>();
  return problems.filter(({ path, code }) => {
    const key = `${code}\n${path}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
