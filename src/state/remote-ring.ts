/**
 * Hosts let folders stand in each other, and two listings that were asked for at different times can say so of folders that do not. The rows
 * never do: whoever climbs them comes to the pair's own folder.
 */
import type { RemoteEntry, RemoteId } from '../core/entry.ts';
import type { Counters } from './counters.ts';
import type { Rows } from './let-go.ts';

/**
 * Called before `id` gets its place in `folder`. If `folder` stands below it, what leads from it to `folder` is not there any more: that is
 * missing from now on, until a listing shows it again or a full sweep has not found it. `false`: it is `id` itself that is missing, and it
 * has no place as long as nothing shows one outside.
 */
export function keepOutOfRing(id: RemoteId, folder: RemoteId, rows: Rows, counters: Counters): boolean {
  const link = linkBetween(id, folder, rows);
  const root = rows.base.rootId;
  if (link === null || root === null) return true;
  const isMissing = (rows.remote.get(id)?.absentSince ?? null) !== null;
  if (isMissing) return false;
  const moment = rows.remote.written(link.id)?.moment ?? 0;
  rows.remote.put({ ...link, parent: root, absentSince: counters.get('sweepBegun') }, moment);
  return true;
}

/** The child of `id` that `folder` is, or stands below; `null`: none. */
function linkBetween(id: RemoteId, folder: RemoteId, { remote }: Rows): RemoteEntry | null {
  for (let at = remote.get(folder); at !== null && at.parent !== null; at = remote.get(at.parent))
    if (at.parent === id) return at;
  return null;
}
