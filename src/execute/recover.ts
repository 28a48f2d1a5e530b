/**
 * After a crash: what on the disk and on the host is our own work? Open intents say what was begun. What is found done is recorded as
 * if the run had come to its end; what is not is forgotten. Nothing is replayed: the next plan does what is still to do.
 *
 * Local intents are settled before the disk is scanned, so that the scan does not take our work for the person's. Uploads are settled
 * after the host was listed: `recover-remote.ts`.
 */
import type { LocalSeen, NodeNumber } from '../core/entry.ts';
import { PARKED_PREFIX } from '../core/ignore.ts';
import { isLocalName, nameOf, parentOf, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { TreeView } from '../core/tree.ts';
import { ROOT_NODE } from '../core/entry.ts';
import { assertNever, hasCode } from '../errors.ts';
import type { Change, Intent, IntentNumber, LocalFiles, PairState } from '../ports.ts';
import type { Log } from '../log.ts';
import { baseRow, baseWithoutFile, localRow, remoteRow } from './rows.ts';

interface Recovery {
  readonly state: PairState;
  readonly files: Pick<LocalFiles, 'look' | 'move' | 'hash'>;
  readonly log: Log;
  readonly nowMs: number;
}

type LocalIntent = Extract<Intent, { kind: 'arrival' | 'localMove' | 'localTrash' }>;

/** Settles what was begun on the disk. Call before the scan. */
export async function recoverLocal(recovery: Recovery): Promise<void> {
  for (const { number, intent } of recovery.state.intents()) {
    if (isLocal(intent)) await settleLocal(number, intent, recovery); // the others: after the host was listed
  }
}

function isLocal(intent: Intent): intent is LocalIntent {
  return intent.kind === 'arrival' || intent.kind === 'localMove' || intent.kind === 'localTrash';
}

/**
 * Settles one act on the disk that was begun and did not come to its end: also when the disk refused in the middle of it. What cannot be
 * looked at now stays open. Rejects with `local/…` codes.
 */
export async function settleLocal(number: IntentNumber, intent: LocalIntent, recovery: Recovery): Promise<void> {
  switch (intent.kind) {
    case 'arrival':
      return recoverArrival(number, intent, recovery);
    case 'localMove':
      return recoverMove(number, intent, recovery);
    case 'localTrash':
      return recoverTrash(number, intent, recovery);
    default:
      return assertNever(intent);
  }
}

/** The download was put in place, or it was not: the file that stands there is ours if it is the very one, untouched. */
async function recoverArrival(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'arrival' }>,
  { state, files, log, nowMs }: Recovery,
): Promise<void> {
  const seen = await lookQuietly(files, intent.path);
  if (seen === 'unknown') return;
  const { view } = state;
  const folder = view.localOf(intent.parent);
  if (seen === null || folder === null || !(await isOurs(seen, intent, files))) {
    state.endIntent(number);
    return;
  }
  const before = view.localOf(intent.entry) ?? view.localAt(folder.node, intent.localName);
  const remote = view.remote(intent.remote);
  const changes: Change[] = [
    localRow({
      node: before?.node ?? null,
      parent: folder.node,
      name: intent.localName,
      seen,
      md5: intent.md5,
      entry: intent.entry,
    }),
    remote === null
      ? remoteRow({
          id: intent.remote,
          parent: view.remoteOf(intent.parent)?.id ?? ('d0' as never),
          kind: 'file',
          name: intent.remoteName,
          size: intent.size,
          md5: intent.md5,
          entry: intent.entry,
          nowMs,
        })
      : { put: 'remote', row: { ...remote, md5: intent.md5, entry: intent.entry } },
    baseRow({
      entry: intent.entry,
      parent: intent.parent,
      kind: 'file',
      localName: intent.localName,
      remoteName: intent.remoteName,
      remoteId: intent.remote,
      size: intent.size,
      md5: intent.md5,
      identity: seen.identity,
      stamp: '',
      putSweep: 0,
    }),
  ];
  state.record({ changes, endIntent: number });
  log.info('download of an earlier run was already in place', { path: intent.path });
}

