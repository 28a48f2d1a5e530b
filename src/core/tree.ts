/**
 * A synchronous, read-only view of the three trees, as the core sees them around a change. The same view gives the same
 * decisions. Implemented by `state/` over SQLite and by maps in tests.
 */
import type { BaseEntry, EntryNumber, LocalEntry, NodeNumber, RemoteEntry, RemoteId } from './entry.ts';
import { joinPath, ROOT } from './path.ts';
import type { LocalName, RelPath, RemoteName } from './path.ts';

export interface TreeView {
  base(entry: EntryNumber): BaseEntry | null;
  baseChildren(parent: EntryNumber): readonly BaseEntry[];
  baseAt(parent: EntryNumber, localName: LocalName): BaseEntry | null;
  baseOfRemote(id: RemoteId): BaseEntry | null;
  local(node: NodeNumber): LocalEntry | null;
  /** The node that is recognised as `entry`. */
  localOf(entry: EntryNumber): LocalEntry | null;
  localChildren(parent: NodeNumber): readonly LocalEntry[];
  localAt(parent: NodeNumber, name: LocalName): LocalEntry | null;
  /** Also a folder that is absent and not confirmed yet. */
  remote(id: RemoteId): RemoteEntry | null;
  remoteOf(entry: EntryNumber): RemoteEntry | null;
  /** Without absent ones, and without ghosts: folders that were trashed and that a host lists all the same. */
  remoteChildren(parent: RemoteId): readonly RemoteEntry[];
  /** Whether that known item was last seen on the host under a name that is left out here. Then there is no row of it. */
  isLeftOut(id: RemoteId): boolean;
  /** All present children of that name: hosts allow several. */
  remoteAt(parent: RemoteId, name: RemoteName): readonly RemoteEntry[];
  // There may be very many of the next, so they need not be held all at once. While they are read nothing may be recorded. They come in the
  // order of their numbers, ids by their text.

  /** Entries of base on which the three trees do not agree: a side is gone, moved, renamed or has other content. */
  openEntries(): Iterable<BaseEntry>;
  /**
   * Entries of base whose two names differ, in step or not: what the host cannot keep as it is, and what the host has several times
   * under one name and is shown here under another. The latter's name depends on what stands beside it, so it is never settled for good.
   */
  namedApart(): readonly BaseEntry[];
  /** Local nodes that are recognised as no entry. */
  newLocal(): Iterable<LocalEntry>;
  /** Remote ids, present ones, that are recognised as no entry. */
  newRemote(): Iterable<RemoteEntry>;
  /** Those of `rows` that are among `newRemote`: without an entry are also some that are on their way out, or to be found elsewhere. */
  newAmong(rows: Iterable<RemoteEntry>): Iterable<RemoteEntry>;
  /**
   * Of each open entry, in their order, whether it is no more than an edit: it stands on both sides where base has it, under base's id on the
   * host and as the same file here.
   */
  openInPlace(): Iterable<boolean>;
  /** Another one whenever anything was recorded since. */
  readonly revision: number;
  /** Every number from here on is free for new entries. */
  readonly firstFreeEntry: number;
  /** Number of the last full sweep that was begun, and of the last that was completed. */
  readonly sweeps: { readonly begun: number; readonly completed: number };
}

/** Where `node` stands on the disk. */
export function localPath(view: Pick<TreeView, 'local'>, node: NodeNumber): RelPath {
  const names: LocalName[] = [];
  for (let at = view.local(node); at !== null && at.parent !== null; at = view.local(at.parent)) names.push(at.name);
  return names.reverse().reduce<RelPath>(joinPath, ROOT);
}

/** Where base has `entry`, by local names. */
export function basePath(view: Pick<TreeView, 'base'>, entry: EntryNumber): RelPath {
  const names: LocalName[] = [];
  for (let at = view.base(entry); at !== null && at.parent !== null; at = view.base(at.parent))
    names.push(at.localName);
  return names.reverse().reduce<RelPath>(joinPath, ROOT);
}
