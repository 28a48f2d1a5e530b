/** Operations without an effect outside the state: base follows what both sides show already, or forgets. */
import type { OperationOf } from '../core/operation.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, stale } from './hands.ts';
import { baseRow, provenStamp, stillToFollow } from './rows.ts';

/** Both sides show the same thing: from now on it is one entry. */
export async function link(op: OperationOf<'link'>, { state, journal }: Hands): Promise<OperationResult> {
  const { view } = state;
  const { parent, localName, remoteName } = op.to;
  const isLinked = await journal.record(() => {
    const local = view.local(op.node);
    const remote = view.remote(op.remote);
    if (local === null || remote === null) return null;
    const before = view.base(op.entry);
    const row = baseRow({
      entry: op.entry,
      parent,
      kind: op.entryKind,
      localName,
      remoteName,
      remoteId: op.remote,
      size: op.size,
      md5: op.md5,
      identity: local.identity,
      stamp: op.md5 !== null && op.md5 === local.md5 ? provenStamp(local) : '',
      putSweep: before?.putSweep ?? 0,
      movedSweep: Math.max(before?.movedSweep ?? 0, 0), // nothing is still to follow
    });
    return {
      isNote: true,
      changes: [
        { put: 'local', row: { ...local, entry: op.entry } },
        { put: 'remote', row: { ...remote, entry: op.entry, md5: op.md5 ?? remote.md5 } },
        row,
        ...stillToFollow(op, view),
      ],
    };
  });
  return isLinked ? DONE : stale('one side is no longer as it was seen');
}

/** Nothing of the entry is left on either side that should be kept in step. */
export async function forget(op: OperationOf<'forget'>, { state, journal }: Hands): Promise<OperationResult> {
  await journal.record(() => {
    const local = state.view.localOf(op.entry);
    return {
      isNote: true,
      changes: [
        ...(local === null ? [] : [{ put: 'local', row: { ...local, entry: null } } as const]),
        { drop: 'base', entry: op.entry },
      ],
    };
  });
  return DONE;
}
