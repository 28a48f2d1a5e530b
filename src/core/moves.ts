/**
 * Which local items are known entries that were moved or renamed? The disk shows only that something is gone here and something
 * new is there. A move is believed on evidence that a coincidence cannot give:
 *
 * - the same device, inode and birth time. File systems hand inodes out again, but not with the same birth time; where there is none,
 *   the content must be equal too, or a child of the folder must vouch for it;
 * - else, for files, equal size and MD5, once nothing else is left that could be it, and while the host still has that content.
 *
 * A file that still stands in its place with the content that base knows was not moved, whatever became of its inode: editors save
 * by renaming a new file over it, and the old inode may turn up anywhere. If its place holds other content, the name was given to
 * something else, as in a swap, and the file itself may be found elsewhere.
 */
import { hasBirthTime } from './entry.ts';
import type { BaseEntry, EntryNumber, Identity, LocalEntry, NodeNumber } from './entry.ts';
import { presentRemote } from './item.ts';
import type { LocalName } from './path.ts';
import { areRulesAwayHere, isIgnoreFile } from './rules-away.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

export interface MovePair {
  readonly node: NodeNumber;
  readonly entry: EntryNumber;
}

export interface MoveSearch {
  /** Folders first, those further up before those in them: what stands in a folder is recognised with it. */
  readonly pairs: readonly MovePair[];
  /** Files whose content must be read before it can be told. Empty while there are pairs. */
  readonly toRead: readonly LocalEntry[];
}

/** Finds what can be told now. Take the pairs over and ask again until nothing comes; then read, and ask again. */
export function* findMoves(view: TreeView): Steps<MoveSearch> {
  const homeless: BaseEntry[] = [];
  const changed: LocalEntry[] = [];
  const unread: LocalEntry[] = [];
  for (const base of view.openEntries()) {
    yield;
    const row = view.localOf(base.entry);
    unread.push(...unreadOf(base, row));
    if (!isHomeless(base, row)) continue;
    homeless.push(base);
    if (row !== null) changed.push(row);
  }
  if (homeless.length === 0) return { pairs: [], toRead: unread };
  const byIdentity = new Map<Identity, BaseEntry>();
  for (const base of homeless) if (base.identity !== '') byIdentity.set(base.identity, base);
  const sizes = new Set(homeless.map((base) => base.size));
  // of a million that are new only those that could be one of them are kept in mind
  const strangers: LocalEntry[] = [];
  for (const row of view.newLocal()) {
    yield;
    if (row.kind === 'special' || row.trouble !== null) continue;
    if (byIdentity.has(row.identity) || (row.kind === 'file' && sizes.has(row.size))) strangers.push(row);
  }
  if (strangers.length + changed.length === 0) return { pairs: [], toRead: unread };

  const candidates: Candidate[] = [];
  const folders: Candidate[] = [];
  for (const row of [...strangers, ...changed]) {
    yield;
    const base = row.identity === '' ? undefined : byIdentity.get(row.identity);
    if (base === undefined || base.kind !== row.kind || base.entry === row.entry) continue;
    if (areRulesAwayHere(base, row, view)) continue;
    candidates.push({ row, base });
    if (row.kind === 'folder' && vouches(view, row, base)) folders.push({ row, base });
  }
  if (folders.length > 0) return { pairs: yield* withDepth(view, folders), toRead: [] };

  const taken = new Set<EntryNumber>();
  const pairs: MovePair[] = [];
  const toRead: LocalEntry[] = [];
  const pair = (row: LocalEntry, base: BaseEntry): void => {
    taken.add(base.entry);
    pairs.push({ node: row.node, entry: base.entry });
  };
  for (const { row, base } of candidates) {
    yield;
    if (row.kind !== 'file' || taken.has(base.entry)) continue;
    if (hasBirthTime(row.identity) || row.md5 === base.md5) pair(row, base);
    else if (row.md5 === null && row.size === base.size) toRead.push(row);
  }
  if (pairs.length > 0 || toRead.length > 0) return { pairs, toRead: pairs.length > 0 ? [] : toRead };
  const found = yield* byContent(homeless, strangers, view);
  return { pairs: found.pairs, toRead: found.pairs.length > 0 ? [] : [...found.toRead, ...unread] };
}

