/**
 * A folder that this computer made is emptied into its elder twin and then trashed. What both have under one name stays where it
 * is in the elder; this computer's file is let go of, so that the next round meets it as new on both sides: equal or a conflict. The same
 * becomes of a file that this computer sent while another one sent an elder of that name.
 */
import { kindOfId } from '../core/entry.ts';
import type { EntryNumber, RemoteId } from '../core/entry.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RemoteFile, RemoteFolder } from '../ports.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, stale } from './hands.ts';
import { historyLine } from './rows.ts';
import { trashOwn } from './send.ts';

export async function mergeTwin(op: OperationOf<'mergeTwin'>, hands: Hands): Promise<OperationResult> {
  const { state, looks, clock } = hands;
  const look = await looks.before(op.from.parent);
  const isAsSeen = [op.from, op.into].every(({ id, name }) =>
    [...look.folders, ...look.files].some((it) => it.id === id && it.name === name),
  );
  if (!isAsSeen) return stale('the twins are no longer as they were seen', { remote: [op.from.parent] });
  if (kindOfId(op.from.id) === 'file') {
    await letGo(op.from.id, op.entry, hands);
    looks.changed(op.from.id, op.from.parent, null);
  } else if (!(await mergeInto(op.from.id, op.into.id, op.entry, hands))) {
    return stale('something new is in it', { remote: [op.from.id, op.into.id] });
  }
  state.record({ changes: [], history: historyLine(op, clock.now(), { id: op.from.id, into: op.into.id }) });
  return DONE;
}

/** True once `from` was empty, is trashed, and `entry` is the folder `into`. */
async function mergeInto(from: RemoteId, into: RemoteId, entry: EntryNumber, hands: Hands): Promise<boolean> {
  const { state, remote, looks, signal } = hands;
  const own = await looks.now(from);
  const elder = await looks.now(into);
  for (const folder of own.folders) {
    const twin = elder.folders.find((it) => it.name === folder.name);
    if (twin === undefined) await moveOver(folder, into, hands);
    else if (!(await mergeInto(folder.id, twin.id, entryOf(folder.id, hands) ?? entry, hands))) return false;
  }
  for (const file of own.files) {
    const isClash = [...elder.files, ...elder.folders].some((it) => it.name === file.name);
    const known = entryOf(file.id, hands);
    if (!isClash) await moveOver(file, into, hands);
    else if (known === null)
      return false; // somebody else's: it is not for this computer to judge
    else await letGo(file.id, known, hands);
  }
  const left = await looks.now(from);
  if (left.files.length + left.folders.length + left.unclear.length > 0 || !left.complete) return false;
  state.rememberTrashed([from]);
  await remote.trashFolder(from, { signal });
  adoptElder(from, into, entry, hands);
  return true;
}

async function moveOver(
  item: RemoteFile | RemoteFolder,
  into: RemoteId,
  { remote, state, signal }: Hands,
): Promise<void> {
  if (item.kind === 'folder') await remote.editFolder(item.id, { parent: into }, { signal });
  else await remote.editFile(item.id, { parent: into }, { signal });
  const row = state.view.remote(item.id);
  if (row !== null) state.record({ changes: [{ put: 'remote', row: { ...row, parent: into } }] });
}

/** The local file stays, as something new; its version on the host is this computer's own upload and goes to the trash. */
async function letGo(id: RemoteId, entry: EntryNumber, hands: Hands): Promise<void> {
  const { state } = hands;
  const local = state.view.localOf(entry);
  await trashOwn(id, hands);
  state.record({
    changes: [
      ...(local === null ? [] : [{ put: 'local', row: { ...local, entry: null } } as const]),
      { drop: 'remote', id },
      { drop: 'base', entry },
    ],
  });
}

function adoptElder(from: RemoteId, into: RemoteId, entry: EntryNumber, { state }: Hands): void {
  const base = state.view.base(entry);
  const elder = state.view.remote(into);
  const isOwn = base?.remoteId === from;
  state.record({
    changes: [
      { drop: 'remote', id: from },
      ...(base === null || elder === null || !isOwn
        ? []
        : ([
            { put: 'remote', row: { ...elder, entry } },
            { put: 'base', row: { ...base, remoteId: into, putSweep: 0 } },
          ] as const)),
    ],
  });
}

function entryOf(id: RemoteId, { state }: Hands): EntryNumber | null {
  return state.view.baseOfRemote(id)?.entry ?? null;
}
