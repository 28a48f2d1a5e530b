/** The three trees as the core sees them: what was recorded is seen at once. */
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { BaseEntry, EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from '../core/entry.ts';
import type { LocalName, RemoteName } from '../core/path.ts';
import type { TreeView } from '../core/tree.ts';
import type { Counters } from './counters.ts';
import type { Rows } from './let-go.ts';

export class StoredView implements TreeView {
  readonly #rows: Rows;
  readonly #counters: Counters;
  readonly #wasTrashedHere: (id: RemoteId) => boolean;
  readonly #unfinished: () => ReadonlySet<RemoteId>;
  readonly #revision: () => number;
  readonly #openInPlace: () => Iterable<boolean>;

  constructor(
    rows: Rows,
    services: {
      counters: Counters;
      wasTrashedHere: (id: RemoteId) => boolean;
      /** Files that uploads put there which have not come to their end. */
      unfinished: () => ReadonlySet<RemoteId>;
      revision: () => number;
      openInPlace: () => Iterable<boolean>;
    },
  ) {
    this.#rows = rows;
    this.#counters = services.counters;
    this.#wasTrashedHere = services.wasTrashedHere;
    this.#unfinished = services.unfinished;
    this.#revision = services.revision;
    this.#openInPlace = services.openInPlace;
  }

  base(entry: EntryNumber): BaseEntry | null {
    return this.#rows.base.get(entry);
  }

  baseChildren(parent: EntryNumber): readonly BaseEntry[] {
    return this.#rows.base.children(parent);
  }

  baseAt(parent: EntryNumber, localName: LocalName): BaseEntry | null {
    return this.#rows.base.at(parent, localName);
  }

  baseOfRemote(id: RemoteId): BaseEntry | null {
    return this.#rows.base.ofRemote(id);
  }

  local(node: NodeNumber): LocalEntry | null {
    return this.#rows.local.get(node);
  }

  localOf(entry: EntryNumber): LocalEntry | null {
    return this.#rows.local.ofEntry(entry);
  }

  localChildren(parent: NodeNumber): readonly LocalEntry[] {
    return this.#rows.local.children(parent);
  }

  localAt(parent: NodeNumber, name: LocalName): LocalEntry | null {
    return this.#rows.local.at(parent, name);
  }

  remote(id: RemoteId): RemoteEntry | null {
    return this.#rows.remote.get(id);
  }

  remoteOf(entry: EntryNumber): RemoteEntry | null {
    return this.#rows.remote.ofEntry(entry);
  }

  remoteChildren(parent: RemoteId): readonly RemoteEntry[] {
    return this.#rows.remote.presentChildren(parent).filter((row) => !this.#isGhost(row));
  }

  isLeftOut(id: RemoteId): boolean {
    return this.#rows.remote.isLeftOut(id);
  }

  remoteAt(parent: RemoteId, name: RemoteName): readonly RemoteEntry[] {
    return this.#rows.remote.presentAt(parent, name).filter((row) => !this.#isGhost(row));
  }

  openEntries(): Iterable<BaseEntry> {
    return this.#rows.base.open();
  }

  namedApart(): readonly BaseEntry[] {
    return this.#rows.base.namedApart();
  }

  newLocal(): Iterable<LocalEntry> {
    return this.#rows.local.unlinked();
  }

  /**
   * Without what is below an absent folder (it may turn up elsewhere with it), and without ghosts: folders that this
   * computer trashed and that a host lists all the same, at the top of the account. One that has a file below it, or stands
   * anywhere else, was restored. A file is never a ghost: listings hold active ones only, so a trashed file that is listed
   * again was taken out of the trash.
   */
  newRemote(): Iterable<RemoteEntry> {
    return this.newAmong(this.#rows.remote.unlinked());
  }

  *newAmong(rows: Iterable<RemoteEntry>): Generator<RemoteEntry> {
    const shown = new Map<RemoteId, boolean>();
    const unfinished = this.#unfinished();
    for (const row of rows) {
      if (row.entry !== null || row.absentSince !== null) continue;
      // ours, on its way to the trash: the host has not said that it went, and the next pass sees to it
      if (unfinished.has(row.id) && this.#wasTrashedHere(row.id)) continue;
      if (this.#isShown(row, shown)) yield row;
    }
  }

  openInPlace(): Iterable<boolean> {
    return this.#openInPlace();
  }

  get revision(): number {
    return this.#revision();
  }

  get firstFreeEntry(): number {
    return this.#counters.get('firstFreeEntry');
  }

  get sweeps(): { readonly begun: number; readonly completed: number } {
    return { begun: this.#counters.get('sweepBegun'), completed: this.#counters.get('sweepCompleted') };
  }

  #isShown(row: RemoteEntry, shown: Map<RemoteId, boolean>): boolean {
    if (row.parent === null) return row.entry === ROOT_ENTRY;
    if (row.kind === 'file') return this.#isFolderShown(row.parent, shown);
    return this.#isFolderShown(row.id, shown);
  }

  /** Walks up to the pair's own folder or to what is known already, then remembers the answer for all that it passed. */
  #isFolderShown(folder: RemoteId, shown: Map<RemoteId, boolean>): boolean {
    const passed: RemoteId[] = [];
    let answer = false;
    for (let id: RemoteId | null = folder; id !== null;) {
      const known = shown.get(id);
      if (known !== undefined) {
        answer = known;
        break;
      }
      // For the time of the walk: a ring of folders leads nowhere, so it ends here and none of it is shown.
      shown.set(id, false);
      passed.push(id);
      const row = this.remote(id);
      if (row === null || row.absentSince !== null || this.#isGhost(row)) break;
      answer = row.parent === null;
      id = row.parent;
    }
    for (const id of passed) shown.set(id, answer);
    return answer;
  }

  #isGhost(row: RemoteEntry): boolean {
    if (row.kind === 'file' || row.entry !== null) return false;
    return this.#wasTrashedHere(row.id) && this.#isAtTop(row) && !this.#rows.remote.hasFileBelow(row.id);
  }

  /** In the root of the account, or in a folder there that was trashed with it. */
  #isAtTop({ id, parent }: RemoteEntry): boolean {
    const seen = new Set<RemoteId>([id]);
    for (let at = parent; at !== null && !seen.has(at); at = this.remote(at)?.parent ?? null) {
      if (at === ACCOUNT_ROOT) return true;
      if (!this.#wasTrashedHere(at)) return false;
      seen.add(at);
    }
    return false;
  }
}
