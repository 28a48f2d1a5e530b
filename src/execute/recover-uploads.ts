/**
 * After a crash: what did the host make of the uploads that were under way? The intent says what was sent, so what is found is told by
 * its content, and the person may have edited, renamed or removed the file in the meantime: base learns what both sides had, and the
 * next plan sees their change as one. What was staged and is still wanted is taken up by the upload.
 *
 * RACE: a host may store a file after the listing in which it is looked for. It then shows up as new: beside an unchanged file its
 * content decides; where the person edited or removed theirs in between, it ends as a conflict copy or comes back. Nothing is lost.
 */
import type { RemoteEntry, RemoteId } from '../core/entry.ts';
import { localNameFor } from '../core/names.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Change, Intent, IntentNumber, Remote } from '../ports.ts';
import { contentOf } from './contents.ts';
import type { Hands } from './hands.ts';
import { baseRow } from './rows.ts';
import { isStoredNameOf, trashOwn } from './send.ts';

type UploadIntent = Extract<Intent, { kind: 'upload' }>;
type UploadRecovery = Pick<Hands, 'state' | 'log' | 'newHasher' | 'signal'> & {
  readonly remote: Pick<Remote, 'trashFile' | 'fileInfo' | 'list' | 'download'>;
  /** The staging folder, if the host has one. */
  readonly staging: () => Promise<RemoteId | null>;
};

/** Settles uploads that the host has, by what its listings show. Call after the sweep. */
export async function recoverUploads(recovery: UploadRecovery): Promise<void> {
  const { state } = recovery;
  for (const { number, intent } of state.intents()) {
    if (intent.kind !== 'upload') continue;
    const id = intent.answer ?? (await findUnanswered(intent, recovery));
    if (id !== null && intent.answer === null) state.noteIntent(number, { ...intent, answer: id });
    if (id === null || (await settle(number, intent, id, recovery))) state.endIntent(number);
  }
}

/**
 * The program died before it knew whether the host has it. Sent straight to its place it stands there under its name; staged, its name is
 * ours alone, and it is of use only while the file is still the one that was sent.
 */
async function findUnanswered(intent: UploadIntent, recovery: UploadRecovery): Promise<RemoteId | null> {
  const { state, remote, staging, log } = recovery;
  const { view } = state;
  if (intent.stagedName === null) {
    const candidates = view
      .remoteChildren(intent.parent)
      .filter(
        (row) =>
          row.kind === 'file' &&
          row.size === intent.size &&
          view.baseOfRemote(row.id) === null &&
          isStoredNameOf(row.name, intent.name),
      );
    for (const row of candidates) if (await isContentOf(intent, { ...row, size: intent.size }, recovery)) return row.id;
    return null;
  }
  const folder = await staging();
  const isWanted = view.local(intent.node)?.stamp === intent.stamp;
  for (const file of folder === null ? [] : (await remote.list(folder)).files) {
    if (file.name !== intent.stagedName) continue;
    if (isWanted && file.size === intent.size && (await isContentOf(intent, file, recovery))) return file.id;
    log.debug('upload of an earlier run is of no use any more', { name: intent.name });
    await trashOwn(file.id, recovery);
  }
  return null;
}

/** What cannot be fetched proves nothing. */
async function isContentOf(
  intent: UploadIntent,
  file: { readonly id: RemoteId; readonly name: RemoteName; readonly size: number },
  recovery: UploadRecovery,
): Promise<boolean> {
  try {
    return (await contentOf(file, recovery)) === intent.md5;
  } catch (error) {
    if (error instanceof SyncError && error.disposition === 'skip') return false;
    throw error;
  }
}

