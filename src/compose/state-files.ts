/** Where the state of a pair lies. Its place on this computer is no part of the name: a folder may move. */
import type { Config, Pair } from '../config/config.ts';
import { SyncError } from '../errors.ts';
import { errnoOf, isErrno } from '../local/disk-errors.ts';
import type { Disk, DiskStat } from '../ports.ts';
import { shortDigest } from '../system/hasher.ts';

/** What marker and state call the pair: one folder of one host. */
export function pairIdOf(pair: Pair, config: Config): string {
  return shortDigest(`${config.host.identity}\n${pair.remote}`);
}

export function stateFileOf(pair: Pair, config: Config): string {
  return `${config.stateDir}/${pairIdOf(pair, config)}/state.db`;
}

export function lockFileOf(config: Config): string {
  return `${config.stateDir}/lock.db`;
}

export async function isThere(path: string, disk: Pick<Disk, 'lstat'>): Promise<boolean> {
  try {
    await disk.lstat(path);
    return true;
  } catch {
    return false; // whatever the reason: then it cannot be opened either
  }
}

async function typeAt(path: string, disk: Pick<Disk, 'lstat'>): Promise<DiskStat['type'] | null> {
  try {
    return (await disk.lstat(path)).type;
  } catch {
    return null; // not there, or out of reach: then it cannot be used either
  }
}

/** Throws `state/no-place` where there never can be such a folder, `state/unwritable` where it may work another time. */
export async function makeStateDir(path: string, disk: Disk): Promise<void> {
  try {
    await disk.mkdirAll(path, 0o700);
  } catch (cause) {
    const detail = errnoOf(cause);
    if (detail === null) throw cause;
    const isNoPlace = isErrno(cause, 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG');
    // What stands there as a folder once could be made.
    const wasMade = (await typeAt(path, disk)) === 'folder';
    throw new SyncError(isNoPlace && !wasMade ? 'state/no-place' : 'state/unwritable', { path, detail, cause });
  }
}

/**
 * A state that was opened while its file was read-only leaves two files beside it that are read-only for ever, which keep it from being
 * opened again once it may be written. They become writable with it. Only before this process has opened the state: closing another
 * handle would give up its locks.
 */
export async function makeSidecarsWritable(path: string, disk: Disk): Promise<void> {
  const modeOf = async (file: string): Promise<number | null> => {
    try {
      return (await disk.lstat(file)).mode;
    } catch {
      return null; // not there, or out of reach: what is wrong then, the opening says
    }
  };
  const mode = await modeOf(path);
  if (mode === null || (mode & OWNER_WRITES) === 0) return;
  for (const file of [`${path}-shm`, `${path}-wal`]) {
    const own = await modeOf(file);
    if (own === null || (own & OWNER_WRITES) !== 0) continue;
    try {
      const open = await disk.open(file, 'read');
      await open.chmod(own | OWNER_WRITES).finally(() => open.close());
    } catch {
      // somebody else's file: the opening says so
    }
  }
}

const OWNER_WRITES = 0o200;
