/**
 * After a crash: what on the disk and on the host is our own work? Open intents say what was begun. What is found done is recorded as
 * if the run had come to its end; what is not is forgotten. Nothing is replayed: the next plan does what is still to do.
 *
 * Local intents are settled before the disk is scanned, so that the scan does not take our work for the person's. Where a file is that
 * somebody renamed since, only the scan tells: `recover-renamed.ts`. Uploads are settled after the host was listed: `recover-remote.ts`.
 */
import type { EntryNumber, Identity, LocalSeen, Md5, NodeNumber, Stamp } from '../core/entry.ts';
import { PARKED_PREFIX } from '../core/ignore.ts';
import { localNameFor } from '../core/names.ts';
import { isLocalName, nameOf, parentOf, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import type { TreeView } from '../core/tree.ts';
import { hasBirthTime, ROOT_NODE } from '../core/entry.ts';
import { assertNever, hasCode, SyncError } from '../errors.ts';
import type { Change, Intent, IntentNumber, LocalFiles, PairState } from '../ports.ts';
import type { Log } from '../log.ts';
import { baseAfterMove, baseRow, baseWithoutFile, folderBase, localRow, remoteRow } from './rows.ts';
import { orLeftOpen } from './settling.ts';

export interface Recovery {
  readonly state: PairState;
  readonly files: Pick<LocalFiles, 'look' | 'move' | 'hash'>;
  readonly log: Log;
  readonly nowMs: number;
  /** The whole disk is scanned next: what is not in its place stays open until then. */
  readonly isBeforeScan?: boolean;
}

type LocalIntent = Extract<Intent, { kind: 'arrival' | 'localFolder' | 'localMove' | 'localTrash' }>;

/** Settles what was begun on the disk. Call before the scan. What is wrong with one alone leaves it open; rejects with what stops a pass. */
export async function recoverLocal(recovery: Recovery): Promise<void> {
  const beforeScan = { ...recovery, isBeforeScan: true };
  for (const { number, intent } of recovery.state.intents()) {
    // the others: after the host was listed
    if (isLocal(intent)) await orLeftOpen(() => settleLocal(number, intent, beforeScan), recovery.log);
  }
}

function isLocal(intent: Intent): intent is LocalIntent {
  return (
    intent.kind === 'arrival' ||
    intent.kind === 'localFolder' ||
    intent.kind === 'localMove' ||
    intent.kind === 'localTrash'
  );
}

/**
 * Settles one act on the disk that was begun and did not come to its end: also when the disk refused in the middle of it. What cannot be
 * looked at now stays open. Rejects with `local/…` codes.
 */
export async function settleLocal(number: IntentNumber, intent: LocalIntent, recovery: Recovery): Promise<void> {
  switch (intent.kind) {
    case 'arrival':
      return recoverArrival(number, intent, recovery);
    case 'localFolder':
      return recoverFolder(number, intent, recovery);
    case 'localMove':
      return recoverMove(number, intent, recovery);
    case 'localTrash':
      return recoverTrash(number, intent, recovery);
    default:
      return assertNever(intent);
  }
}

/** The download was put in place, or it was not: the file that stands there is ours if it is the very one, whoever wrote to it since. */
async function recoverArrival(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'arrival' }>,
  { state, files, log, nowMs, isBeforeScan }: Recovery,
): Promise<void> {
  const seen = await lookQuietly(files, intent.path);
  if (seen === 'unknown') return;
  const { view } = state;
  const folder = view.localOf(intent.parent);
  const isThere = seen !== null && seen.kind === 'file' && isSame(seen.identity, intent.identity);
  if (folder === null || !isThere) {
    if (isBeforeScan !== true) state.endIntent(number);
    return;
  }
  const now = await contentNow(intent.path, seen.stamp, files);
  if (now !== intent.md5 && !hasBirthTime(seen.identity)) {
    state.endIntent(number); // an inode alone may have gone to another
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
      md5: now,
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
    arrivedBase(intent),
  ];
  state.record({ changes, endIntent: number });
  log.info('download of an earlier run was already in place', { path: intent.path });
}

/** Both sides as they agreed when the download took its place. */
export function arrivedBase(intent: Extract<Intent, { kind: 'arrival' }>): Change {
  const { entry, parent, localName, remoteName, remote, size, md5, identity } = intent;
  return baseRow({
    entry,
    parent,
    kind: 'file',
    localName,
    remoteName,
    remoteId: remote,
    size,
    md5,
    identity,
    stamp: '',
    putSweep: 0,
    movedSweep: 0,
  });
}