/** False: the intent stays open, the upload takes it up. */
async function settle(
  number: IntentNumber,
  intent: UploadIntent,
  id: RemoteId,
  recovery: UploadRecovery,
): Promise<boolean> {
  const { state, log } = recovery;
  const { view } = state;
  if (view.base(intent.entry)?.remoteId === id) return true; // recorded
  const there = view.remote(id);
  if (there !== null && there.parent !== null) {
    if (intent.stagedName === null && there.name !== intent.name && isStoredNameOf(there.name, intent.name)) {
      await trashOwn(id, recovery); // somebody else came first: the next plan meets theirs with what is here by now
      return true;
    }
    await finishPublished(number, intent, there, recovery);
    log.info('upload of an earlier run was already on the host', { name: there.name });
    return true;
  }
  if (intent.stagedName === null) return true;
  if (view.local(intent.node)?.stamp === intent.stamp) return false;
  await trashStaged(intent, id, recovery);
  return true;
}

/**
 * The pass has come to its end: a staged file that no upload took up is wanted by nobody (its rival came first, or the person changed
 * their mind). It is this computer's own and goes to the host's trash.
 */
export async function dropUnclaimed(recovery: Pick<Hands, 'state' | 'signal'> & Trasher): Promise<void> {
  const { state } = recovery;
  for (const { number, intent } of state.intents()) {
    if (intent.kind !== 'upload' || intent.answer === null) continue;
    if (intent.stagedName !== null && state.view.baseOfRemote(intent.answer) === null) {
      await trashStaged(intent, intent.answer, recovery);
    }
    state.endIntent(number);
  }
}

interface Trasher {
  readonly remote: Pick<Remote, 'fileInfo' | 'trashFile'>;
}

async function trashStaged(
  intent: UploadIntent,
  id: RemoteId,
  recovery: Pick<Hands, 'state' | 'signal'> & Trasher,
): Promise<void> {
  const info = await recovery.remote.fileInfo(id);
  if (info?.status !== 'active' || info.name !== intent.stagedName) return; // published after all, or gone by itself
  await trashOwn(id, recovery);
}

/** What is missing is the end: the version before is trashed, and base learns of the new one. */
async function finishPublished(
  number: IntentNumber,
  intent: UploadIntent,
  there: RemoteEntry,
  recovery: UploadRecovery,
): Promise<void> {
  const { state } = recovery;
  const { view } = state;
  const old = intent.replaces === null ? null : view.remote(intent.replaces);
  if (old !== null && old.name === there.name && old.parent === there.parent) {
    await trashOwn(old.id, recovery);
  }
  const base = view.base(intent.entry);
  const local = view.local(intent.node);
  const parent = there.parent === null ? null : (view.remote(there.parent)?.entry ?? null);
  // Gone here since: then base must learn of it all the same, or what the person removed or renamed would come back from the host.
  const localName = base?.localName ?? local?.name ?? localNameFor(there.name);
  const namesake = parent === null || localName === null ? null : view.baseAt(parent, localName);
  const isOthers = local !== null && local.entry !== null && local.entry !== intent.entry;
  if (parent === null || localName === null || isOthers || (namesake !== null && namesake.entry !== intent.entry)) {
    state.learnRemote(there.id, intent.md5);
    return;
  }
  const isAsSent = local?.stamp === intent.stamp;
  const own: Change[] =
    local === null
      ? []
      : [{ put: 'local', row: { ...local, entry: intent.entry, md5: isAsSent ? intent.md5 : local.md5 } }];
  state.record({
    changes: [
      ...(old === null ? [] : [{ drop: 'remote', id: old.id } as const]),
      ...own,
      { put: 'remote', row: { ...there, md5: intent.md5, entry: intent.entry } },
      baseRow({
        entry: intent.entry,
        parent,
        kind: 'file',
        localName,
        remoteName: there.name,
        remoteId: there.id,
        size: intent.size,
        md5: intent.md5,
        identity: intent.identity, // by which it is known again under another name
        stamp: local !== null && isAsSent ? local.stamp : '',
        putSweep: view.sweeps.begun,
      }),
    ],
    endIntent: number,
  });
}
