/** A file whose content is held in memory: read once, hashed, and sent from there. */
import type { Md5 } from '../core/entry.ts';
import type { LocalRead } from '../ports.ts';

/**
 * Reads `file` to its end. What is returned in `read` gives the same bytes again, and says at its end whether the file on the disk is still the
 * one that they belong to. Rejects as `finish` does; then the file is closed.
 */
export async function readWhole(file: LocalRead): Promise<{ readonly md5: Md5; readonly read: LocalRead }> {
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of file.content) pieces.push(piece);
    const md5 = await file.finish();
    const content = {
      async *[Symbol.asyncIterator]() {
        yield* pieces;
      },
    };
    return { md5, read: { size: file.size, content, finish: () => file.finish(), close: () => file.close() } };
  } catch (error) {
    await file.close();
    throw error;
  }
}
