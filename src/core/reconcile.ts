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
 * | emptied | held back: the host cannot hold it | from remote | forgotten: it stays as an empty file here |
 * | gone    | removed; kept and fetched anew if it was moved there | from remote: work beats removal | forgotten |
 *
 * New on both sides under one name: equal: agreed; else conflict; unknown: compare; empty here: from remote.
 * Folders have no content: a folder that is gone on one side goes on the other, unless something that is kept needs it.
 *
 * Nothing is decided about what was not seen: an item below an unreadable or unlisted folder is held, and a folder that is missing
 * from its parent's listing waits until a full sweep that began after that has not found it elsewhere.
 */
import type { EntryNumber, RemoteEntry } from './entry.ts';
import type { Item, Items } from './item.ts';
import { gatherItems } from './item.ts';
import type { Problem } from './operation.ts';
import { ROOT } from './path.ts';
import type { LocalName, RelPath } from './path.ts';
import { joinPath } from './path.ts';
import { breakCycles, isMovedHere, isMovedThere, keepWhatIsNeeded, placeItems, resolveClashes } from './places.ts';
import type { Policy } from './policy.ts';
import type { TreeView } from './tree.ts';
import { localPath } from './tree.ts';
import { localUnknown, remoteUnknown } from './unknown.ts';
import { AWAITS_SWEEP, AWAITS_VERSION } from './waits.ts';

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
  const items = gatherItems(view);
  for (const item of items.all) decideContent(item, items, view, policy);
  placeItems(items, view);
  breakCycles(items, view);
  keepWhatIsNeeded(items);
  resolveClashes(items, view, policy);

  const problems: Problem[] = [];
  const waiting: { path: RelPath; why: string }[] = [];
  let needsSweep = false;
  for (const item of items.all) {
    if (item.hold === null) continue;
    if ('wait' in item.hold) {
      waiting.push({ path: itemPath(items, view, item), why: item.hold.wait });
      needsSweep ||= item.hold.wait === AWAITS_SWEEP;
    } else {
      const { problem, detail, node } = item.hold;
      problems.push({
        path: node === undefined ? itemPath(items, view, item) : localPath(view, node),
        code: problem,
        detail,
      });
    }
  }
  for (const row of view.newLocal()) {
    if (row.kind === 'special')
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

function decideContent(item: Item, items: Items, view: TreeView, policy: Policy): void {
  item.hold = remoteUnknown(item, view) ?? localUnknown(item, view);
  if (item.hold !== null) return;
  if (item.base === null) decideNew(item, view, policy);
  else if (item.kind === 'folder') decideFolder(item, items);
  else if (item.local?.md5 !== item.base.md5 && hasSecondVersion(item, view, policy))
    item.hold = { wait: AWAITS_VERSION };
  else decideFile(item, items);
}

function decideFolder(item: Item, items: Items): void {
  const here = item.local !== null;
  const there = item.remote !== null;
  if (here && there) return keepAs(item, 'agreed', 'the folder stands on both sides');
  if (!here && !there) return drop(item, 'gone on both sides');
  if (here) {
    if (isMovedHere(item, items)) return keepAs(item, 'agreed', 'removed on the host, but moved here: a move is work');
    return drop(item, 'removed on the host, unchanged here');
  }
  if (isMovedThere(item, items)) return keepAs(item, 'agreed', 'removed here, but moved on the host: a move is work');
  return drop(item, 'removed here, unchanged on the host');
}

function decideFile(item: Item, items: Items): void {
  const here = stateHere(item);
  const there = stateThere(item);
  switch (here) {
    case 'unread':
      item.hold = { problem: item.local?.trouble ?? 'local/changed', detail: null };
      return;
    case 'emptied':
      if (there === 'changed') return keepAs(item, 'fromRemote', 'emptied here, changed on the host');
      if (there === 'gone') return drop(item, 'emptied here, removed on the host');
      item.hold = { problem: 'local/emptied', detail: null };
      return;
    case 'gone':
      if (there === 'gone') return drop(item, 'gone on both sides');
      if (there === 'changed')
        return keepAs(item, 'fromRemote', 'removed here, but changed on the host: work beats removal');
      if (isMovedThere(item, items))
        return keepAs(item, 'fromRemote', 'removed here, but moved on the host: a move is work');
      return drop(item, 'removed here, unchanged on the host since both sides agreed');
    case 'same':
      if (there === 'same') return keepAs(item, 'agreed', 'same content on both sides');
      if (there === 'changed') return keepAs(item, 'fromRemote', 'changed on the host, unchanged here');
      if (isMovedHere(item, items))
        return keepAs(item, 'fromLocal', 'removed on the host, but moved here: a move is work');
      return drop(item, 'removed on the host, unchanged here since both sides agreed');
    case 'changed':
      if (there === 'same') return keepAs(item, 'fromLocal', 'changed here, unchanged on the host');
      if (there === 'gone')
        return keepAs(item, 'fromLocal', 'removed on the host, but changed here: work beats removal');
      return meet(item, 'changed on both sides');
  }
}

function decideNew(item: Item, view: TreeView, policy: Policy): void {
  const { local, remote } = item;
  if (local !== null && remote !== null) {
    if (item.kind === 'folder') return keepAs(item, 'agreed', 'both sides have this folder');
    if (local.size === 0 && remote.size > 0) return keepAs(item, 'fromRemote', 'new on both sides, empty here');
    return meet(item, 'new on both sides');
  }
  if (local !== null) {
    if (local.trouble !== null && item.kind === 'file') item.hold = { problem: local.trouble, detail: null };
    else if (item.kind === 'file' && local.size === 0) item.hold = { problem: 'remote/empty-file', detail: null };
    else if (local.released) drop(item, 'kept here for what is left alone in it');
    else keepAs(item, item.kind === 'file' ? 'fromLocal' : 'agreed', 'new here');
    return;
  }
  if (remote !== null) {
    if (remote.released) drop(item, 'kept on the host for what is left alone in it');
    else if (isNextVersion(item, view, policy)) item.hold = { wait: AWAITS_VERSION };
    else keepAs(item, item.kind === 'file' ? 'fromRemote' : 'agreed', 'new on the host');
  }
}

/** Both sides hold content that the other may not have. Equal bytes are never a conflict; unequal sizes cannot be equal bytes. */
function meet(item: Item, what: string): void {
  const { local, remote } = item;
  if (local === null || remote === null) return;
  if (local.size !== remote.size) return keepAs(item, 'conflict', `${what}, with different content`);
  if (local.md5 === null || remote.md5 === null)
    return keepAs(item, 'compare', `${what}, with equal sizes: the contents must be read`);
  if (local.md5 === remote.md5) return keepAs(item, 'agreed', `${what}, with equal content`);
  keepAs(item, 'conflict', `${what}, with different content`);
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
 * A new id beside a known one under the same name: while another computer replaces a file both are listed for a moment.
 * It is not a twin until it has stayed.
 */
function isNextVersion({ remote }: Item, view: TreeView, policy: Policy): boolean {
  if (remote === null || remote.kind !== 'file' || remote.parent === null || !isRecent(remote, policy)) return false;
  return view.remoteAt(remote.parent, remote.name).some((row) => row.kind === 'file' && row.entry !== null);
}

/** The known one's side of the same moment: what is about to be replaced is not replaced or trashed from here. */
function hasSecondVersion({ remote }: Item, view: TreeView, policy: Policy): boolean {
  if (remote === null || remote.entry === null || remote.parent === null) return false;
  return view
    .remoteAt(remote.parent, remote.name)
    .some((row) => row.kind === 'file' && row.entry === null && isRecent(row, policy));
}

function isRecent(row: RemoteEntry, policy: Policy): boolean {
  return policy.nowMs - row.firstSeenMs < policy.nextVersionWaitMs;
}

function keepAs(item: Item, content: Item['content'], reason: string): void {
  item.keep = true;
  item.content = content;
  item.reason = reason;
}

function drop(item: Item, reason: string): void {
  item.keep = false;
  item.reason = reason;
}

function withoutRepeats(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, code }) => {
    const key = `${code}\n${path}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
