/**
 * One upload, from the first byte to an answer that can be believed. The file is read once and hashed on the way; if it moved
 * underneath, its end is never sent; if the host stored something else, that is trashed. An answer that never came is looked
 * for, by name, size and content, before anything is sent again; after a crash by `recover.ts`.
 */
import type { Identity, Md5, RemoteId } from '../core/entry.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RelPath, RemoteName } from '../core/path.ts';
import { parentOf } from '../core/path.ts';
import { storageDetail } from '../core/postponed.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Intent, IntentNumber, LocalRead, Remote, RemoteFile, UploadAnswer } from '../ports.ts';
import { contentOf } from './contents.ts';
import type { Hands, OperationResult } from './hands.ts';
import { failed, stale } from './hands.ts';
import { isAnswerLost } from './lost-answer.ts';
import type { Sent } from './sent.ts';

/** A host that keeps storing something else is not asked more often than this in one pass. */
const MAX_SENDS = 3;

type Draft = Extract<Intent, { kind: 'upload' }>;

/** What the state knows of an upload; `null` until the last of its content is about to leave. */
interface Noted {
  upload: { readonly number: IntentNumber; readonly draft: Draft } | null;
}

export interface Outgoing {
  /** Where the file stands here. */
  readonly path: RelPath;
  readonly folder: RemoteId;
  /** Under its own name, not a staged one. */
  readonly isDirect: boolean;
  /** The file, where it is in memory already. */
  readonly read: LocalRead | null;
}

/** Sends the file to `folder`. */
export async function send(
  op: OperationOf<'upload'>,
  { path, folder, isDirect, read }: Outgoing,
  hands: Hands,
): Promise<Sent | OperationResult> {
  const { state, journal, computer, random } = hands;
  let problem: SyncError | null = null;
  let lost = 0;
  for (let sends = 0; sends < MAX_SENDS; sends++) {
    const stagedName = isDirect ? null : stagedNameFor(op, computer, random.hex(6));
    const noted: Noted = { upload: null };
    let writing = Promise.resolve();
    const write = async (md5: Md5): Promise<void> => {
      const draft: Draft = {
        kind: 'upload',
        entry: op.entry,
        node: op.local.node,
        stamp: op.local.stamp,
        identity: state.view.local(op.local.node)?.identity ?? ('' as Identity),
        size: op.size,
        md5,
        sentTo: folder,
        to: op.to,
        replaces: op.replaces,
        stagedName,
        answer: null,
      };
      noted.upload = { number: await journal.begin(draft), draft };
    };
    const onWhole = (md5: Md5): Promise<void> => (writing = write(md5));
    const open = sends === 0 && read !== null ? async () => read : () => hands.files.read(path, op.local.stamp);
    const name = stagedName ?? op.to.remoteName;
    const sent = await sendOnce(op, { open, folder, name, lost }, noted, onWhole, hands);
    await writing.catch(() => undefined); // a line that broke meanwhile waits for nobody, and what is being written has to be ended
    const { upload } = noted;
    if (sent.kind === 'stored' && upload !== null) {
      await journal.note(upload.number, { ...upload.draft, answer: sent.answer.id });
      return { answer: sent.answer, md5: upload.draft.md5, intent: upload.number, isStaged: stagedName !== null };
    }
    if (upload !== null) state.endIntent(upload.number);
    if (sent.kind === 'moved') return stale('it changed while it was being sent', { local: [parentOf(path)] });
    if (sent.kind === 'refused') {
      if (sent.error.code !== 'remote/quota') return failed(sent.error);
      hands.room.refusedBytes = Math.min(hands.room.refusedBytes, op.size);
      return failed(withoutRoom(op, hands, sent.error));
    }
    if (sent.kind !== 'spoilt') continue;
    problem = sent.error;
    if (sent.isLost && isDirect) lost++;
  }
  return failed(problem ?? new SyncError('remote/upload-mismatch', { path: op.path }));
}

/** The account's space is used up: of how much, where that is known, so that it is tried again once that is more. */
export function withoutRoom(
  op: OperationOf<'upload'>,
  { limits }: Pick<Hands, 'limits'>,
  cause?: SyncError,
): SyncError {
  const detail = storageDetail(limits) ?? cause?.detail;
  return new SyncError('remote/quota', { path: op.path, ...(detail === undefined ? {} : { detail }), cause });
}

type SentOnce =
  | { readonly kind: 'stored'; readonly answer: Pick<UploadAnswer, 'id' | 'name'> }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly error: SyncError }
  /** Nothing usable is on the host, another try may do better. `isLost`: as far as a listing showed, for no answer came. */
  | { readonly kind: 'spoilt'; readonly error: SyncError; readonly isLost: boolean };

interface Attempt {
  readonly open: () => Promise<LocalRead>;
  readonly folder: RemoteId;
  readonly name: string;
  /** How many that were sent under this name before got no answer and were not found. */
  readonly lost: number;
}

