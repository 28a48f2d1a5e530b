/** Where the state of a pair lies. Its place on this computer is no part of the name: a folder may move. */
import type { Config, Pair } from '../config/config.ts';
import { SyncError } from '../errors.ts';
import type { Disk } from '../ports.ts';
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

export async function isThere(path: string, disk: Disk): Promise<boolean> {
  try {
    await disk.lstat(path);
    return true;
  } catch {
    return false; // whatever the reason: then it cannot be opened either
  }
}

/** Throws `state/unwritable`. */
export async function makeStateDir(path: string, disk: Disk): Promise<void> {
  try {
    await disk.mkdirAll(path, 0o700);
  } catch (cause) {
    throw new SyncError('state/unwritable', { path, cause });
  }
}
