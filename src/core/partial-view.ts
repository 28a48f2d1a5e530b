/** The trees with a part of what is open: see portions.ts. */
import type { BaseEntry, EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import type { NewRows } from './new-together.ts';
import type { LocalName, RemoteName } from './path.ts';
import type { TreeView } from './tree.ts';

/** A view that shows all there is, but not all of it as open or new. */
export class PartialView implements TreeView {
  readonly #whole: TreeView;
  readonly #open: readonly BaseEntry[];
  readonly #rows: NewRows;

  constructor(whole: TreeView, open: readonly BaseEntry[], rows: NewRows) {
    this.#whole = whole;
    this.#open = open;
    this.#rows = rows;
  }

  openEntries(): Iterable<BaseEntry> {
    return this.#open;
  }

  newLocal(): Iterable<LocalEntry> {
    return this.#rows.here;
  }

  newRemote(): Iterable<RemoteEntry> {
    return this.#rows.there;
  }

  newAmong(rows: Iterable<RemoteEntry>): Iterable<RemoteEntry> {
    return this.#whole.newAmong(rows);
  }

  openInPlace(): Iterable<boolean> {
    return this.#whole.openInPlace();
  }

  base(entry: EntryNumber): BaseEntry | null {
    return this.#whole.base(entry);
  }

  baseChildren(parent: EntryNumber): readonly BaseEntry[] {
    return this.#whole.baseChildren(parent);
  }

  baseAt(parent: EntryNumber, localName: LocalName): BaseEntry | null {
    return this.#whole.baseAt(parent, localName);
  }

  baseOfRemote(id: RemoteId): BaseEntry | null {
    return this.#whole.baseOfRemote(id);
  }

  isLeftOut(id: RemoteId): boolean {
    return this.#whole.isLeftOut(id);
  }

  local(node: NodeNumber): LocalEntry | null {
    return this.#whole.local(node);
  }

  localOf(entry: EntryNumber): LocalEntry | null {
    return this.#whole.localOf(entry);
  }

  localChildren(parent: NodeNumber): readonly LocalEntry[] {
    return this.#whole.localChildren(parent);
  }

  localAt(parent: NodeNumber, name: LocalName): LocalEntry | null {
    return this.#whole.localAt(parent, name);
  }

  remote(id: RemoteId): RemoteEntry | null {
    return this.#whole.remote(id);
  }

  remoteOf(entry: EntryNumber): RemoteEntry | null {
    return this.#whole.remoteOf(entry);
  }

  remoteChildren(parent: RemoteId): readonly RemoteEntry[] {
    return this.#whole.remoteChildren(parent);
  }

  remoteAt(parent: RemoteId, name: RemoteName): readonly RemoteEntry[] {
    return this.#whole.remoteAt(parent, name);
  }

  namedApart(): readonly BaseEntry[] {
    return this.#whole.namedApart();
  }

  get revision(): number {
    return this.#whole.revision;
  }

  get firstFreeEntry(): number {
    return this.#whole.firstFreeEntry;
  }

  get sweeps(): { readonly begun: number; readonly completed: number } {
    return this.#whole.sweeps;
  }
}