async function sendOnce(
  op: OperationOf<'upload'>,
  { open, folder, name, lost }: Attempt,
  noted: Readonly<Noted>,
  onWhole: (md5: Md5) => Promise<void>,
  hands: Hands,
): Promise<SentOnce> {
  const { remote, signal, onProgress } = hands;
  let read: LocalRead;
  try {
    read = await open();
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
    throw error;
  }
  let answer: UploadAnswer;
  try {
    const content = counted(untilWhole(read, onWhole), (bytes) => onProgress({ kind: 'bytes', operation: op, bytes }));
    answer = await remote.upload({ parent: folder, name, size: read.size, content }, { signal });
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
    if (hasCode(error, 'remote/token-lapsed', 'remote/put-out')) return { kind: 'spoilt', error, isLost: false };
    if (!isAnswerLost(error)) {
      if (error instanceof SyncError && error.disposition === 'skip') return { kind: 'refused', error };
      throw error;
    }
    const found = noted.upload === null ? null : await findLost(noted.upload.draft, { name, lost }, hands);
    return found ?? { kind: 'spoilt', error, isLost: noted.upload !== null };
  } finally {
    await read.close();
  }
  // an answer before the end of the content cannot be about all of it
  const { upload } = noted;
  const isWhole = upload !== null && (answer.size ?? op.size) === op.size;
  if (isWhole && (answer.md5 ?? upload.draft.md5) === upload.draft.md5) return { kind: 'stored', answer };
  await trashOwn(answer.id, hands);
  return { kind: 'spoilt', error: new SyncError('remote/upload-mismatch', { path: op.path }), isLost: false };
}

/**
 * The content, its last piece only after the file was found to be as it was when it was opened, and `onWhole` has noted what it is: no
 * host can have the whole of a file of which the state knows nothing. What is written to it from then on is the next version.
 */
async function* untilWhole(read: LocalRead, onWhole: (md5: Md5) => Promise<void>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | null = null;
  for await (const piece of read.content) {
    if (last !== null) yield last;
    last = piece;
  }
  await onWhole(await read.finish());
  if (last !== null) yield last;
}

/**
 * The answer never came: the host may have the file all the same. Name and size point at it, the content decides. Where one that was sent before
 * got lost too, and a listing that showed half of its folder hid it, both are there: each is ours, and one is enough.
 */
async function findLost(
  { sentTo, size, md5 }: Draft,
  { name, lost }: Pick<Attempt, 'name' | 'lost'>,
  hands: Hands,
): Promise<SentOnce | null> {
  const listing = await hands.looks.now(sentTo);
  const found: RemoteFile[] = [];
  for (const file of listing.files) {
    if (found.length > lost) break;
    if (file.size !== size || hands.state.view.baseOfRemote(file.id) !== null || !isStoredNameOf(file.name, name))
      continue;
    if ((await contentOf(file, hands)) === md5) found.push(file);
  }
  const kept = found.find((file) => file.name === name) ?? found[0];
  for (const file of found) if (file !== kept) await trashOwn(file.id, hands);
  return kept === undefined ? null : { kind: 'stored', answer: { id: kept.id, name: kept.name } };
}

/**
 * Whether a host can have stored a file sent as `sent` under `stored`: the same, or with its suffix for a name that is taken. Servers take the
 * last piece between dots for the extension also where there is no dot, and lower-case it: of a second `Photo` they make ` (2).photo`.
 */
export function isStoredNameOf(stored: RemoteName, sent: string): boolean {
  if (stored === sent) return true;
  const dot = sent.lastIndexOf('.');
  const isBetween = (stem: string, extension: string): boolean =>
    stored.startsWith(stem) &&
    stored.toLowerCase().endsWith(extension.toLowerCase()) &&
    /^ \(\d+\)$/.test(stored.slice(stem.length, stored.length - extension.length));
  if (dot > 0) return isBetween(sent.slice(0, dot), sent.slice(dot));
  return isBetween(sent, '') || isBetween('', `.${sent.slice(dot + 1)}`);
}

/** Puts something that this computer itself has just sent into the host's trash. */
export async function trashOwn(
  id: RemoteId,
  { remote, state, signal }: Pick<Hands, 'state' | 'signal'> & { readonly remote: Pick<Remote, 'trashFile'> },
): Promise<void> {
  state.rememberTrashed([id]);
  await remote.trashFile(id, { signal });
}

/** `yetisync-<computer>-<attempt>-<old id or 0>.<ext>`: plain ASCII, so that every host stores it as it is. */
function stagedNameFor(op: OperationOf<'upload'>, computer: string, attempt: string): string {
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(op.to.remoteName)?.[1];
  const old = op.replaces === null ? '0' : op.replaces.id.slice(1);
  return `yetisync-${computer}-${attempt}-${old}${extension === undefined ? '' : `.${extension}`}`;
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    yield chunk;
    onBytes(chunk.length);
  }
}
