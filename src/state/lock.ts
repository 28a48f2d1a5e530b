/**
 * One process per state directory. The lock is the operating system's, on a file that holds nothing: it ends with the
 * process, however that ends, so none is ever left behind. Who has it stands in a file beside it, for people only.
 */
import { SyncError, hasCode } from '../errors.ts';
import type { Disk } from '../ports.ts';
import { openExclusively } from './database.ts';
import { readHolder } from './schema.ts';
import type { LockHolder } from './schema.ts';

export interface Lock {
  /** May be called twice. */
  release(): void;
}

/**
 * Takes the lock at `path` for this process, or throws `state/locked` at once, naming the holder; a holder that is
 * stopped (SIGSTOP) still has it. `state/unwritable` when the lock's folder cannot be written.
 *
 * No one may open the lock's file by other means: to close any handle on it would give up the lock of this process.
 * RACE: between taking the lock and writing down who did, a second process can read who had it before. It is then told
 * an outdated name, and stays out all the same.
 */
export async function takeLock(
  path: string,
  holder: LockHolder,
  disk: Pick<Disk, 'readFile' | 'writeFileAtomic'>,
): Promise<Lock> {
  const beside = `${path}.holder`;
  const lock = await openOrTell(path, beside, disk);
  try {
    await disk.writeFileAtomic(beside, `${JSON.stringify(holder)}\n`, 0o600);
  } catch (cause) {
    // On a full disk who has the lock is not written down, so that what fills it can be taken away.
    if (isFull(cause)) return { release: () => lock.close() };
    lock.close();
    throw new SyncError('state/unwritable', { path: beside, cause });
  }
  return { release: () => lock.close() };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Who has the lock at `path` now; `null`: nobody. */
export async function whoHasLock(path: string, disk: Pick<Disk, 'readFile'>): Promise<string | null> {
  try {
    (await openOrTell(path, `${path}.holder`, disk)).close();
    return null;
  } catch (error) {
    if (hasCode(error, 'state/locked')) return error.detail ?? 'somebody';
    throw error;
  }
}

async function openOrTell(path: string, beside: string, disk: Pick<Disk, 'readFile'>): Promise<{ close(): void }> {
  try {
    return openExclusively(path);
  } catch (cause) {
    if (!hasCode(cause, 'state/locked')) throw cause;
    throw new SyncError('state/locked', { path, detail: await whoHolds(beside, disk), cause });
  }
}

async function whoHolds(beside: string, disk: Pick<Disk, 'readFile'>): Promise<string> {
  try {
    const text = new TextDecoder().decode(await disk.readFile(beside));
    const { pid, command } = readHolder(text);
    return `process ${pid}: ${command}`;
  } catch {
    // The lock itself says enough to stop; its holder may not have come to writing down who it is.
    return 'by a process that is not known';
  }
}
