/**
 * A file whose content the host has already is copied there instead of being sent: no byte of content travels. The copy comes into the
 * staging folder and is published like an upload; from its answer on it is one, for recovery too.
 *
 * RACE: a copy whose answer was lost is known by the name and size of what was copied alone. Another computer that copies the same file
 * at that very moment loses its copy to the host's trash, and makes another in its next round.
 */
import type { Identity, Md5 } from '../core/entry.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RelPath, RemoteName } from '../core/path.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Intent, LocalRead, PairState, Remote, RemoteFile } from '../ports.ts';
import type { Hands } from './hands.ts';
import { readWhole } from './read-whole.ts';
import { isStoredNameOf, trashOwn } from './send.ts';
import type { Source } from './sending.ts';
import type { Sent } from './sent.ts';
import { orLeftOpen } from './settling.ts';

/** Files up to this size are kept in memory between the look at their content and the sending: at most as many as operations are under way. */
const keptBytes = 64 * 1024;

/**
 * Brings the content of the file to the host: by a copy of what is there, or by `send` where nothing is known to hold it, or the host
 * does not copy. Of several uploads with one content only the first is sent. `isDecided` is called once nothing is copied any more.
 */
export async function copyOrSend<T extends object>(
  op: OperationOf<'upload'>,
  path: RelPath,
  hands: Hands,
  { isDecided, send }: Ways<T>,
): Promise<Sent | T> {
  const { state, sending } = hands;
  const mayBeThere = sending.isShared(op.size) || state.fileOnHost(op.size, null) !== null;
  const here = op.size > 0 && mayBeThere ? await contentHere(op, path, hands) : null;
  if (here === null) {
    isDecided();
    return send(null);
  }
  try {
    return await copyOrSendKnown(op, here, hands, { isDecided, send });
  } finally {
    await here.read?.close();
  }
}

interface Ways<T> {
  readonly isDecided: () => void;
  /** `read`: the file, where it was read already to learn its content. */
  readonly send: (read: LocalRead | null) => Promise<Sent | T>;
}

async function copyOrSendKnown<T extends object>(
  op: OperationOf<'upload'>,
  { md5, read }: ContentHere,
  hands: Hands,
  { isDecided, send }: Ways<T>,
): Promise<Sent | T> {
  const { state, sending } = hands;
  const known = state.fileOnHost(op.size, md5, (id) => sending.isLeaving(id));
  const sentFirst = known === null ? sending.first(md5) : null;
  // nothing may be awaited between this question and `begin`, or two would be first
  if (known === null) isDecided();
  const source = known ?? (sentFirst === null ? null : await sentFirst);
  const copied = source === null ? null : await copyThere(op, source, md5, hands);
  isDecided();
  if (copied !== null) return copied;

  const { done } = sending.begin(md5);
  let first: Source | null = null;
  try {
    const sent = await send(read);
    if ('answer' in sent && sent.md5 === md5) first = sent.answer;
    return sent;
  } finally {
    done(first);
  }
}

/** `null`: the host does not copy it. */
async function copyThere(op: OperationOf<'upload'>, source: Source, md5: Md5, hands: Hands): Promise<Sent | null> {
  const { state, journal, remote, signal } = hands;
  const staging = await hands.staging();
  const intent = await journal.begin({ kind: 'copy', entry: op.entry, name: source.name, size: op.size });
  let copy;
  try {
    copy = await remote.copyFile(source.id, staging, { signal });
  } catch (error) {
    // What a broken line leaves behind is looked for at the end of the pass. The host said no: then it is sent.
    if (!hasCode(error, 'remote/refused', 'remote/not-found')) throw error;
    state.endIntent(intent);
    return null;
  }
  await journal.note(intent, {
    kind: 'upload',
    entry: op.entry,
    node: op.local.node,
    stamp: op.local.stamp,
    identity: state.view.local(op.local.node)?.identity ?? ('' as Identity),
    size: op.size,
    md5,
    sentTo: staging,
    to: op.to,
    replaces: op.replaces,
    stagedName: copy.name,
    answer: copy.id,
  });
  if (copy.status !== 'active' || copy.parent !== staging || copy.size !== op.size) {
    // what was copied had gone to the trash, or the staging folder had
    await trashOwn(copy.id, hands);
    state.endIntent(intent);
    return null;
  }
  return { answer: copy, md5, intent, isStaged: true, copyOf: source.id };
}

interface ContentHere {
  readonly md5: Md5;
  /** Small files are read once for both: they stay open, and are looked at again when they are sent. */
  readonly read: LocalRead | null;
}

/** What the file holds; `null` when it changed while it was read, or cannot be read: whoever sends it says so. */
async function contentHere(
  op: OperationOf<'upload'>,
  path: RelPath,
  { state, files, signal }: Hands,
): Promise<ContentHere | null> {
  const row = state.view.local(op.local.node);
  if (row?.stamp === op.local.stamp && row.md5 !== null && !row.racy) return { md5: row.md5, read: null };
  try {
    if (op.size <= keptBytes) return await readWhole(await files.read(path, op.local.stamp));
    return { md5: await files.hash(path, op.local.stamp, signal), read: null };
  } catch (error) {
    if (error instanceof SyncError && error.disposition !== 'halt') return null;
    throw error;
  }
}

interface CopyRecovery {
  readonly state: PairState;
  readonly remote: Pick<Remote, 'trashFile'>;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What stands in staging folders on the host. */
  readonly staged: () => Promise<readonly RemoteFile[]>;
}

/** Copies whose answer never came go to the host's trash. Only while no copy is under way. */
export async function dropLostCopies(recovery: CopyRecovery): Promise<void> {
  const { state, remote, staged, signal, log } = recovery;
  const intents = state.intents();
  const answered = new Set(intents.flatMap(({ intent }) => (intent.kind === 'upload' ? (intent.answer ?? []) : [])));
  for (const { number, intent } of intents) {
    if (intent.kind !== 'copy') continue;
    await orLeftOpen(async () => {
      for (const file of await staged()) {
        const isCopy = isCopyOf(intent, file) && !answered.has(file.id);
        if (isCopy) await trashOwn(file.id, { remote, state, signal });
      }
      state.endIntent(number);
    }, log);
  }
}

function isCopyOf(
  intent: Extract<Intent, { kind: 'copy' }>,
  file: { readonly name: RemoteName; readonly size: number },
): boolean {
  return file.size === intent.size && isStoredNameOf(file.name, intent.name);
}
