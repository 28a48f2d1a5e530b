/**
 * Letting go of what became ignored: base, local and remote rows of the item and of all below it are forgotten, and
 * nothing is removed anywhere. What must hold: no entry is left that looks removed because its rows went this way.
 */
import { ROOT_ENTRY } from '../core/entry.ts';
import type { BaseEntry, EntryNumber, NodeNumber, RemoteId } from '../core/entry.ts';
import type { BaseRows } from './base-rows.ts';
import type { LocalRows } from './local-rows.ts';
import type { RemoteRows } from './remote-rows.ts';

export interface Rows {
  readonly base: BaseRows;
  readonly local: LocalRows;
  readonly remote: RemoteRows;
}

/** The local node is ignored now. */
export function letGoOfNode(rows: Rows, node: NodeNumber): void {
  const entry = rows.local.get(node)?.entry ?? null;
  if (entry === ROOT_ENTRY) return;
  letGo(rows, { node, id: null, entry });
}

/** The remote id is ignored now. */
export function letGoOfId(rows: Rows, id: RemoteId): void {
  const entry = rows.remote.get(id)?.entry ?? rows.base.ofRemote(id)?.entry ?? null;
  if (entry === ROOT_ENTRY) return;
  letGo(rows, { node: null, id, entry });
}

/**
 * Of the other side only what stands where base has it goes too. If it was moved away from there it is not ignored at
 * its new place; it stays, linked to nothing, and is compared as if new.
 */
function letGo(rows: Rows, item: { node: NodeNumber | null; id: RemoteId | null; entry: EntryNumber | null }): void {
  const base = item.entry === null ? null : rows.base.get(item.entry);
  const node = item.node ?? (base === null ? null : nodeInPlace(rows, base));
  const id = item.id ?? (base === null ? null : idInPlace(rows, base));
  const entries = new Set<EntryNumber>(base === null ? [] : rows.base.withAllBelow(base.entry));
  const went = [
    ...(node === null ? [] : rows.local.withAllBelow(node)),
    ...(id === null ? [] : rows.remote.withAllBelow(id)),
  ];
  // Entries that were moved to below the item, from a place that is not ignored: without a row they would look removed.
  for (const { entry } of went) {
    if (entry === null || entries.has(entry)) continue;
    for (const each of rows.base.withAllBelow(entry)) entries.add(each);
  }
  if (node !== null) rows.local.drop(node);
  if (id !== null) rows.remote.drop(id);
  for (const entry of entries) rows.base.drop(entry);
}

function nodeInPlace(rows: Rows, base: BaseEntry): NodeNumber | null {
  const row = rows.local.ofEntry(base.entry);
  if (row === null || row.parent === null || row.name !== base.localName) return null;
  return rows.local.get(row.parent)?.entry === base.parent ? row.node : null;
}

function idInPlace(rows: Rows, base: BaseEntry): RemoteId | null {
  const row = rows.remote.ofEntry(base.entry);
  if (row === null || row.parent === null || row.name !== base.remoteName) return null;
  return rows.remote.get(row.parent)?.entry === base.parent ? row.id : null;
}
