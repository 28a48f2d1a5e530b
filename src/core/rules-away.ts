/**
 * Rules count where they are, under the name that they have. An ignore file that was renamed, or moved to another folder, is one that was
 * removed, and another file: for computers that go by its rules still, these may forbid them to know of it at its new place, and to follow
 * it there would be to let go of it, and to take what is here for new.
 */
import type { BaseEntry, LocalEntry, RemoteId } from './entry.ts';
import { IGNORE_FILE } from './ignore.ts';
import type { RemoteName } from './path.ts';
import type { TreeView } from './tree.ts';

export function isIgnoreFile({ kind, localName }: Pick<BaseEntry, 'kind' | 'localName'>): boolean {
  return kind === 'file' && localName === (IGNORE_FILE as string);
}

/** Whether `base` is of rules, and the host has that file elsewhere. */
export function areRulesAway(
  base: BaseEntry,
  there: { readonly name: RemoteName; readonly parent: RemoteId | null },
  view: Pick<TreeView, 'remoteOf'>,
): boolean {
  if (!isIgnoreFile(base)) return false;
  const home = base.parent === null ? null : (view.remoteOf(base.parent)?.id ?? null);
  return there.name !== base.remoteName || there.parent !== home;
}

/** Whether `base` is of rules, and this row, known to be that file, is elsewhere here. */
export function areRulesAwayHere(base: BaseEntry, row: LocalEntry, view: Pick<TreeView, 'local'>): boolean {
  if (!isIgnoreFile(base)) return false;
  const home = row.parent === null ? null : (view.local(row.parent)?.entry ?? null);
  return row.name !== base.localName || home !== base.parent;
}
