/**
 * SQLite's own check of a state, made in a thread of its own: of a hundred thousand entries it takes a third of a second and of a million
 * some seconds, in which a daemon would hear neither its person nor the system.
 */
import { createRequire } from 'node:module';
import type { Disk } from '../ports.ts';

/** Smaller ones are checked before a thread has begun. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** Plain JavaScript, so that it is the same whatever the rest of the program is built to. */
const CHECK = `
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = require(workerData.sqlite);
const db = new Sqlite(workerData.path, { readonly: true, fileMustExist: true });
const answer = db.pragma('quick_check(1)', { simple: true });
db.close();
parentPort.postMessage(answer);
`;

export interface SoundOptions {
  readonly disk: Disk;
  readonly inThread: (code: string, data: unknown) => Promise<unknown>;
  /** From which size on a thread is worth it, in bytes. */
  readonly largeBytes?: number;
}

/**
 * Whether the database in the file `path` was found to be whole. False also where that could not be found out, or where it is small: who
 * opens it then looks itself, and says what is wrong.
 */
export async function isFoundSound(path: string, options: SoundOptions): Promise<boolean> {
  const { disk, inThread, largeBytes = LARGE_BYTES } = options;
  if ((await sizeOf(path, disk)) + (await sizeOf(`${path}-wal`, disk)) < largeBytes) return false;
  const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
  return (await inThread(CHECK, { path, sqlite })) === 'ok';
}

async function sizeOf(path: string, disk: Disk): Promise<number> {
  try {
    return (await disk.lstat(path)).size;
  } catch {
    return 0; // not there, or out of reach: what is wrong then, the opening says
  }
}
