/**
 * One upload, from the first byte to an answer that can be believed. The file is read once and hashed on the way; if it moved
 * underneath, or the host stored something else, what was sent is trashed. An answer that never came is looked for, by name,
 * size and content, before anything is sent again.
 */
import type { Md5, RemoteId } from '../core/entry.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RelPath, RemoteName } from '../core/path.ts';
import { parentOf } from '../core/path.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Intent, LocalRead, UploadAnswer } from '../ports.ts';
import { fetchContent } from './contents.ts';
import type { Hands, OperationResult } from './hands.ts';
import { failed, stale } from './hands.ts';
import type { Sent } from './sent.ts';

/** A host that keeps storing something else is not asked more often than this in one pass. */
const MAX_SENDS = 3;

/** Sends the file to `folder`: under its own name (`isDirect`) or a staged one. */
export async function send(
  op: OperationOf<'upload'>,
  path: RelPath,
  folder: RemoteId,
  isDirect: boolean,
  hands: Hands,
): Promise<Sent | OperationResult> {
  const { state, computer, random } = hands;
  let problem: SyncError | null = null;
  for (let sends = 0; sends < MAX_SENDS; sends++) {
    const stagedName = isDirect ? null : stagedNameFor(op, computer, random.hex(6));
    const draft: Extract<Intent, { kind: 'upload' }> = {
      kind: 'upload',
      entry: op.entry,
      node: op.local.node,
      stamp: op.local.stamp,
      size: op.size,
      parent: folder,
      name: op.to.remoteName,
      replaces: op.replaces?.id ?? null,
      stagedName,
      answer: null,
    };
    const intent = state.beginIntent(draft, false);
    const sent = await sendOnce(op, path, folder, stagedName ?? op.to.remoteName, hands);
    if (sent.kind === 'moved') {
      state.endIntent(intent);
      return stale('it changed while it was being sent', { local: [parentOf(path)] });
    }
    if (sent.kind === 'refused') {
      if (sent.error.code === 'remote/quota') hands.room.refusedBytes = Math.min(hands.room.refusedBytes, op.size);
      state.endIntent(intent);
      return failed(sent.error);
    }
    if (sent.kind === 'stored') {
      state.noteIntent(intent, { ...draft, answer: { id: sent.answer.id, md5: sent.md5 } });
      return { answer: sent.answer, md5: sent.md5, intent, isStaged: stagedName !== null };
    }
    state.endIntent(intent);
    problem = sent.error;
  }
  return failed(problem ?? new SyncError('remote/upload-mismatch', { path: op.path }));
}

type SentOnce =
  | { readonly kind: 'stored'; readonly answer: Pick<UploadAnswer, 'id' | 'name'>; readonly md5: Md5 }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly error: SyncError }
  /** Nothing usable is on the host, another try may do better. */
  | { readonly kind: 'spoilt'; readonly error: SyncError };

async function sendOnce(
  op: OperationOf<'upload'>,
  path: RelPath,
  folder: RemoteId,
  name: string,
  hands: Hands,
): Promise<SentOnce> {
  const { remote, files, signal, onProgress } = hands;
  let read: LocalRead;
  try {
    read = await files.read(path, op.local.stamp);
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
    throw error;
  }
  let answer: UploadAnswer | null = null;
  let lost: SyncError | null = null;
  try {
    const content = counted(read.content, (bytes) => onProgress({ kind: 'bytes', operation: op, bytes }));
    answer = await remote.upload({ parent: folder, name, size: read.size, content }, { signal });
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
    if (hasCode(error, 'remote/token-lapsed', 'remote/put-out')) return { kind: 'spoilt', error };
    if (!hasCode(error, 'remote/unreachable', 'remote/timeout', 'remote/server-error', 'remote/bad-answer')) {
      if (error instanceof SyncError && error.disposition === 'skip') return { kind: 'refused', error };
      throw error;
    }
    lost = error;
  } finally {
    if (answer === null) await read.close();
  }
  if (answer === null) {
    const error = lost ?? new SyncError('remote/bad-answer', { path: op.path });
    return (await findLost(op, path, folder, name, hands)) ?? { kind: 'spoilt', error };
  }

  let md5: Md5;
  try {
    md5 = await read.finish();
  } catch (error) {
    await trashOwn(answer.id, hands);
    if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
    throw error;
  } finally {
    await read.close();
  }
  if ((answer.size !== null && answer.size !== op.size) || (answer.md5 !== null && answer.md5 !== md5)) {
    await trashOwn(answer.id, hands);
    return { kind: 'spoilt', error: new SyncError('remote/upload-mismatch', { path: op.path }) };
  }
  return { kind: 'stored', answer, md5 };
}

/** The answer never came: the host may have the file all the same. Name and size point at it, the content decides. */
async function findLost(
  op: OperationOf<'upload'>,
  path: RelPath,
  folder: RemoteId,
  name: string,
  hands: Hands,
): Promise<SentOnce | null> {
  const { looks, state, files, newHasher, signal } = hands;
  const listing = await looks.now(folder);
  const candidates = listing.files.filter(
    (file) => file.size === op.size && state.view.baseOfRemote(file.id) === null && isStoredNameOf(file.name, name),
  );
  for (const file of candidates) {
    let hasher = newHasher();
    let offset = 0;
    const sink = {
      offset: () => offset,
      restart: () => {
        [hasher, offset] = [newHasher(), 0];
        return Promise.resolve();
      },
      write: (data: Uint8Array) => {
        hasher.update(data);
        offset += data.length;
        return Promise.resolve();
      },
    };
    await fetchContent(file, sink, hands, () => undefined);
    const theirs = hasher.digest();
    let ours: Md5;
    try {
      ours = await files.hash(path, op.local.stamp, signal);
    } catch (error) {
      if (hasCode(error, 'local/changed', 'local/missing')) return { kind: 'moved' };
      throw error;
    }
    if (theirs === ours) return { kind: 'stored', answer: { id: file.id, name: file.name }, md5: ours };
  }
  return null;
}

/** Whether a host can have stored a file sent as `sent` under `stored`: the same, or with its suffix for a name that is taken. */
function isStoredNameOf(stored: RemoteName, sent: string): boolean {
  if (stored === sent) return true;
  const dot = sent.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [sent.slice(0, dot), sent.slice(dot)] : [sent, ''];
  const rest = stored.slice(stem.length, stored.length - extension.length);
  return stored.startsWith(stem) && stored.toLowerCase().endsWith(extension.toLowerCase()) && /^ \(\d+\)$/.test(rest);
}

/** Puts something that this computer itself has just sent into the host's trash. */
export async function trashOwn(id: RemoteId, { remote, state, signal }: Hands): Promise<void> {
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
