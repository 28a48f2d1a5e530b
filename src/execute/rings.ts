/**
 * Rings of folders on the host. It does not check where a folder goes, so two computers that move two folders into each other at the same
 * moment take both out of every listing, with all that is in them. That looks like a removal, and is none: by its id each folder is still found.
 *
 * Every folder that is missing is asked for, once, before anything is decided about it. All computers open a ring alike: the folder with the
 * lowest id goes to the pair's own folder, or less far up where a rule leaves it out there. The others, and what is in them, come to light with it.
 */
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { BaseEntry, EntryKind, RemoteId } from '../core/entry.ts';
import { isElder } from '../core/item.ts';
import { joinPath, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { Steps } from '../core/steps.ts';
import { basePath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, PairState, Remote } from '../ports.ts';
import type { Asked } from './asked.ts';
import { inSlices } from './in-slices.ts';

export interface RingContext {
  readonly state: PairState;
  /** The state's, or a part of it. */
  readonly view: TreeView;
  readonly asked: Asked;
  readonly remote: Pick<Remote, 'folderInfo' | 'editFolder'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly isIgnored: (path: RelPath, kind: EntryKind) => boolean;
  /** Called before the first change. */
  readonly beforeChanges: () => Promise<void>;
}

/** Opens the rings that missing folders are in; true if there was one: then everything is to be listed anew. */
export async function openRings(context: RingContext): Promise<boolean> {
  const { state, view, asked, remote, clock, log, signal, beforeChanges } = context;
  const pairFolder = view.remoteOf(ROOT_ENTRY)?.id;
  let isAnyOpened = false;
  for (const base of await inSlices(view, () => missingFolders(view), { clock, signal })) {
    if (pairFolder === undefined || !asked.isDue(base.remoteId)) continue;
    const ring = await findRing(base.remoteId, context);
    const lowest = [...ring].sort((a, b) => (isElder(a, b) ? -1 : 1))[0];
    if (lowest === undefined) continue;
    await beforeChanges();
    const parent = homeOf(lowest, pairFolder, context);
    const after = await remote.editFolder(lowest, { parent }, { signal });
    log.info('ring of folders opened on the host', { folders: ring.size });
    if (after.parent !== parent) continue; // the host did not do it: the folders stay missing, and stay here
    state.record({ changes: [], history: lineOf(view, lowest, ring.size, clock.now()) });
    isAnyOpened = true;
  }
  return isAnyOpened;
}

/** The pair's own folder, or where a rule leaves it out there the nearest folder above its old place in which none does. */
function homeOf(folder: RemoteId, pairFolder: RemoteId, { view, isIgnored }: RingContext): RemoteId {
  const base = view.baseOfRemote(folder);
  if (base === null || !isIgnored(joinPath(ROOT, base.localName), 'folder')) return pairFolder;
  for (let at = base.parent; at !== null; at = view.base(at)?.parent ?? null) {
    const home = view.remoteOf(at);
    if (home === null || home.absentSince !== null) continue;
    if (!isIgnored(joinPath(basePath(view, at), base.localName), 'folder')) return home.id;
  }
  return pairFolder;
}

/** Folders of base that the host does not list any more, without those that stood in one of them. */
function* missingFolders(view: TreeView): Steps<readonly BaseEntry[]> {
  const missing: BaseEntry[] = [];
  for (const base of view.openEntries()) {
    yield;
    const { entry, kind, parent } = base;
    if (kind !== 'folder' || parent === null) continue;
    if (view.remoteOf(entry) === null && view.remoteOf(parent) !== null) missing.push(base);
  }
  return missing;
}

/** The folders that lead back to themselves, from `start` upwards; empty where the way leads out, or the folder is gone. */
async function findRing(
  start: RemoteId,
  { state, asked, remote, signal }: RingContext,
): Promise<ReadonlySet<RemoteId>> {
  const way: RemoteId[] = [];
  for (let at: RemoteId | null = start; at !== null && at !== ACCOUNT_ROOT && state.view.remote(at) === null;) {
    const before = way.indexOf(at);
    if (before >= 0) return new Set(way.slice(before));
    way.push(at);
    asked.isDue(at);
    at = await parentOf(at, remote, signal);
  }
  return new Set();
}

/** `null` also where the host cannot say: many answer with an error page about what is gone. Its files are asked for before it goes. */
async function parentOf(
  folder: RemoteId,
  remote: RingContext['remote'],
  signal: AbortSignal,
): Promise<RemoteId | null> {
  try {
    return (await remote.folderInfo(folder, { signal }))?.parent ?? null;
  } catch (error) {
    if (error instanceof SyncError && error.disposition !== 'halt') return null;
    throw error;
  }
}

function lineOf(
  view: TreeView,
  id: RemoteId,
  folders: number,
  atMs: number,
): NonNullable<Parameters<PairState['record']>[0]['history']> {
  const base = view.baseOfRemote(id);
  return {
    atMs,
    kind: 'move',
    side: 'remote',
    path: base === null ? ROOT : basePath(view, base.entry),
    reason:
      'folders were moved into each other on the host and could not be reached any more: the oldest comes to the top',
    facts: { id, folders },
  };
}
