/** Folders that one side has are made on the other. Made anew, a folder starts empty; what is in it follows by itself. */
import type { RemoteEntry } from '../core/entry.ts';
import { presentRemote } from '../core/item.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RemoteName } from '../core/path.ts';
import { joinPath, parentOf } from '../core/path.ts';
import { localPath } from '../core/tree.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { RemoteFolder } from '../ports.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, failed, stale } from './hands.ts';
import { isAnswerLost, mayHaveActed } from './lost-answer.ts';
import { giveName, holderOf } from './naming.ts';
import type { Naming } from './naming.ts';
import { takenForAnother } from './one-name.ts';
import { folderBase, historyLine, localRow, remoteRow, stillToFollow } from './rows.ts';

/** Makes the folder on its side and records both sides as one entry. */
export async function createFolder(op: OperationOf<'createFolder'>, hands: Hands): Promise<OperationResult> {
  return op.side === 'local' ? createHere(op, hands) : createThere(op, hands);
}

async function createHere(
  op: Extract<OperationOf<'createFolder'>, { side: 'local' }>,
  hands: Hands,
): Promise<OperationResult> {
  const { state, files, clock } = hands;
  const { view } = state;
  const parent = view.localOf(op.to.parent);
  const remote = view.remote(op.remote);
  if (parent === null || remote === null) return stale('its folder is not here, or it is gone on the host');
  const path = joinPath(localPath(view, parent.node), op.to.localName);
  const intent = state.beginIntent({ kind: 'localFolder', entry: op.entry, remote: op.remote, path, to: op.to }, false);
  let seen;
  try {
    seen = await files.createFolder(path);
  } catch (error) {
    // It may be there, though the disk refused what comes after that: then the intent tells the next run.
    if (!hasCode(error, 'local/io')) state.endIntent(intent);
    const taken = hasCode(error, 'local/occupied') ? await takenForAnother(parent.node, op.to.localName, hands) : null;
    if (taken !== null) return failed(taken);
    if (hasCode(error, 'local/occupied', 'local/missing'))
      return stale('something else came here meanwhile', { local: [parentOf(path)] });
    throw error;
  }
  state.record({
    changes: [
      localRow({ node: null, parent: parent.node, name: op.to.localName, seen, md5: null, entry: op.entry }),
      { put: 'remote', row: { ...remote, entry: op.entry, released: false } },
      folderBase({ entry: op.entry, to: op.to, remoteId: op.remote, identity: seen.identity, putSweep: 0 }),
      ...stillToFollow(op, view),
    ],
    endIntent: intent,
    history: historyLine(op, clock.now(), { id: op.remote }),
  });
  return DONE;
}

async function createThere(
  op: Extract<OperationOf<'createFolder'>, { side: 'remote' }>,
  hands: Hands,
): Promise<OperationResult> {
  const { state, remote, looks, clock, signal } = hands;
  const { view } = state;
  const parent = presentRemote(view, op.to.parent);
  const row = view.local(op.node);
  if (parent === null || row === null) return stale('its folder is not on the host, or it is gone here');
  // The host does not ask whether the name is free. A folder that this very pass made is known to be empty.
  if (view.base(op.to.parent)?.putSweep !== view.sweeps.begun) {
    const look = await looks.before(parent.id);
    const twin = holderOf(look, op.to.remoteName, [], hands);
    if (twin !== undefined) return stale('the host has something of this name by now', { remote: [parent.id] });
  }
  const intent = state.beginIntent(
    { kind: 'remoteFolder', entry: op.entry, sentTo: parent.id, to: op.to, identity: row.identity },
    false,
  );
  let made: RemoteFolder | null = null;
  let naming: Naming<RemoteFolder>;
  try {
    naming = await giveName(op.to.remoteName, async (name) => {
      if (made !== null) return (made = await remote.editFolder(made.id, { name }, { signal }));
      try {
        made = await remote.createFolder(parent.id, name, { signal });
      } catch (error) {
        made = await findLost(name, parent, error, hands);
        if (made === null) throw error;
      }
      return made;
    });
  } catch (error) {
    if (!mayHaveActed(error)) state.endIntent(intent);
    throw error;
  }
  const folder = naming.item;
  if (folder.parent !== parent.id) {
    state.endIntent(intent);
    return stale('the host did not make it in its folder', { remote: [parent.id] });
  }
  if (naming.name === null) {
    state.endIntent(intent);
    state.rememberTrashed([folder.id]);
    await remote.trashFolder(folder.id, { signal });
    return failed(
      new SyncError('name/unsupported', {
        path: op.path,
        detail: `the host makes ${JSON.stringify(folder.name)} of it`,
      }),
    );
  }
  state.record({
    changes: [
      { put: 'local', row: { ...row, entry: op.entry, released: false } },
      remoteRow({
        id: folder.id,
        parent: parent.id,
        kind: 'folder',
        name: folder.name,
        size: 0,
        md5: null,
        entry: op.entry,
        nowMs: clock.now(),
      }),
      folderBase({
        entry: op.entry,
        to: { ...op.to, remoteName: naming.name },
        remoteId: folder.id,
        identity: row.identity,
        putSweep: view.sweeps.begun,
      }),
      ...stillToFollow(op, view),
    ],
    endIntent: intent,
    history: historyLine(op, clock.now(), { id: folder.id }),
  });
  return DONE;
}

/** The answer got lost: a folder of the name that nobody knew before is the one that was asked for. */
async function findLost(
  name: RemoteName,
  parent: RemoteEntry,
  error: unknown,
  { looks, state }: Hands,
): Promise<RemoteFolder | null> {
  if (!isAnswerLost(error)) return null;
  const known = new Set(state.remoteTree.children(parent.id).map((row) => row.id));
  const look = await looks.now(parent.id);
  return (
    look.folders.find((folder) => folder.name === name && !known.has(folder.id) && !state.wasTrashedHere(folder.id)) ??
    null
  );
}
