/** A damaged state is kept for a closer look, out of the way of the new one that begins in its place. */
import type { Clock, Disk } from '../ports.ts';

/** SQLite finds a database's other files by its name, so they keep their endings behind the new one. */
const endings = ['', '-wal', '-shm', '-journal'];

/**
 * Renames the database at `path`, closed by everyone, and the files that belong to it to `<path>.damaged-<time>…`.
 * Returns the new path. Fails with Node's `ErrnoException`.
 */
export async function setAside(
  path: string,
  { disk, clock }: { readonly disk: Pick<Disk, 'rename'>; readonly clock: Clock },
): Promise<string> {
  const time = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${path}.damaged-${time}`;
  for (const ending of endings) {
    try {
      await disk.rename(path + ending, aside + ending);
    } catch (error) {
      if (!isMissing(error)) throw error; // Only the first of them must exist, and even that one can be gone by now.
    }
  }
  return aside;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