interface Candidate {
  readonly row: LocalEntry;
  readonly base: BaseEntry;
}

/** Recognised, of the same size, but with a stamp that says nothing: whether it was edited too is in its content. */
function unreadOf(base: BaseEntry, row: LocalEntry | null): readonly LocalEntry[] {
  return row !== null && row.kind === 'file' && row.md5 === null && row.size === base.size ? [row] : [];
}

/** Whether the entry's own file or folder is not in its place any more. */
function isHomeless(base: BaseEntry, row: LocalEntry | null): boolean {
  if (row === null) return true;
  if (base.kind !== 'file' || row.identity === base.identity || base.identity === '') return false;
  return row.md5 === null ? row.size !== base.size : row.md5 !== base.md5;
}

/** Equal bytes, for files that are gone altogether: the same name first, then in the view's own order. */
function* byContent(
  homeless: readonly BaseEntry[],
  strangers: readonly LocalEntry[],
  view: TreeView,
): Steps<MoveSearch> {
  const gone: BaseEntry[] = [];
  for (const base of homeless) {
    yield;
    if (base.kind !== 'file' || base.size === 0 || view.localOf(base.entry) !== null || isIgnoreFile(base)) continue;
    // A copy has equal bytes too: what came of the original on the host meanwhile must not take the place of the copy.
    if (presentRemote(view, base.entry)?.id === base.remoteId) gone.push(base);
  }
  const sizes = new Set(gone.map((base) => base.size));
  const files = strangers.filter((row) => row.kind === 'file' && sizes.has(row.size));
  const toRead = files.filter((row) => row.md5 === null);
  if (toRead.length > 0) return { pairs: [], toRead };

  // in sets, which give away their first as cheaply as any other: thousands of files may be alike
  const byMd5 = new Map<string, Set<BaseEntry>>();
  const byName = new Map<string, Set<BaseEntry>>();
  const named = (md5: string | null, name: LocalName): string => `${md5 ?? ''}/${name}`;
  for (const base of gone) {
    yield;
    addTo(byMd5, base.md5 ?? '', base);
    addTo(byName, named(base.md5, base.localName), base);
  }
  const pairs: MovePair[] = [];
  const others: LocalEntry[] = [];
  const pair = (row: LocalEntry, [base]: Iterable<BaseEntry>): boolean => {
    if (base === undefined) return false;
    byMd5.get(base.md5 ?? '')?.delete(base);
    byName.get(named(base.md5, base.localName))?.delete(base);
    pairs.push({ node: row.node, entry: base.entry });
    return true;
  };
  for (const row of files) {
    yield;
    if (!pair(row, byName.get(named(row.md5, row.name)) ?? [])) others.push(row);
  }
  for (const row of others) {
    yield;
    pair(row, byMd5.get(row.md5 ?? '') ?? []);
  }
  return { pairs, toRead: [] };
}

function addTo<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

/** A birth time is proof enough; without one a child of the same name and kind, or the emptiness of both, has to vouch. */
function vouches(view: TreeView, row: LocalEntry, base: BaseEntry): boolean {
  if (hasBirthTime(row.identity)) return true;
  const known = view.baseChildren(base.entry);
  const children = view.localChildren(row.node);
  if (known.length === 0) return children.length === 0;
  const kinds = new Map(known.map((child) => [child.localName, child.kind]));
  return children.some((child) => kinds.get(child.name) === child.kind);
}

function* withDepth(view: TreeView, found: readonly Candidate[]): Steps<MovePair[]> {
  const placed: (MovePair & { readonly depth: number })[] = [];
  for (const { row, base } of found) {
    yield;
    let depth = 0;
    for (let at: LocalEntry | null = row; at !== null && at.parent !== null; at = view.local(at.parent)) depth++;
    placed.push({ node: row.node, entry: base.entry, depth });
  }
  return placed.sort((a, b) => a.depth - b.depth).map(({ node, entry }) => ({ node, entry }));
}
