/**
 * What is known of a pair is dropped: its state, and its marker in the local folder. No content is touched on either side, nor the trash in
 * `.yetisync`. The next pass of such a pair is a first sync.
 */
import type { Config, Pair } from '../config/config.ts';
import { OWN_FOLDER } from '../core/ignore.ts';
import { SyncError } from '../errors.ts';
import { removeMarker } from '../local/marker.ts';
import type { Disk } from '../ports.ts';
import { takeLock } from '../state/lock.ts';
import { realDisk } from '../system/disk.ts';
import { takeRootLock } from './root-lock.ts';
import { resolveRoot } from './roots.ts';
import { copyState } from './state-copy.ts';
import { isThere, lockFileOf, makeStateDir, pairIdOf, stateFileOf } from './state-files.ts';

export interface ForgetOptions {
  readonly config: Config;
  readonly process: { readonly pid: number; readonly command: string };
  readonly disk?: Disk;
}

/** What would be dropped of a pair. */
export interface Forgettable {
  readonly pair: Pair;
  readonly hasState: boolean;
  /** Entries on which both sides agree; `null`: the state cannot be read, or knows of no pair. */
  readonly entries: number | null;
  /** Removals that wait for a person: they will be as if they had never been. */
  readonly held: number;
}

export interface Forgotten {
  readonly pair: Pair;
  readonly hadState: boolean;
  readonly hadMarker: boolean;
}

/** Keeps every other process away while `act` decides and drops. Rejects with `state/locked` where one is at work. */
export async function withForgetting<T>(
  options: ForgetOptions,
  act: (forgetting: Forgetting) => Promise<T>,
): Promise<T> {
  const { config, disk = realDisk } = options;
  await makeStateDir(config.stateDir, disk);
  const lock = await takeLock(lockFileOf(config), options.process, disk);
  try {
    return await act({
      look: (pair) => look(pair, config, disk),
      forget: (pair) => forget(pair, { ...options, disk }),
    });
  } finally {
    lock.release();
  }
}

export interface Forgetting {
  look(pair: Pair): Promise<Forgettable>;
  forget(pair: Pair): Promise<Forgotten>;
}

async function look(pair: Pair, config: Config, disk: Disk): Promise<Forgettable> {
  const hasState = await isThere(stateFileOf(pair, config), disk);
  try {
    const state = await copyState(pair, { config, disk });
    if (state === null) return { pair, hasState, entries: null, held: 0 };
    const found = { pair, hasState, entries: state.countEntries(), held: state.heldRemovals().length };
    state.close();
    return found;
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug') throw error;
    return { pair, hasState, entries: null, held: 0 }; // damaged, or newer: it can be dropped all the same
  }
}

/** The marker first: without it a state that is left over stops its pair; without the state a marker would let it go on. */
async function forget(pair: Pair, { config, process, disk }: Required<ForgetOptions>): Promise<Forgotten> {
  const root = await resolveRoot(pair.local, disk).catch(() => null); // it may be gone, or its disk may be away
  const hadMarker = root !== null && (await dropMarker(root, pairIdOf(pair, config), process, disk));
  const hadState = await dropState(stateFileOf(pair, config), disk);
  return { pair, hadState, hadMarker };
}

async function dropMarker(root: string, pair: string, process: ForgetOptions['process'], disk: Disk): Promise<boolean> {
  if (!(await isThere(`${root}/${OWN_FOLDER}`, disk))) return false;
  // another state directory, with a lock of its own, may be at work in the same folder
  const lock = await takeRootLock(root, process, disk);
  try {
    return await removeMarker({ disk, root }, pair);
  } finally {
    lock.release();
  }
}

/** The pair's own folder below the state directory, with what was set aside there. */
async function dropState(file: string, disk: Disk): Promise<boolean> {
  const folder = file.slice(0, file.lastIndexOf('/'));
  if (!(await isThere(folder, disk))) return false;
  try {
    const names = await disk.readdir(folder);
    // the database itself goes last: until then, what is left is one that is missing its newest changes, beside no marker
    for (const name of [...names].sort((one, other) => other.length - one.length))
      await disk.unlink(`${folder}/${name}`);
    await disk.rmdir(folder);
    return names.length > 0;
  } catch (cause) {
    throw new SyncError('state/unwritable', { path: folder, cause });
  }
}
