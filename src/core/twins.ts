/**
 * What several computers made under one name at the same moment: hosts do not ask whether a name is free. The lowest id has it. The computer that
 * made a higher one gives that up, the others wait, and leave all alone. A folder is emptied into the elder one and trashed. A file on the host
 * is taken back, and the next round meets the elder one as new on both sides: equal, or a conflict. (A file beside a folder: `clashes.ts`.)
 */
import { byId } from './item.ts';
import type { Operation, OperationNumber } from './operation.ts';
import type { Plan } from './order.ts';
import { expectRemote } from './plan.ts';
import { isFreshlyPut } from './policy.ts';
import type { RemoteId } from './entry.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';
import { basePath } from './tree.ts';

export interface TwinKnowledge {
  /** An id that was in the trash was not made at the same moment: it was restored. */
  readonly wasTrashedHere: (id: RemoteId) => boolean;
}

/** What to do about twins that this computer made; `null`: there are none. Everything else is decided once they are one. */
export function* planTwins(view: TreeView, { wasTrashedHere }: TwinKnowledge): Steps<Plan | null> {
  const operations: Operation[] = [];
  for (const into of view.newRemote()) {
    yield;
    if (into.parent === null || (into.kind === 'file' && wasTrashedHere(into.id))) continue;
    const parent = view.remote(into.parent);
    if (parent === null || parent.entry === null) continue; // its own folder is new: that one is decided first
    const namesakes = view.remoteAt(into.parent, into.name).filter(({ kind }) => kind === into.kind);
    // into the eldest alone: what is brought into one in between goes with that one when its own maker empties it
    if (namesakes.some((other) => byId(other, into) < 0)) continue;
    for (const from of namesakes) {
      if (from.entry === null || byId(from, into) <= 0) continue;
      const base = view.base(from.entry);
      if (base === null || base.putSweep === 0 || view.localOf(base.entry) === null) continue;
      if (from.kind === 'file' && !isFreshlyPut(base, view)) continue;
      operations.push({
        kind: 'mergeTwin',
        from: expectRemote(from),
        into: expectRemote(into),
        number: operations.length as OperationNumber,
        after: [],
        entry: base.entry,
        path: basePath(view, base.entry),
        reason: `two computers made this ${from.kind} at the same moment: both come together in the elder one`,
      });
    }
  }
  return operations.length === 0 ? null : { operations, waiting: [] };
}
