/**
 * What was moved on one side, is gone on the other, and meets something that was made there at its new place under the same name: two people
 * put the same thing in order, one by moving it, the other by making it anew. By base they would be two items of one name. Without what base
 * says of the one that moved they are one that is new on both sides: folders merge, equal files agree, and of others both are kept.
 */
import type { BaseEntry, EntryNumber } from './entry.ts';
import { presentRemote } from './item.ts';
import { localNameFor, remoteNameFor } from './names.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** The entries of which base is to be forgotten, each after those below it: wherever that ends, the rest is found again. */
export function* findMetAnew(view: TreeView): Steps<readonly EntryNumber[]> {
  const met: EntryNumber[] = [];
  for (const base of view.openEntries()) {
    yield;
    if (base.parent === null) continue;
    const isGone = meetsThere(base, view) ? 'there' : meetsHere(base, view) ? 'here' : null;
    if (isGone !== null) met.push(...(yield* withGoneBelow(base.entry, isGone, view)));
  }
  return [...new Set(met)];
}

/** The entry, after all below it that went with it. What somebody took out before is known as ever. */
function* withGoneBelow(top: EntryNumber, gone: 'here' | 'there', view: TreeView): Steps<readonly EntryNumber[]> {
  const found = [top];
  for (const entry of found) {
    for (const child of view.baseChildren(entry)) {
      yield;
      const row = gone === 'there' ? view.remoteOf(child.entry) : view.localOf(child.entry);
      if (row === null) found.push(child.entry);
    }
  }
  return found.reverse();
}

/** Moved here, gone on the host, and something new on the host has its place. */
function meetsThere(base: BaseEntry, view: TreeView): boolean {
  const here = view.localOf(base.entry);
  if (here === null || here.parent === null || here.kind !== base.kind) return false;
  if (view.remoteOf(base.entry) !== null || isSucceeded(base, view)) return false;
  const parent = view.local(here.parent)?.entry ?? null;
  const name = remoteNameFor(here.name);
  if (parent === null || name === null || (parent === base.parent && here.name === base.localName)) return false;
  const folder = presentRemote(view, parent);
  return folder !== null && isNewThere(view, folder.id, { kind: base.kind, name });
}

/** Moved on the host, gone here, and something new here has its place. */
function meetsHere(base: BaseEntry, view: TreeView): boolean {
  const there = view.localOf(base.entry) === null ? presentRemote(view, base.entry) : null;
  if (there === null || there.parent === null || there.id !== base.remoteId) return false;
  const parent = view.remote(there.parent)?.entry ?? null;
  const name = localNameFor(there.name);
  if (parent === null || name === null || (parent === base.parent && there.name === base.remoteName)) return false;
  const folder = view.localOf(parent);
  const occupant = folder === null ? null : view.localAt(folder.node, name);
  return occupant !== null && occupant.kind === base.kind && occupant.entry === null;
}

/** A new id where base's id stood is its next version, and the item itself is not gone. */
function isSucceeded({ parent, kind, remoteName: name }: BaseEntry, view: TreeView): boolean {
  const folder = parent === null ? null : presentRemote(view, parent);
  return folder !== null && isNewThere(view, folder.id, { kind, name });
}

function isNewThere(
  view: TreeView,
  folder: Parameters<TreeView['remoteAt']>[0],
  { kind, name }: { readonly kind: BaseEntry['kind']; readonly name: BaseEntry['remoteName'] },
): boolean {
  return view.remoteAt(folder, name).some((row) => row.kind === kind && row.entry === null);
}
