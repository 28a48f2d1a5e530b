/**
 * Entries go to another folder or name, on either side, without a byte of content. Nothing is overwritten here, and on the
 * host nothing is taken on trust: before the call the folders are listed, after it the answer is read.
 */
import { ROOT_NODE } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { PARKED_PREFIX } from '../core/ignore.ts';
import { presentRemote } from '../core/item.ts';
import type { OperationOf } from '../core/operation.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { joinPath, parentOf } from '../core/path.ts';
import type { TreeView } from '../core/tree.ts';
import { basePath, localPath } from '../core/tree.ts';
import { hasCode, SyncError } from '../errors.ts';
import type {
  Change,
  HistoryLine,
  IntentNumber,
  RemoteChange,
  RemoteFile,
  RemoteFolder,
  RemoteListing,
} from '../ports.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, failed, stale } from './hands.ts';
import { answered, mayHaveActed } from './lost-answer.ts';
import { giveName, holderOf } from './naming.ts';
import type { Naming } from './naming.ts';
import { takenForAnother } from './one-name.ts';
import { settleLocal } from './recover.ts';
import { baseAfterMove, baseWithoutFile, historyLine } from './rows.ts';

type LocalRename = Extract<OperationOf<'move' | 'park' | 'conflictCopy'>, { side: 'local' }>;
type RemoteRename = Extract<OperationOf<'move' | 'conflictCopy'>, { side: 'remote' }>;

/** Carries a move over to its side. */
export async function move(op: OperationOf<'move'>, hands: Hands): Promise<OperationResult> {
  if (op.side === 'remote') return renameThere(op, hands);
  const parent = hands.state.view.localOf(op.to.parent);
  if (parent === null) return stale('its new folder is not here');
  return renameHere(op, parent.node, op.to.localName, hands);
}

/** Steps aside to the top of the pair, out of sight; the move that follows brings it to its place. */
export async function park(op: OperationOf<'park'>, hands: Hands): Promise<OperationResult> {
  // not where it stands: that folder may be the one that has to go
  return renameHere(op, ROOT_NODE, parkedName(op.local.node), hands);
}

/** The losing version of a conflict takes its other name; it is a new file from then on. */
export async function conflictCopy(op: OperationOf<'conflictCopy'>, hands: Hands): Promise<OperationResult> {
  if (op.side === 'remote') return renameThere(op, hands);
  const row = hands.state.view.local(op.local.node);
  if (row === null || row.parent === null) return stale('it is no longer there');
  // What cannot be read could not be sent under its other name either, nor be told from the host's: it stays as it is.
  if (row.kind === 'file') {
    const path = localPath(hands.state.view, row.node);
    try {
      await (await hands.files.read(path, row.stamp)).close();
    } catch (error) {
      if (hasCode(error, 'local/changed', 'local/missing'))
        return stale('it is no longer as it was seen', { local: [parentOf(path)] });
      throw error;
    }
  }
  return renameHere(op, row.parent, op.localName, hands);
}

/** Hidden, and ignored by everyone: seen only if the program dies between two renames. */
export function parkedName(node: number): LocalName {
  return `${PARKED_PREFIX}${node}` as LocalName;
}

async function renameHere(
  op: LocalRename,
  parentNode: NonNullable<ReturnType<TreeView['local']>>['node'],
  name: LocalName,
  hands: Hands,
): Promise<OperationResult> {
  const { state, files, clock } = hands;
  const { view } = state;
  const row = view.local(op.local.node);
  const isParked = row !== null && row.name === parkedName(row.node);
  if (row === null || (row.stamp !== op.local.stamp && !isParked)) return stale('it is no longer as it was seen');
  const from = localPath(view, row.node);
  const to = joinPath(localPath(view, parentNode), name);
  const kind = row.kind === 'folder' ? 'folder' : 'file';
  const begun = {
    kind: 'localMove',
    entry: op.entry,
    node: row.node,
    from,
    to,
    identity: row.identity,
    conflict: op.kind === 'conflictCopy',
  } as const;
  // a conflict copy that is not known for one after a power cut would look like a rename made by the person
  const intent = state.beginIntent(begun, op.kind === 'conflictCopy');
  let seen;
  try {
    seen = await files.move(from, to, { kind, stamp: row.stamp, identity: row.identity });
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/occupied', 'local/missing')) {
      state.endIntent(intent);
      const taken = hasCode(error, 'local/occupied') ? await takenForAnother(parentNode, name, hands) : null;
      if (taken !== null) return failed(taken);
      return stale('something is no longer as it was seen', { local: [parentOf(from), parentOf(to)] });
    }
    // The disk may have refused halfway: the new name given, the old one not taken away. That must not pass for the person's doing.
    await settleLocal(intent, begun, { ...hands, nowMs: clock.now() });
    throw error;
  }
  const moved: Change = {
    put: 'local',
    row: {
      ...row,
      ...seen,
      parent: parentNode,
      name,
      racy: kind === 'file',
      entry: op.kind === 'conflictCopy' ? null : row.entry,
    },
  };
  const base = op.kind === 'move' ? baseAfterMove(view, op.entry, op.to, 'local') : [];
  state.record({
    changes: [moved, ...base, ...(op.kind === 'conflictCopy' ? baseWithoutFile(view, op.entry) : [])],
    endIntent: intent,
    ...(op.kind === 'park' ? {} : { history: line(op, clock.now(), from, to) }),
  });
  return DONE;
}

