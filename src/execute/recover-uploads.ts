/**
 * After a crash: what did the host make of the uploads that were under way? The intent says what was sent, so what is found is told by
 * its content, and the person may have edited, renamed or removed the file in the meantime: base learns what both sides had, and the
 * next plan sees their change as one. What was staged and is still wanted is taken up by the upload.
 *
 * RACE: a host may store a file after the listing in which it is looked for. It then shows up as new: beside an unchanged file its
 * content decides; where the person edited or removed theirs in between, it ends as a conflict copy or comes back. Nothing is lost.
 */
import type { RemoteEntry, RemoteId } from '../core/entry.ts';
import { isElder } from '../core/item.ts';
import { isNamedAlike } from '../core/names.ts';
import { isUnlisted } from '../core/unknown.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Change, Intent, IntentNumber, Remote, RemoteFile } from '../ports.ts';
import { contentOf } from './contents.ts';
import type { Hands } from './hands.ts';
import { baseRow } from './rows.ts';
import { isStoredNameOf, trashOwn } from './send.ts';
import { orLeftOpen } from './settling.ts';

/**
 * When a file that was sent is not found under its name, the contents of new files of its size are looked at: of a few, or of more if they are
 * small. They are learned, so that none is fetched twice for it, and one that is here already not at all.
 */
const FEW = 5;
const MOST_FETCHED = 50;
const MOST_FETCHED_BYTES = 1 << 20;

type UploadIntent = Extract<Intent, { kind: 'upload' }>;
export type RemoteRecovery = Pick<Hands, 'state' | 'log' | 'newHasher' | 'signal'> & {
  readonly remote: Pick<Remote, 'trashFile' | 'fileInfo' | 'list' | 'download'>;
  /** What stands in staging folders on the host. */
  readonly staged: () => Promise<readonly RemoteFile[]>;
};

/** Settles one upload by what the host's listings show. Where they failed it stays open: the plan waits for them too. */
export async function recoverUpload(
  number: IntentNumber,
  intent: UploadIntent,
  recovery: RemoteRecovery,
): Promise<void> {
  const { state } = recovery;
  if (intent.stagedName === null && isUnlisted(intent.sentTo, state.view)) return;
  const id = intent.answer ?? (await findUnanswered(intent, recovery));
  if (id !== null && intent.answer === null) state.noteIntent(number, { ...intent, answer: id });
  if (id === null || (await settle(number, intent, id, recovery))) state.endIntent(number);
}

/**
 * The program died before it knew whether the host has it. Sent straight to its place it stands there under its name, or where somebody on the
 * host moved it meanwhile; staged, its name is ours alone, and it is of use only while the file is still the one that was sent.
 *
 * RACE: if nothing of it came to the host, and somebody put a file of just this content elsewhere there since the last look, that is taken for it:
 * the file here goes to the place of theirs, instead of being there as well. No content is touched.
 *
 * RACE: two computers sent equal files of one name at once, and somebody copied it to a name as the host makes them, `f (1)`. Worst case: the
 * copy is taken for the spare one, and goes to the host's trash.
 */
async function findUnanswered(intent: UploadIntent, recovery: RemoteRecovery): Promise<RemoteId | null> {
  const { state, staged, log } = recovery;
  const { view } = state;
  if (intent.stagedName === null) {
    const isCandidate = ({ kind, size, id }: RemoteEntry): boolean =>
      kind === 'file' && size === intent.size && view.baseOfRemote(id) === null;
    const candidates = view
      .remoteChildren(intent.sentTo)
      .filter((row) => isCandidate(row) && isStoredNameOf(row.name, intent.to.remoteName));
    // of several the one that came last: who finds the name taken is given another, which only its sender can tell from a person's
    for (const row of candidates.sort((one, other) => (isElder(one.id, other.id) ? 1 : -1)))
      if (await isContentOf(intent, row, recovery)) return row.id;
    const elsewhere = [...view.newRemote()].filter(
      (row) => isCandidate(row) && !candidates.some(({ id }) => id === row.id),
    );
    const isCheap = elsewhere.length <= MOST_FETCHED && elsewhere.length * intent.size <= MOST_FETCHED_BYTES;
    if (elsewhere.length > FEW && !isCheap) return null;
    const moved: RemoteId[] = [];
    for (const row of elsewhere) if (await isContentOf(intent, row, recovery)) moved.push(row.id);
    const [only] = moved;
    return only !== undefined && moved.length === 1 ? only : null;
  }
  const isWanted = view.local(intent.node)?.stamp === intent.stamp;
  for (const file of await staged()) {
    if (file.name !== intent.stagedName) continue;
    if (isWanted && file.size === intent.size && (await isContentOf(intent, file, recovery))) return file.id;
    log.debug('upload of an earlier run is of no use any more', { name: intent.to.remoteName });
    await trashOwn(file.id, recovery);
  }
  return null;
}

