/**
 * Looking at the person's files, and reading them. A file is read through one open descriptor and looked at before and
 * after: what was read is the content that belongs to the stamp, or it is `local/changed`.
 */
import type { LocalSeen, Md5, Stamp } from '../core/entry.ts';
import { ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { DiskFile, Hasher, LocalRead } from '../ports.ts';
import { isMissing, localError } from './disk-errors.ts';
import { atPlace, inFolder } from './places.ts';
import type { Root } from './places.ts';
import { seenOf } from './seen.ts';

/** MD5 of so much takes some 2 ms, in which nothing else runs. */
const chunkBytes = 1024 * 1024;

export interface Reading extends Root {
  readonly createHasher: () => Hasher;
}

/** `null`: nothing is there. */
export async function look(at: Root, path: RelPath): Promise<LocalSeen | null> {
  try {
    if (path === ROOT) return seenOf(await at.disk.lstat(at.root));
    return seenOf(await atPlace(at, path, (place) => at.disk.lstat(place)));
  } catch (error) {
    if (isMissing(error)) return null;
    throw localError(error, path, 'read');
  }
}

export async function namesIn(at: Root, path: RelPath): Promise<readonly string[]> {
  try {
    return await inFolder(at, path, (folder) => at.disk.readdir(folder));
  } catch (error) {
    throw localError(error, path, 'read');
  }
}

export async function hashFile(at: Reading, path: RelPath, stamp: Stamp, signal?: AbortSignal): Promise<Md5> {
  const read = await openToRead(at, path, stamp);
  try {
    for await (const _chunk of read.content) if (signal?.aborted === true) throw new SyncError('stopped');
    return await read.finish();
  } finally {
    await read.close();
  }
}

export async function openToRead(at: Reading, path: RelPath, stamp: Stamp): Promise<LocalRead> {
  let file: DiskFile;
  try {
    file = await atPlace(at, path, (place) => at.disk.open(place, 'read'));
  } catch (error) {
    throw localError(error, path, 'read');
  }
  const read = new OpenFile(file, path, at.createHasher());
  try {
    await read.mustHave(stamp);
    return read;
  } catch (error) {
    await read.close();
    throw error;
  }
}

class OpenFile implements LocalRead {
  readonly #file: DiskFile;
  readonly #path: RelPath;
  readonly #hasher: Hasher;
  #stamp = '' as Stamp;
  #size = 0;
  #position = 0;
  #md5: Md5 | null = null;
  #closed = false;

  constructor(file: DiskFile, path: RelPath, hasher: Hasher) {
    this.#file = file;
    this.#path = path;
    this.#hasher = hasher;
  }

  get size(): number {
    return this.#size;
  }

  async mustHave(stamp: Stamp): Promise<void> {
    const seen = seenOf(await this.#told(this.#file.stat()));
    if (seen.stamp !== stamp) throw this.#changed();
    this.#stamp = stamp;
    this.#size = seen.size;
  }

  /** Never more than the size at the start: what is appended meanwhile belongs to the next version. */
  readonly content: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => this.#chunks() };

  async *#chunks(): AsyncGenerator<Uint8Array> {
    while (this.#position < this.#size) {
      // Afresh each time: the receiver may still hold the chunk before.
      const buffer = new Uint8Array(Math.min(chunkBytes, this.#size - this.#position));
      const count = await this.#told(this.#file.read(buffer, this.#position));
      if (count === 0) throw this.#changed();
      const chunk = count === buffer.length ? buffer : buffer.subarray(0, count);
      this.#hasher.update(chunk);
      this.#position += count;
      yield chunk;
    }
  }

  /** A rename, a new name or a replacement shows too: each moves ctime. */
  async finish(): Promise<Md5> {
    if (this.#position !== this.#size) throw new SyncError('bug', { path: this.#path, detail: 'not read to its end' });
    const { stamp } = seenOf(await this.#told(this.#file.stat()));
    if (stamp !== this.#stamp) throw this.#changed();
    this.#md5 ??= this.#hasher.digest();
    return this.#md5;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }

  #changed(): SyncError {
    return new SyncError('local/changed', { path: this.#path });
  }

  async #told<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw localError(error, this.#path, 'read');
    }
  }
}
