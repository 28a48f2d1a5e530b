/**
 * Where the trash lies on another file system (somebody mounted it there) a file cannot be moved: it is copied, synced
 * and read back, and only then the original goes.
 */
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { DiskFile, DiskStat, Hasher } from '../ports.ts';
import { mustBe, statOfSync } from './names-on-disk.ts';
import type { Keeper } from './own-folder.ts';
import type { Reading } from './reading.ts';
import { sameContentAs } from './seen.ts';

const chunkBytes = 1024 * 1024;

/**
 * RACE: between the last look and `unlink` the original can be exchanged for a newer file, which would go uncopied: some
 * 10 µs, and only where the trash is mounted from elsewhere. To take the name aside first, there is no place on this file system
 * that is ours.
 */
export async function copyAcross(
  at: Keeper & Reading,
  path: RelPath,
  place: string,
  before: DiskStat,
  copy: string,
): Promise<void> {
  const source = await at.disk.open(place, 'read');
  try {
    mustBe(sameContentAs(await source.stat(), before), path);
    const target = await at.disk.open(copy, 'create');
    try {
      const written = await pour(source, at.createHasher(), (chunk, position) => target.write(chunk, position));
      await target.sync();
      const kept = await pour(target, at.createHasher(), async () => undefined);
      if (kept !== written) throw new SyncError('local/io', { path, detail: 'the copy differs' });
    } finally {
      await target.close();
    }
    mustBe(sameContentAs(await source.stat(), before), path);
    const last = statOfSync(at.disk, place);
    mustBe(last !== null && sameContentAs(last, before), path);
    await at.disk.unlink(place);
  } catch (error) {
    await at.disk.unlink(copy).catch(() => undefined); // the original is in its place
    throw error;
  } finally {
    await source.close();
  }
}

async function pour(
  file: DiskFile,
  hasher: Hasher,
  into: (chunk: Uint8Array, position: number) => Promise<void>,
): Promise<string> {
  const buffer = new Uint8Array(chunkBytes);
  for (let position = 0; ;) {
    const count = await file.read(buffer, position);
    if (count === 0) return hasher.digest();
    const chunk = buffer.subarray(0, count);
    hasher.update(chunk);
    await into(chunk, position);
    position += count;
  }
}
