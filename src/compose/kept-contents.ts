/** Contents that are kept on this computer, found by their MD5: in the trash of the pair's folder, or in another file of it. */
import type { LocalSeen, Md5 } from '../core/entry.ts';
import type { RelPath } from '../core/path.ts';
import type { Content } from '../core/undo.ts';
import { localPath } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Keeper } from '../local/own-folder.ts';
import { hashTrashed, listTrash, restoreFromTrash } from '../local/trash.ts';
import type { LocalFiles, PairState } from '../ports.ts';
import { createHasher } from '../system/hasher.ts';

export interface KeptContents {
  /** Whether it is kept. Reads files of that size to learn what they hold, each once. */
  has(content: Content): Promise<boolean>;
  /** Puts it where nothing is; out of the trash, or as a copy. Rejects with `local/missing` if it is not kept any more, `local/occupied`. */
  putAt(path: RelPath, content: Content): Promise<LocalSeen>;
  /** Back from the trash to where it was. */
  putBack(trashPath: RelPath): Promise<void>;
}

interface Trashed {
  readonly trashPath: RelPath;
  readonly size: number;
  /** `null`: not read yet. */
  md5: Md5 | null;
}

export function keptContents(
  keeper: Keeper,
  files: LocalFiles,
  { view, fileOnHost }: Pick<PairState, 'view' | 'fileOnHost'>,
  signal: AbortSignal,
): KeptContents {
  let trash: Trashed[] | null = null;
  const restored = new Map<Md5, RelPath>();

  const inTrash = async ({ md5, size }: Content): Promise<Trashed | null> => {
    trash ??= (await listTrash(keeper)).map((entry) => ({ ...entry, md5: null }));
    for (const one of trash) {
      if (one.size !== size) continue;
      one.md5 ??= await hashTrashed(keeper, one.trashPath, createHasher, signal);
      if (one.md5 === md5) return one;
    }
    return null;
  };
  const inFolder = ({ md5, size }: Content): RelPath | null => {
    const again = restored.get(md5);
    if (again !== undefined) return again;
    const entry = fileOnHost(size, md5)?.entry ?? null;
    const row = entry === null ? null : view.localOf(entry);
    return row !== null && row.md5 === md5 ? localPath(view, row.node) : null;
  };
  const copy = async (from: RelPath, to: RelPath, { remoteId, size, md5 }: Content): Promise<LocalSeen> => {
    const seen = await files.look(from);
    if (seen === null) throw new SyncError('local/missing', { path: from });
    const read = await files.read(from, seen.stamp);
    const arrival = await files.receive(remoteId, size);
    try {
      await arrival.restart();
      for await (const part of read.content) await arrival.write(part);
      const came = await arrival.finish();
      if (came.md5 !== md5) throw new SyncError('local/changed', { path: from });
      return (await arrival.place(to, null)).seen;
    } catch (error) {
      await arrival.abandon(false);
      throw error;
    } finally {
      await read.close();
    }
  };

  return {
    has: async (content) => inFolder(content) !== null || (await inTrash(content)) !== null,
    async putAt(path, content) {
      const kept = await inTrash(content);
      if (kept !== null) {
        const { seen } = await restoreFromTrash(keeper, kept.trashPath, path);
        trash = (trash ?? []).filter((one) => one !== kept);
        restored.set(content.md5, path);
        return seen;
      }
      const other = inFolder(content);
      if (other === null) throw new SyncError('local/missing', { path, detail: 'its content is not kept any more' });
      return copy(other, path, content);
    },
    async putBack(trashPath) {
      await restoreFromTrash(keeper, trashPath);
    },
  };
}
