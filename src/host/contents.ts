/**
 * Contents, each kept once by its MD5 with a count of the files that use it. Up to 64 KiB a content lives in the
 * database, larger ones in files below `contents/`, fanned out by the first two digits.
 *
 * A content file is written under a temporary name, synced and renamed before any row names it; so a row always has its
 * bytes, and whatever a crash leaves without a row is swept away at the next start.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SyncError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { blobOrNull, integer, syncFolder, text, type Database } from './database.ts';

const SMALL_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;

/** A content that has arrived whole. `release` must be called at last, whether a file came to use it or not. */
export interface Arrived {
  readonly md5: string;
  readonly size: number;
  /** Adds one use; inside a change. */
  keep(): void;
  release(): void;
}

/** Where arriving bytes go. Ends in exactly one of `finish` and `abandon`. */
export interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<Arrived>;
  abandon(): Promise<void>;
}

export interface OpenContent {
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`. Closes the content at its end or on `return`; read it once. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Where large contents lie. */
interface Shelf {
  receive(): LargeSink;
  open(md5: string): Promise<OpenContent>;
  has(md5: string): boolean;
  remove(md5: string): void;
}

interface LargeSink {
  write(chunk: Uint8Array): Promise<void>;
  /** Puts the bytes in their place, on the disk. */
  place(md5: string): Promise<void>;
  abandon(): Promise<void>;
}

export class Contents {
  readonly #database: Database;
  readonly #shelf: Shelf;
  /** Contents that have arrived and may not have a row yet: their bytes must not be swept away. */
  readonly #landing = new Map<string, number>();

  /** `folder` undefined keeps everything in memory. Sweeps away what an earlier crash left. */
  constructor(database: Database, folder: string | undefined, random: Random) {
    this.#database = database;
    this.#shelf =
      folder === undefined ? new MemoryShelf() : new FolderShelf(folder, random, (md5) => this.#isKnown(md5));
  }

  receive(): Sink {
    const hash = createHash('md5');
    const small: Uint8Array[] = [];
    let size = 0;
    let large: LargeSink | undefined;
    const write = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      size += chunk.length;
      if (large !== undefined) return large.write(chunk);
      small.push(chunk);
      if (size <= SMALL_BYTES) return;
      large = this.#shelf.receive();
      for (const piece of small.splice(0)) await large.write(piece);
    };
    return {
      write,
      finish: () => this.#finish(hash, size, large, small),
      abandon: async () => large?.abandon(),
    };
  }

  async #finish(
    hash: Hash,
    size: number,
    large: LargeSink | undefined,
    small: readonly Uint8Array[],
  ): Promise<Arrived> {
    const md5 = hash.digest('hex');
    this.#landing.set(md5, (this.#landing.get(md5) ?? 0) + 1);
    try {
      if (large !== undefined) {
        if (this.#isKnown(md5)) await large.abandon();
        else await large.place(md5);
      }
    } catch (error) {
      await large?.abandon();
      this.#landed(md5);
      throw error;
    }
    const body = large === undefined ? (small.length === 1 ? small[0] : Buffer.concat(small)) : undefined;
    let released = false;
    return {
      md5,
      size,
      keep: () => this.#keep(md5, size, body ?? null),
      release: () => {
        if (!released) this.#landed(md5);
        released = true;
      },
    };
  }

  #landed(md5: string): void {
    const others = (this.#landing.get(md5) ?? 1) - 1;
    if (others > 0) this.#landing.set(md5, others);
    else this.#landing.delete(md5);
    this.sweep(md5);
  }

  #keep(md5: string, size: number, body: Uint8Array | null): void {
    this.#database.run(
      'INSERT INTO contents (md5, size, uses, body) VALUES (?, ?, 1, ?) ON CONFLICT (md5) DO UPDATE SET uses = uses + 1',
      md5,
      size,
      body,
    );
  }

  /** One more use of a content that is there; inside a change. */
  share(md5: string): void {
    this.#database.run('UPDATE contents SET uses = uses + 1 WHERE md5 = ?', md5);
  }

  /** One use less; inside a change. Call `sweep` once the change is durable. */
  drop(md5: string): void {
    this.#database.run('UPDATE contents SET uses = uses - 1 WHERE md5 = ?', md5);
    this.#database.run('DELETE FROM contents WHERE md5 = ? AND uses <= 0', md5);
  }

  /** Removes the bytes of a content that no row names and that is not about to get one. */
  sweep(md5: string): void {
    if (!this.#landing.has(md5) && this.#shelf.has(md5) && !this.#isKnown(md5)) this.#shelf.remove(md5);
  }

  /** Opens a content for reading. Throws `state/corrupt` where a row or its bytes are missing. */
  async open(md5: string): Promise<OpenContent> {
    const row = this.#database.get('SELECT size, body FROM contents WHERE md5 = ?', md5);
    if (row === undefined) throw new SyncError('state/corrupt', { detail: `content ${md5} is missing` });
    const body = blobOrNull(row, 'body');
    if (body === null) return this.#shelf.open(md5);
    return {
      size: integer(row, 'size'),
      async *read(start, end) {
        yield body.subarray(start, end);
      },
      close: async () => undefined,
    };
  }

  /** The MD5s of contents that have neither a body in the database nor bytes on the shelf, or a wrong count of uses. */
  faults(): readonly string[] {
    const rows = this.#database.all(
      `SELECT contents.md5 AS md5, uses, body IS NULL AS large, COALESCE(files, 0) AS files
       FROM contents LEFT JOIN (SELECT md5, COUNT(*) AS files FROM files GROUP BY md5) AS used ON used.md5 = contents.md5`,
    );
    return rows
      .filter((row) => {
        const isThere = integer(row, 'large') === 0 || this.#shelf.has(text(row, 'md5'));
        return !isThere || integer(row, 'uses') !== integer(row, 'files');
      })
      .map((row) => text(row, 'md5'));
  }

  #isKnown(md5: string): boolean {
    return this.#database.get('SELECT 1 FROM contents WHERE md5 = ?', md5) !== undefined;
  }
}

class MemoryShelf implements Shelf {
  readonly #kept = new Map<string, Buffer>();

  receive(): LargeSink {
    const pieces: Uint8Array[] = [];
    return {
      write: async (chunk) => void pieces.push(chunk),
      place: async (md5) => void this.#kept.set(md5, Buffer.concat(pieces)),
      abandon: async () => void pieces.splice(0),
    };
  }

  async open(md5: string): Promise<OpenContent> {
    const bytes = this.#kept.get(md5);
    if (bytes === undefined) throw new SyncError('state/corrupt', { detail: `content ${md5} is missing` });
    return {
      size: bytes.length,
      async *read(start, end) {
        for (let at = start; at < end; at += READ_BYTES) yield bytes.subarray(at, Math.min(end, at + READ_BYTES));
      },
      close: async () => undefined,
    };
  }

  has(md5: string): boolean {
    return this.#kept.has(md5);
  }

  remove(md5: string): void {
    this.#kept.delete(md5);
  }
}

class FolderShelf implements Shelf {
  readonly #folder: string;
  readonly #arriving: string;
  readonly #random: Random;
  /** What lies on the shelf; spares a look at the disk for each content that comes or goes. */
  readonly #kept = new Set<string>();

  constructor(folder: string, random: Random, isKnown: (md5: string) => boolean) {
    this.#folder = join(folder, 'contents');
    this.#arriving = join(folder, 'arriving');
    this.#random = random;
    // What lies in `arriving` belongs to uploads that a crash cut off: nobody was told that they are kept.
    rmSync(this.#arriving, { recursive: true, force: true });
    for (const path of [this.#arriving, this.#folder]) mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolder(folder);
    for (const fan of readdirSync(this.#folder)) {
      for (const md5 of readdirSync(join(this.#folder, fan))) {
        if (isKnown(md5)) this.#kept.add(md5);
        else unlinkSync(join(this.#folder, fan, md5));
      }
    }
  }

  receive(): LargeSink {
    const path = join(this.#arriving, this.#random.hex(16));
    const opened = open(path, 'wx', 0o600);
    opened.catch(() => undefined); // `write` and `place` report it
    let written = 0;
    return {
      write: async (chunk) => {
        const file = await opened;
        await writeAll(file, chunk, written);
        written += chunk.length;
      },
      place: async (md5) => {
        const file = await opened;
        await file.sync();
        await file.close();
        const target = this.#pathOf(md5);
        const made = await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        if (made !== undefined) await syncEntries(this.#folder);
        await rename(path, target);
        await syncEntries(dirname(target));
        this.#kept.add(md5);
      },
      abandon: async () => {
        const file = await opened.catch(() => undefined); // nothing to close where it never opened
        await file?.close();
        rmSync(path, { force: true });
      },
    };
  }

  async open(md5: string): Promise<OpenContent> {
    const file = await open(this.#pathOf(md5), 'r');
    const { size } = await file.stat();
    return {
      size,
      async *read(start, end) {
        try {
          for (let at = start; at < end;) {
            const { bytesRead, buffer } = await file.read(
              Buffer.allocUnsafe(Math.min(READ_BYTES, end - at)),
              0,
              null,
              at,
            );
            if (bytesRead === 0) throw new SyncError('state/corrupt', { detail: `content ${md5} is cut short` });
            at += bytesRead;
            yield buffer.subarray(0, bytesRead);
          }
        } finally {
          await file.close();
        }
      },
      close: () => file.close(),
    };
  }

  has(md5: string): boolean {
    return this.#kept.has(md5);
  }

  remove(md5: string): void {
    rmSync(this.#pathOf(md5), { force: true });
    this.#kept.delete(md5);
  }

  #pathOf(md5: string): string {
    return join(this.#folder, md5.slice(0, 2), md5);
  }
}

/** As `syncFolder`, off the main thread. */
async function syncEntries(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