/** A folder of the name that was free is ours, or as good: linked, it follows what becomes of the host's. */
async function recoverFolder(
  number: IntentNumber,
  { entry, remote: id, path, to }: Extract<Intent, { kind: 'localFolder' }>,
  { state, files, log, nowMs }: Recovery,
): Promise<void> {
  const seen = await lookQuietly(files, path);
  if (seen === 'unknown') return;
  const { view } = state;
  const folder = view.localOf(to.parent);
  const above = view.remoteOf(to.parent);
  const isKnown = view.baseAt(to.parent, to.localName) !== null || view.baseOfRemote(id) !== null;
  if (seen?.kind !== 'folder' || folder === null || above === null || isKnown) {
    state.endIntent(number);
    return;
  }
  const remote = view.remote(id);
  const before = view.localAt(folder.node, to.localName);
  state.record({
    changes: [
      localRow({ node: before?.node ?? null, parent: folder.node, name: to.localName, seen, md5: null, entry }),
      remote === null
        ? remoteRow({
            id,
            parent: above.id,
            kind: 'folder',
            name: to.remoteName,
            size: 0,
            md5: null,
            entry,
            nowMs,
          })
        : { put: 'remote', row: { ...remote, entry } },
      folderBase({ entry, to, remoteId: id, identity: seen.identity, putSweep: 0 }),
    ],
    endIntent: number,
  });
  log.info('folder of an earlier run was already made here', { path });
}

async function recoverMove(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'localMove' }>,
  { state, files, log, isBeforeScan }: Recovery,
): Promise<void> {
  const { view } = state;
  const row = view.local(intent.node);
  let there = await lookQuietly(files, intent.to);
  let here = await lookQuietly(files, intent.from);
  if (there === 'unknown' || here === 'unknown') return;
  const isDone = there !== null && isSame(there.identity, intent.identity);
  const folder = nodeAt(view, parentOf(intent.to));
  const isParked = nameOf(intent.to).startsWith(PARKED_PREFIX);
  // of a file somebody may have taken the one of its two names
  const staysOpen = isBeforeScan === true && row?.kind === 'file' && !isParked;
  if (there === null || !isDone || row === null || folder === null) {
    if (!staysOpen) state.endIntent(number);
    return;
  }
  if (here !== null && here.identity === intent.identity && here.kind === 'file') {
    const seen = await takeOldName(intent.from, intent.to, here, files);
    if (seen === null) {
      state.endIntent(number); // somebody is at work on it: the scan sees the second name as a new file, nothing is lost
      return;
    }
    [there, here] = [seen, null];
  }
  // under either of its names somebody may have written to it since: what it holds is read again
  const isFile = there.kind === 'file';
  if (isParked && here === null) {
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
  const base = intent.conflict
    ? baseWithoutFile(view, intent.entry)
    : baseThere(view, intent.entry, folder, nameOf(intent.to));
  state.record({ changes: [moved, ...base], ...(staysOpen ? {} : { endIntent: number }) });
  log.info('rename of an earlier run was already done', { from: intent.from, to: intent.to });
}

/** Where the host has it under this name there too, as what was followed, both sides agree on the place. */
function baseThere(view: TreeView, entry: EntryNumber, folder: NodeNumber, localName: LocalName): readonly Change[] {
  const parent = view.local(folder)?.entry ?? null;
  const remoteName = view.remoteOf(entry)?.name;
  if (parent === null || remoteName === undefined || localNameFor(remoteName) !== localName) return [];
  return baseAfterMove(view, entry, { parent, localName, remoteName }, 'local');
}

/** A file is renamed by giving it the new name and then taking the old one away; a run can end in between. */
export async function takeOldName(
  from: RelPath,
  to: RelPath,
  { stamp, identity }: Pick<LocalSeen, 'stamp' | 'identity'>,
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

/** The very file: no two have one identity, where the disk tells when they were made. */
function isSame(identity: Identity, other: Identity): boolean {
  return identity !== '' && identity === other;
}

/** `null`: somebody is at work on it. */
export async function contentNow(path: RelPath, stamp: Stamp, files: Pick<LocalFiles, 'hash'>): Promise<Md5 | null> {
  try {
    return await files.hash(path, stamp);
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing', 'local/unreadable', 'local/special')) return null;
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

/**
 * Unreadable is not gone, nor is what lies behind a link that stands where a folder on the way was: what cannot be looked at is settled by a
 * later run, and the scan says what is wrong.
 */
async function lookQuietly(files: Pick<LocalFiles, 'look'>, path: RelPath): Promise<LocalSeen | null | 'unknown'> {
  try {
    return await files.look(path);
  } catch (error) {
    if (error instanceof SyncError && error.disposition === 'skip') return 'unknown';
    throw error;
  }
}
