/**
 * What is new and cannot be decided without what is known and moved, went, or has a new id on the host: it stands at a name that the known one
 * has or had on either side, or in its folder. A folder is not removed over what nobody looked at, and a new version not taken for a stranger.
 */
import type { BaseEntry, EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import { formsOf, localNameFor, remoteNameFor } from './names.ts';
import type { NewRows } from './new-together.ts';
import { folderHere, folderThere } from './new-together.ts';
import type { LocalName, RemoteName } from './path.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** The new rows beside `open`, with all that is new below them, and the new folders that `open` was moved into. */
export function* newBeside(open: readonly BaseEntry[], view: TreeView): Steps<NewRows> {
  const here = new Map<NodeNumber, LocalEntry>();
  const there = new Map<RemoteId, RemoteEntry>();
  for (const base of open) {
    yield;
    yield* withAllBelow(besideHere(base, view), here, {
      keyOf: ({ node }) => node,
      childrenOf: ({ node }) => view.localChildren(node),
    });
    yield* withAllBelow(besideThere(base, view), there, {
      keyOf: ({ id }) => id,
      childrenOf: ({ id }) => view.remoteChildren(id),
    });
    const into = folderHere(view.localOf(base.entry), view);
    if (into !== null && into.entry === null) here.set(into.node, into);
    const intoThere = folderThere(view.remoteOf(base.entry), view);
    if (intoThere !== null && intoThere.entry === null) there.set(intoThere.id, intoThere);
  }
  return { here: [...here.values()], there: [...there.values()] };
}

/** What stands in the entry's own folder, where base has the entry, and where the host has it. */
function besideHere(base: BaseEntry, view: TreeView): readonly LocalEntry[] {
  const own = view.localOf(base.entry);
  const there = view.remoteOf(base.entry);
  const at = (folder: EntryNumber | null, name: LocalName | null): LocalEntry | null => {
    const parent = folder === null ? null : view.localOf(folder);
    return parent === null || name === null ? null : view.localAt(parent.node, name);
  };
  const places = [
    at(base.parent, base.localName),
    there === null ? null : at(folderThere(there, view)?.entry ?? null, localNameFor(there.name)),
  ];
  return [...(own === null ? [] : view.localChildren(own.node)), ...places.flatMap((row) => row ?? [])];
}

function besideThere(base: BaseEntry, view: TreeView): readonly RemoteEntry[] {
  const own = view.remoteOf(base.entry);
  const here = view.localOf(base.entry);
  const at = (folder: EntryNumber | null, name: RemoteName | null): readonly RemoteEntry[] => {
    const parent = folder === null ? null : view.remoteOf(folder);
    return parent === null || name === null ? [] : formsOf(name).flatMap((form) => view.remoteAt(parent.id, form));
  };
  return [
    ...(own === null ? [] : view.remoteChildren(own.id)),
    ...at(base.parent, base.remoteName),
    ...(here === null ? [] : at(folderHere(here, view)?.entry ?? null, remoteNameFor(here.name))),
  ];
}

/** Adds the new ones among `rows` to `found`, and all that is new below them. */
function* withAllBelow<Key, Row extends { readonly entry: EntryNumber | null }>(
  rows: readonly Row[],
  found: Map<Key, Row>,
  { keyOf, childrenOf }: { readonly keyOf: (row: Row) => Key; readonly childrenOf: (row: Row) => readonly Row[] },
): Steps<void> {
  const queue = [...rows];
  for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
    yield;
    if (row.entry !== null || found.has(keyOf(row))) continue;
    found.set(keyOf(row), row);
    for (const child of childrenOf(row)) queue.push(child);
  }
}