async function renameThere(op: RemoteRename, hands: Hands): Promise<OperationResult> {
  const { state, remote, looks, clock, signal } = hands;
  const { view } = state;
  const { id, name: oldName } = op.remote;
  const isFolder = id.startsWith('d');
  const name = op.kind === 'move' ? op.to.remoteName : op.remoteName;
  const from = op.remote.parent;
  const to = op.kind === 'move' ? presentRemote(view, op.to.parent)?.id : from;
  if (to === undefined) return stale('its new folder is not on the host');

  const source = await looks.before(from);
  if (childOf(source, id)?.name !== oldName)
    return stale('it is no longer where it was seen on the host', { remote: [from] });
  const target = to === from ? source : await looks.before(to);
  const holder = holderOf(target, name, [id], hands);
  if (holder !== undefined) return stale('something else has its new name on the host', { remote: [to] });
  if (isFolder && to !== from && (await isBelow(to, id, hands)))
    return stale('its new folder lies below it on the host', { remote: [from, to] });

  const isNext = op.kind === 'move' && isNextVersion(op, view);
  // where both sides agree afterwards whatever the person does next is a change of their own
  const agrees = op.kind === 'move' && baseAfterMove(view, op.entry, op.to, 'remote').length > 0;
  const intent =
    op.kind === 'move' && (agrees || isNext)
      ? state.beginIntent({ kind: 'remoteMove', entry: op.entry, id, to: op.to }, false)
      : null;
  const edit = (change: RemoteChange): Promise<RemoteFile | RemoteFolder> =>
    answered<RemoteFile | RemoteFolder>(
      () => (isFolder ? remote.editFolder(id, change, { signal }) : remote.editFile(id, change, { signal })),
      () => (isFolder ? remote.folderInfo(id, { signal }) : remote.fileInfo(id, { signal })),
      (seen) => seen.name === (change.name ?? oldName) && seen.parent === to,
    );
  const parent = to === from ? {} : { parent: to };
  let renamed: Naming<RemoteFile | RemoteFolder>;
  try {
    renamed =
      name === oldName ? { item: await edit(parent), name } : await giveName(name, (name) => edit({ name, ...parent }));
  } catch (error) {
    if (!mayHaveActed(error)) endIntent(intent, hands);
    throw error;
  }
  const { item: after, name: kept } = renamed;
  if (after.parent !== to || kept === null || (after.kind === 'file' && after.status === 'trash'))
    endIntent(intent, hands);
  if (after.kind === 'file' && after.status === 'trash')
    return stale('it was trashed on the host meanwhile', { remote: [from] });
  if (after.parent !== to) return stale('the host did not move it', { remote: [from, to] });
  if (kept === null) {
    // it stays there as it was, and here as the person wants it
    await edit({ name: oldName, ...(to === from ? {} : { parent: from }) });
    return failed(
      new SyncError('name/unsupported', {
        path: op.path,
        detail: `the host makes ${JSON.stringify(after.name)} of it`,
      }),
    );
  }
  looks.changed(id, from, { parent: to, name: kept });
  const row = view.remote(id);
  const base = op.kind === 'move' ? baseAfterMove(view, op.entry, { ...op.to, remoteName: kept }, 'remote') : [];
  const places = op.kind === 'move' ? { from: basePath(view, op.entry), to: op.path } : {};
  const entry = isNext ? op.entry : (row?.entry ?? null);
  const moved = row === null ? [] : [{ put: 'remote', row: { ...row, parent: to, name: kept, entry } } as const];
  state.record({
    changes: [...moved, ...base],
    ...(intent === null ? {} : { endIntent: intent }),
    history: historyLine(op, clock.now(), { id, ...places, fromName: oldName, toName: kept }),
  });
  return DONE;
}

/** A next version is known by the place where it stands. It leaves that: from there on it is known by its id. */
function isNextVersion({ entry, remote: { id } }: RemoteRename, view: TreeView): boolean {
  return view.base(entry) !== null && view.remoteOf(entry) === null && view.remote(id)?.entry === null;
}

function endIntent(intent: IntentNumber | null, { state }: Hands): void {
  if (intent !== null) state.endIntent(intent);
}

function childOf(listing: RemoteListing, id: RemoteId): { readonly name: string } | undefined {
  return listing.files.find((file) => file.id === id) ?? listing.folders.find((folder) => folder.id === id);
}

/**
 * Whether `folder` lies below `above` on the host right now: the host itself does not check, and would lose both.
 *
 * RACE: another computer may move a folder between this look and the call, and the two moves close a ring. Worst case: both folders
 * vanish from the listings with all content whole; nothing is removed here, since a vanished folder waits for a second sweep and
 * its files, asked one by one, are active. The ring is then found by `folder/info`.
 */
async function isBelow(folder: RemoteId, above: RemoteId, { remote, state, signal }: Hands): Promise<boolean> {
  const root = state.view.remoteOf(1 as never)?.id;
  const seen = new Set<RemoteId>();
  for (let at: RemoteId | null = folder; at !== null && at !== root && !seen.has(at);) {
    if (at === above) return true;
    seen.add(at);
    at = (await remote.folderInfo(at, { signal }))?.parent ?? null;
    if (at === 'd0') return false;
  }
  return false;
}

function line(op: LocalRename, atMs: number, from: RelPath, to: RelPath): HistoryLine {
  return historyLine(op, atMs, { from, to });
}
