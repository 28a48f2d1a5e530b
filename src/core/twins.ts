/**
 * Folders of one name that two computers made at the same moment: hosts do not ask whether a name is free. All come together in
 * the lowest id. The computer that made a higher one empties it into that and trashes it; the others wait, and leave both alone.
 */
import { byId } from './item.ts';
import type { Operation, OperationNumber } from './operation.ts';
import type { Plan } from './order.ts';
import { expectRemote } from './plan.ts';
import type { TreeView } from './tree.ts';
import { basePath } from './tree.ts';

/** What to do about twins that this computer made; `null`: there are none. Everything else is decided once they are one. */
export function planTwins(view: TreeView): Plan | null {
  const operations: Operation[] = [];
  for (const into of view.newRemote()) {
    if (into.kind !== 'folder' || into.parent === null) continue;
    const parent = view.remote(into.parent);
    if (parent === null || parent.entry === null) continue; // its own folder is new: that one is decided first
    for (const from of view.remoteAt(into.parent, into.name)) {
      if (from.kind !== 'folder' || from.entry === null || byId(from, into) <= 0) continue;
      const base = view.base(from.entry);
      if (base === null || base.putSweep === 0 || view.localOf(base.entry) === null) continue;
      operations.push({
        kind: 'mergeTwin',
        from: expectRemote(from),
        into: expectRemote(into),
        number: operations.length as OperationNumber,
        after: [],
        entry: base.entry,
        path: basePath(view, base.entry),
        reason: 'two computers made this folder at the same moment: both come together in the elder one',
      });
    }
  }
  return operations.length === 0 ? null : { operations, waiting: [] };
}
