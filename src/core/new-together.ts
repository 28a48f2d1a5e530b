/**
 * What is new and is decided together: an item with the new folders that it is in, with what the host has under the same name, since which of those
 * is shown under which name here is decided for all of them, and with what stands in its place on the other side, since the two may be one.
 */
import type { LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import { formsOf, localNameFor, remoteNameFor } from './names.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

export interface NewRows {
  readonly here: readonly LocalEntry[];
  readonly there: readonly RemoteEntry[];
}

/** `rows` and all that goes with them, in the order of the view. `pairsUp`: not needed where one side comes as a whole. */
export function* newTogether(
  rows: NewRows,
  { view, pairsUp }: { readonly view: TreeView; readonly pairsUp: boolean },
): Steps<NewRows> {
  const here = new Map<NodeNumber, LocalEntry>();
  const there = new Map<RemoteId, RemoteEntry>();
  const queueHere = [...rows.here];
  const queueThere = [...rows.there];
  const places = new OtherSide(view);
  for (;;) {
    yield;
    const own = queueHere.pop();
    if (own !== undefined) {
      if (own.entry !== null || here.has(own.node)) continue;
      here.set(own.node, own);
      queueHere.push(...asList(folderHere(own, view)));
      if (pairsUp) queueThere.push(...places.there(own));
      continue;
    }
    const other = queueThere.pop();
    if (other === undefined) break;
    if (other.entry !== null || there.has(other.id)) continue;
    there.set(other.id, other);
    queueThere.push(...asList(folderThere(other, view)), ...twinsOf(other, view));
    if (pairsUp) queueHere.push(...places.here(other));
  }
  return {
    here: [...here.values()].sort((a, b) => a.node - b.node),
    there: [...view.newAmong(there.values())].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

export function folderHere(row: LocalEntry | null, view: TreeView): LocalEntry | null {
  return row === null || row.parent === null ? null : view.local(row.parent);
}

export function folderThere(row: RemoteEntry | null, view: TreeView): RemoteEntry | null {
  return row === null || row.parent === null ? null : view.remote(row.parent);
}

function asList<Row>(row: Row | null): readonly Row[] {
  return row === null ? [] : [row];
}

function twinsOf({ parent, name }: RemoteEntry, view: TreeView): readonly RemoteEntry[] {
  return parent === null ? [] : formsOf(name).flatMap((form) => view.remoteAt(parent, form));
}

/** What stands in the place of an item on the other side; its folder there is the one that is linked to its own, or has its place. */
class OtherSide {
  readonly #view: TreeView;
  readonly #foldersThere = new Map<NodeNumber, readonly RemoteId[]>();
  readonly #foldersHere = new Map<RemoteId, readonly NodeNumber[]>();

  constructor(view: TreeView) {
    this.#view = view;
  }

  there({ parent, name }: LocalEntry): readonly RemoteEntry[] {
    const remoteName = remoteNameFor(name);
    if (parent === null || remoteName === null) return [];
    const forms = formsOf(remoteName);
    return this.#inThere(parent).flatMap((folder) => forms.flatMap((form) => this.#view.remoteAt(folder, form)));
  }

  here({ parent, name }: RemoteEntry): readonly LocalEntry[] {
    const localName = localNameFor(name);
    if (parent === null || localName === null) return [];
    return this.#inHere(parent).flatMap((folder) => asList(this.#view.localAt(folder, localName)));
  }

  #inThere(folder: NodeNumber): readonly RemoteId[] {
    const before = this.#foldersThere.get(folder);
    if (before !== undefined) return before;
    this.#foldersThere.set(folder, []); // a ring of folders ends here
    const row = this.#view.local(folder);
    const rows = row === null ? [] : row.entry === null ? this.there(row) : asList(this.#view.remoteOf(row.entry));
    const found = rows.filter(({ kind }) => kind === 'folder').map(({ id }) => id);
    this.#foldersThere.set(folder, found);
    return found;
  }

  #inHere(folder: RemoteId): readonly NodeNumber[] {
    const before = this.#foldersHere.get(folder);
    if (before !== undefined) return before;
    this.#foldersHere.set(folder, []);
    const row = this.#view.remote(folder);
    const rows = row === null ? [] : row.entry === null ? this.here(row) : asList(this.#view.localOf(row.entry));
    const found = rows.filter(({ kind }) => kind === 'folder').map(({ node }) => node);
    this.#foldersHere.set(folder, found);
    return found;
  }
}