/** What cannot be fetched proves nothing. */
async function isContentOf(
  intent: UploadIntent,
  { id, name }: { readonly id: RemoteId; readonly name: RemoteName },
  recovery: RemoteRecovery,
): Promise<boolean> {
  const { state } = recovery;
  try {
    const known = state.view.remote(id)?.md5 ?? null;
    const md5 = known ?? (await contentOf({ id, name, size: intent.size }, recovery));
    if (known === null) state.learnRemote(id, md5);
    return md5 === intent.md5;
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
  recovery: RemoteRecovery,
): Promise<boolean> {
  const { state, log } = recovery;
  const { view } = state;
  if (view.base(intent.entry)?.remoteId === id) return true; // recorded
  const there = view.remote(id);
  const isSuperseded = (view.base(intent.entry)?.remoteId ?? null) !== (intent.replaces?.id ?? null);
  if (there !== null && there.parent !== null) {
    // It was to go, and the host did not say that it went. One that is used after all has the entry to itself.
    if (isSuperseded && state.wasTrashedHere(id)) {
      await trashOwn(id, recovery);
      return true;
    }
    const isAsSent = there.parent === intent.sentTo && isStoredNameOf(there.name, intent.to.remoteName);
    if (intent.stagedName === null && isAsSent && there.name !== intent.to.remoteName) {
      await trashOwn(id, recovery); // somebody else came first: the next plan meets theirs with what is here by now
      return true;
    }
    const rival = view
      .remoteAt(there.parent, there.name)
      .find((row) => row.kind === 'file' && isElder(row.id, id) && view.baseOfRemote(row.id) === null);
    // what was found by its content alone, somewhere else, is nothing to be thrown away
    const isOwn = intent.stagedName !== null || intent.answer !== null || isAsSent;
    if (isOwn && rival !== undefined && rival.id !== intent.replaces?.id) {
      await trashOwn(id, recovery); // both were new at once and the elder keeps the name: the next plan meets it with what is here by now
      return true;
    }
    await finishPublished(number, intent, there, recovery);
    log.info('upload of an earlier run was already on the host', { name: there.name });
    return true;
  }
  if (intent.stagedName === null) return true;
  if (!isSuperseded && view.local(intent.node)?.stamp === intent.stamp) return false;
  await trashStaged(intent, id, recovery);
  return true;
}

/**
 * The pass has come to its end: a staged file that no upload took up is wanted by nobody (its rival came first, or the person changed
 * their mind). It is this computer's own and goes to the host's trash. One that has its name already is settled by the next pass.
 */
export async function dropUnclaimed(recovery: Pick<Hands, 'state' | 'signal' | 'log'> & Trasher): Promise<void> {
  const { state, log } = recovery;
  for (const { number, intent } of state.intents()) {
    if (intent.kind !== 'upload' || intent.answer === null) continue;
    const { answer } = intent;
    const isOpen = state.view.baseOfRemote(answer) === null;
    if (isOpen && intent.stagedName === null) continue; // it stands under its own name, and no look has shown it yet
    await orLeftOpen(async () => {
      if (isOpen && (await trashStaged(intent, answer, recovery)) === 'published') return;
      state.endIntent(number);
    }, log);
  }
}

interface Trasher {
  readonly remote: Pick<Remote, 'fileInfo' | 'trashFile'>;
}

async function trashStaged(
  intent: UploadIntent,
  id: RemoteId,
  recovery: Pick<Hands, 'state' | 'signal'> & Trasher,
): Promise<'trashed' | 'gone' | 'published'> {
  const info = await recovery.remote.fileInfo(id);
  if (info?.status !== 'active') return 'gone';
  if (info.name !== intent.stagedName) {
    // In a folder of ours only the answer was lost, and a look will show it. Elsewhere it is somebody's who has taken it there.
    const isOurs = info.parent !== null && recovery.state.view.remote(info.parent) !== null;
    return isOurs ? 'published' : 'gone';
  }
  await trashOwn(id, recovery);
  return 'trashed';
}

/**
 * What is missing is the end: the version before is trashed, and base learns what both sides had at that moment. Where either has moved
 * on since, that is its change.
 */
async function finishPublished(
  number: IntentNumber,
  intent: UploadIntent,
  there: RemoteEntry,
  recovery: RemoteRecovery,
): Promise<void> {
  const { state } = recovery;
  const { view } = state;
  const { entry, to, md5 } = intent;
  const before = intent.replaces;
  const old = before === null ? null : view.remote(before.id);
  const isReplaced = old !== null && old.name === before?.name && old.parent === before.parent;
  if (isReplaced) await trashOwn(old.id, recovery);
  const local = view.local(intent.node);
  const namesake = view.baseAt(to.parent, to.localName);
  // in an exchange of names the other's base is there still, and its file is not
  const holder = namesake === null || namesake.entry === entry ? null : view.localOf(namesake.entry);
  const isHeld = holder?.name === to.localName && holder.parent === view.localOf(to.parent)?.node;
  const isOthers = local !== null && local.entry !== null && local.entry !== entry;
  if (isOthers || isHeld || view.base(to.parent) === null) {
    state.learnRemote(there.id, md5);
    return;
  }
  const isAsSent = local?.stamp === intent.stamp;
  const own: Change[] =
    local === null ? [] : [{ put: 'local', row: { ...local, entry, md5: isAsSent ? md5 : local.md5 } }];
  state.record({
    changes: [
      ...(old === null ? [] : [released(old, isReplaced)]),
      ...own,
      { put: 'remote', row: { ...there, md5, entry } },
      baseRow({
        entry,
        ...to,
        remoteName: isNamedAlike(there.name, to.remoteName) ? there.name : to.remoteName,
        kind: 'file',
        remoteId: there.id,
        size: intent.size,
        md5,
        identity: intent.identity, // by which it is known again under another name
        stamp: isAsSent ? intent.stamp : '',
        putSweep: view.sweeps.begun,
        movedSweep: 0,
      }),
    ],
    endIntent: number,
  });
}

/** The version before: gone, or somebody's own by now, who gave it another name. */
function released(old: RemoteEntry, isReplaced: boolean): Change {
  return isReplaced ? { drop: 'remote', id: old.id } : { put: 'remote', row: { ...old, entry: null } };
}