async function recoverMove(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'localMove' }>,
  { state, files, log }: Recovery,
): Promise<void> {
  const { view } = state;
  const row = view.local(intent.node);
  let there = await lookQuietly(files, intent.to);
  let here = await lookQuietly(files, intent.from);
  if (there === 'unknown' || here === 'unknown') return;
  const isDone = there !== null && there.identity !== '' && there.identity === intent.identity;
  const folder = nodeAt(view, parentOf(intent.to));
  if (there === null || !isDone || row === null || folder === null) {
    state.endIntent(number);
    return;
  }
  if (here !== null && here.identity === intent.identity && here.kind === 'file') {
    const seen = await takeOldName(intent, here, files);
    if (seen === null) {
      state.endIntent(number); // somebody is at work on it: the scan sees the second name as a new file, nothing is lost
      return;
    }
    [there, here] = [seen, null];
  }
  // under either of its names somebody may have written to it since: what it holds is read again
  const isFile = there.kind === 'file';
  if (nameOf(intent.to).startsWith(PARKED_PREFIX) && here === null) {
    // It was to step aside for a moment only: it goes back, and the next plan begins anew.
    const seen = await files.move(intent.to, intent.from, {
      kind: there.kind === 'folder' ? 'folder' : 'file',
      stamp: there.stamp,
      identity: there.identity,
    });
    state.record({ changes: [{ put: 'local', row: { ...row, ...seen, racy: isFile } }], endIntent: number });
    return;
  }
  const moved: Change = {
    put: 'local',
    row: {
      ...row,
      ...there,
      racy: isFile,
      parent: folder,
      name: nameOf(intent.to),
      entry: intent.conflict ? null : row.entry,
    },
  };
  const base = intent.conflict ? baseWithoutFile(view, intent.entry) : [];
  state.record({ changes: [moved, ...base], endIntent: number });
  log.info('rename of an earlier run was already done', { from: intent.from, to: intent.to });
}

/** A file is renamed by giving it the new name and then taking the old one away; a run can end in between. */
async function takeOldName(
  { from, to }: Extract<Intent, { kind: 'localMove' }>,
  { stamp, identity }: LocalSeen,
  files: Pick<LocalFiles, 'move'>,
): Promise<LocalSeen | null> {
  try {
    return await files.move(from, to, { kind: 'file', stamp, identity, isHalfDone: true });
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing', 'local/occupied')) return null;
    throw error;
  }
}

async function recoverTrash(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'localTrash' }>,
  { state, files }: Recovery,
): Promise<void> {
  const here = await lookQuietly(files, intent.from);
  if (here === 'unknown') return;
  const isGone = here === null || here.identity !== intent.identity;
  const row = state.view.local(intent.node);
  state.record({
    changes: isGone
      ? [...(row === null ? [] : [{ drop: 'local', node: row.node } as const]), { drop: 'base', entry: intent.entry }]
      : [],
    endIntent: number,
  });
}

/** The very inode, still with the content that was put there: somebody may have written to it since. */
async function isOurs(
  seen: LocalSeen,
  intent: Extract<Intent, { kind: 'arrival' }>,
  files: Pick<LocalFiles, 'hash'>,
): Promise<boolean> {
  if (seen.kind !== 'file' || seen.size !== intent.size || seen.identity === '' || seen.identity !== intent.identity)
    return false;
  try {
    return (await files.hash(intent.path, seen.stamp)) === intent.md5;
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing', 'local/unreadable')) return false; // somebody is at work on it
    throw error;
  }
}

function nodeAt(view: TreeView, path: RelPath): NodeNumber | null {
  if (path === ROOT) return ROOT_NODE;
  let at: NodeNumber | null = ROOT_NODE;
  for (const name of path.split('/'))
    at = at === null || !isLocalName(name) ? null : (view.localAt(at, name)?.node ?? null);
  return at;
}

/** Unreadable is not gone: what cannot be looked at is settled by a later run, and the scan says what is wrong. */
async function lookQuietly(files: Pick<LocalFiles, 'look'>, path: RelPath): Promise<LocalSeen | null | 'unknown'> {
  try {
    return await files.look(path);
  } catch (error) {
    if (hasCode(error, 'local/unreadable', 'local/io')) return 'unknown';
    throw error;
  }
}
