/**
 * What is to go here because it is gone on the host is asked for once more, directly before: a removal there is believed only when the host itself
 * says so, id by id.
 */
import type { BaseEntry, RemoteId } from '../core/entry.ts';
import type { OperationOf } from '../core/operation.ts';
import type { Hands } from './hands.ts';

/** So many of a folder's files are asked for one by one before it goes (design, section 5). */
const FILES_ASKED = 20;

/**
 * Gone is what is in the trash, not found, active outside the pair, or where this computer leaves things out. Returns the folder that is to be
 * listed where something of it is still in the pair; `null`: all of it is gone.
 */
export async function findAlive(
  op: Extract<OperationOf<'trash'>, { side: 'local' }>,
  { state, remote, absences, signal }: Pick<Hands, 'state' | 'remote' | 'absences' | 'signal'>,
): Promise<RemoteId | null> {
  const { view } = state;
  const folder = op.entryKind === 'folder' ? view.base(op.entry) : null;
  // it was seen under a name that is left out: the folders above may have other names by now, and so other rules
  if (folder !== null && view.isLeftOut(folder.remoteId)) {
    const way = await absences.wayTo(folder.remoteId, folder.remoteId);
    if (way !== null) return way;
  }
  for (const { id, base } of filesOf(op, view)) {
    const info = await remote.fileInfo(id, { signal });
    if (info === null || info.status === 'trash' || info.parent === null) continue;
    const home = view.remote(info.parent);
    if (home === null) {
      const way = await absences.wayTo(id, info.parent);
      if (way !== null) return way;
      continue;
    }
    if (home.absentSince !== null || (base !== null && absences.isOutOfSight(info, base))) continue;
    absences.isThere(info); // unless the listing of that folder shows it now, which then counts
    return home.id;
  }
  return null;
}

function filesOf(
  op: Extract<OperationOf<'trash'>, { side: 'local' }>,
  view: Hands['state']['view'],
): readonly { readonly id: RemoteId; readonly base: BaseEntry | null }[] {
  if (op.entryKind === 'file') return op.gone === null ? [] : [{ id: op.gone, base: view.base(op.entry) }];
  const known = op.covers.flatMap(({ kind, entry }) => (kind === 'file' ? (view.base(entry) ?? []) : []));
  return spread(known).map((base) => ({ id: base.remoteId, base }));
}

function spread<T>(all: readonly T[]): readonly T[] {
  if (all.length <= FILES_ASKED) return all;
  return Array.from({ length: FILES_ASKED }, (_, at) => all[Math.floor((at * all.length) / FILES_ASKED)]).filter(
    (it) => it !== undefined,
  );
}
