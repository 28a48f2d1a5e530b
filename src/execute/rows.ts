/**
 * The rows that operations write: how what was done shows in the three trees. Base follows only where both sides are
 * known to agree; the rest of a row stays as it was.
 */
import { TO_FOLLOW } from '../core/entry.ts';
import type {
  BaseEntry,
  EntryNumber,
  LocalEntry,
  LocalSeen,
  Md5,
  NodeNumber,
  RemoteEntry,
  RemoteId,
} from '../core/entry.ts';
import type { Operation, OperationOf, Place } from '../core/operation.ts';
import type { LocalName } from '../core/path.ts';
import type { TreeView } from '../core/tree.ts';
import type { Change, HistoryLine } from '../ports.ts';

type NewLocal = Omit<LocalEntry, 'node'> & { readonly node: NodeNumber | null };

/** A local row as it is after yetisync itself put the file or folder there. */
export function localRow(options: {
  readonly node: NodeNumber | null;
  readonly parent: NodeNumber;
  readonly name: LocalName;
  readonly seen: LocalSeen;
  readonly md5: Md5 | null;
  readonly entry: EntryNumber | null;
}): Change {
  const { node, parent, name, seen, md5, entry } = options;
  // racy: somebody may write within the same tick of the disk's clock, and the stamp would not show it
  const row: NewLocal = {
    node,
    parent,
    name,
    kind: seen.kind,
    size: seen.size,
    identity: seen.identity,
    stamp: seen.stamp,
    changedAtMs: seen.changedAtMs,
    md5,
    racy: seen.kind === 'file',
    entry,
    trouble: null,
    released: false,
  };
  return { put: 'local', row };
}

/** A remote row for something that was made or moved by yetisync. */
export function remoteRow(options: {
  readonly id: RemoteId;
  readonly parent: RemoteId;
  readonly kind: RemoteEntry['kind'];
  readonly name: RemoteEntry['name'];
  readonly size: number;
  readonly md5: Md5 | null;
  readonly entry: EntryNumber | null;
  readonly nowMs: number;
}): Change {
  const { nowMs, ...rest } = options;
  return { put: 'remote', row: { firstSeenMs: nowMs, absentSince: null, unlisted: false, released: false, ...rest } };
}

/** The stamp under which base may know a file's content: none while a later write could hide behind it. */
export function provenStamp(row: Pick<LocalEntry, 'stamp' | 'racy' | 'kind'>): BaseEntry['stamp'] {
  return row.racy || row.kind !== 'file' ? '' : row.stamp;
}

/** Base says from now on that both sides agree on all of this. */
export function baseRow(row: BaseEntry): Change {
  return { put: 'base', row };
}

/** Base of a folder that both sides have from now on. `putSweep`: the sweep that had begun when it was put on the host; 0: it was there. */
export function folderBase(folder: {
  readonly entry: EntryNumber;
  readonly to: Place;
  readonly remoteId: RemoteId;
  readonly identity: BaseEntry['identity'];
  readonly putSweep: number;
}): Change {
  const { entry, to, remoteId, identity, putSweep } = folder;
  const { parent, localName, remoteName } = to;
  return baseRow({
    entry,
    parent,
    kind: 'folder',
    localName,
    remoteName,
    remoteId,
    size: 0,
    md5: null,
    identity,
    stamp: '',
    putSweep,
    movedSweep: 0,
  });
}

/**
 * Base after a move on one side: at the new place if the other side is there too, else as it was. `moved` is the side's own row as it is
 * now, which the view may not show yet.
 */
export function baseAfterMove(view: TreeView, entry: EntryNumber, to: Place, side: 'local' | 'remote'): Change[] {
  const base = view.base(entry);
  if (base === null || base.parent === null) return [];
  if (side === 'local') {
    const remote = view.remoteOf(entry);
    const parent = remote === null || remote.parent === null ? null : view.remote(remote.parent);
    if (remote?.name !== to.remoteName || parent?.entry !== to.parent) return [];
  } else {
    const local = view.localOf(entry);
    const parent = local === null || local.parent === null ? null : view.local(local.parent);
    if (local?.name !== to.localName || parent?.entry !== to.parent) return [];
  }
  const movedSweep = side === 'remote' ? view.sweeps.begun : 0;
  return [baseRow({ ...base, parent: to.parent, localName: to.localName, remoteName: to.remoteName, movedSweep })];
}

/**
 * Base after its local file became a conflict copy: that file is another entry from now on, and must not be recognised as this one
 * under a new name, should the run end before the host's version has come.
 */
export function baseWithoutFile(view: TreeView, entry: EntryNumber): Change[] {
  const base = view.base(entry);
  return base === null ? [] : [baseRow({ ...base, identity: '' as BaseEntry['identity'] })];
}

/** Should this pass not get to them, the next one finds their folder on both sides, and must not take what it lacks for removed. */
export function stillToFollow({ entry, followers }: OperationOf<'createFolder' | 'link'>, view: TreeView): Change[] {
  return followers.flatMap((follower) => {
    const base = view.base(follower);
    return base?.parent === entry ? [baseRow({ ...base, movedSweep: TO_FOLLOW })] : [];
  });
}

/** The line of history for an operation that was done. */
export function historyLine(op: Operation, atMs: number, facts: HistoryLine['facts'] = {}): HistoryLine {
  const side = 'side' in op ? op.side : op.kind === 'upload' ? 'remote' : op.kind === 'download' ? 'local' : null;
  return { atMs, kind: op.kind, side, path: op.path, reason: op.reason, facts };
}
