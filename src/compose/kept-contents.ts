/** Contents that are kept on this computer, found by their MD5: in the trash of the pair's folder, or in another file of it. */
import type { Md5, Stamp } from '../core/entry.ts';
import type { RelPath } from '../core/path.ts';
import type { Content } from '../core/undo.ts';
import { localPath } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Keeper } from '../local/own-folder.ts';
import { listTrash, readTrashed, restoreFromTrash } from '../local/trash.ts';
import type { TrashEntry } from '../local/trash.ts';
import type { Arrival, LocalFiles, PairState, TrashedFile } from '../ports.ts';
import { createHasher } from '../system/hasher.ts';

export interface KeptContents {
  /** Whether it is kept. Reads files of that size to learn what they hold, each once. */
  has(content: Content): Promise<boolean>;
  /** Puts it where nothing is; out of the trash, or as a copy. Rejects with `local/missing` if it is not kept any more, `local/occupied`. */
  putAt(path: RelPath, content: Content): Promise<void>;
  /** Puts a copy of it in the place of what is there, in one step; that goes to the trash. Rejects likewise, with `local/changed` if it is another file. */
  putOver(path: RelPath, content: Content, over: { readonly stamp: Stamp; readonly why: string }): Promise<TrashedFile>;
}

export function keptContents(
  keeper: Keeper,
  files: LocalFiles,
  { view, fileOnHost }: Pick<PairState, 'view' | 'fileOnHost'>,
  signal: AbortSignal,
): KeptContents {
  let trash: readonly TrashEntry[] | null = null;
  const read = new Map<RelPath, Md5>();
  const restored = new Map<Md5, RelPath>();

  const md5Of = async (trashPath: RelPath): Promise<Md5> => {
    const known = read.get(trashPath);
    if (known !== undefined) return known;
    const hasher = createHasher();
    await readTrashed(keeper, trashPath, (part) => hasher.update(part), signal);
    const md5 = hasher.digest();
    read.set(trashPath, md5);
    return md5;
  };
  const inTrash = async ({ md5, size }: Content): Promise<RelPath | null> => {
    trash ??= await listTrash(keeper);
    for (const one of trash) if (one.size === size && (await md5Of(one.trashPath)) === md5) return one.trashPath;
    return null;
  };
  const inFolder = async ({ md5, size }: Content): Promise<RelPath | null> => {
    const entry = fileOnHost(size, md5)?.entry ?? null;
    const row = entry === null ? null : view.localOf(entry);
    const path = restored.get(md5) ?? (row !== null && row.md5 === md5 ? localPath(view, row.node) : null);
    return path !== null && (await files.look(path)) !== null ? path : null;
  };
  const find = async (content: Content): Promise<Source | null> => {
    const kept = await inTrash(content);
    if (kept !== null) return { kind: 'trash', path: kept };
    const other = await inFolder(content);
    if (other !== null) return { kind: 'file', path: other };
    trash = null; // it may have gone there a moment ago
    const late = await inTrash(content);
    return late === null ? null : { kind: 'trash', path: late };
  };
  const found = async (content: Content, path: RelPath): Promise<Source> => {
    const source = await find(content);
    if (source === null) throw new SyncError('local/missing', { path, detail: 'its content is not kept any more' });
    return source;
  };
  /** The bytes of it, out of sight as yet. */
  const copied = async (source: Source, { remoteId, size, md5 }: Content): Promise<Arrival> => {
    const arrival = await files.receive(remoteId, size);
    try {
      await arrival.restart();
      if (source.kind === 'trash') await readTrashed(keeper, source.path, (part) => arrival.write(part), signal);
      else await eachPart(files, source.path, (part) => arrival.write(part));
      if ((await arrival.finish()).md5 !== md5) throw new SyncError('local/changed', { path: source.path });
      return arrival;
    } catch (error) {
      await arrival.abandon(false);
      throw error;
    }
  };
  const placed = async (arrival: Arrival, path: RelPath, over: Parameters<Arrival['place']>[1]) => {
    try {
      return await arrival.place(path, over);
    } catch (error) {
      await arrival.abandon(false);
      throw error;
    }
  };

  return {
    has: async (content) => (await find(content)) !== null,
    async putAt(path, content) {
      const source = await found(content, path);
      if (source.kind === 'file') {
        await placed(await copied(source, content), path, null);
        return;
      }
      await restoreFromTrash(keeper, source.path, path);
      trash = (trash ?? []).filter(({ trashPath }) => trashPath !== source.path);
      restored.set(content.md5, path);
    },
    async putOver(path, content, { stamp, why }) {
      const arrival = await copied(await found(content, path), content);
      const { trashed } = await placed(arrival, path, { stamp, md5: null, why });
      if (trashed === null) throw new SyncError('bug', { path, detail: 'what was replaced is not in the trash' });
      return trashed;
    },
  };
}

interface Source {
  readonly kind: 'trash' | 'file';
  readonly path: RelPath;
}

async function eachPart(files: LocalFiles, path: RelPath, each: (part: Uint8Array) => Promise<void>): Promise<void> {
  const seen = await files.look(path);
  if (seen === null) throw new SyncError('local/missing', { path });
  const read = await files.read(path, seen.stamp);
  try {
    for await (const part of read.content) await each(part);
  } finally {
    await read.close();
  }
}
