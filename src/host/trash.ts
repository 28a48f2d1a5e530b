/**
 * The trash: what goes in with what, and how it comes out.
 *
 * A folder takes everything below it along; only its own place is taken from it (its parent becomes the root), so that it
 * can be restored whole under the old ids. A file trashed by itself loses its place and remembers it. What was trashed
 * together carries the id of the folder it went with (`trashed_with`; 0 for a file by itself).
 */
import { SyncError } from '../errors.ts';
import type { Contents } from './contents.ts';
import { integer, text, type Database } from './database.ts';
import { findFile, findFolder, ROOT, type FileRow, type FolderRow } from './rows.ts';
import { countFiles, countRestoredFolders, countTrashedFolder, placeFolder } from './sums.ts';

export interface TrashItem {
  readonly kind: 'file' | 'folder';
  readonly id: number;
  readonly name: string;
  /** Bytes; of a folder, all that was trashed with it. */
  readonly size: number;
  readonly trashedAt: number;
  /** Where it was; null for the root. */
  readonly originalParent: number | null;
}

export function trashFolder(database: Database, folder: FolderRow, now: number): void {
  // No folder is visited twice: a ring below (or through) the folder ends the walk.
  const below = `WITH RECURSIVE below (id) AS (
    SELECT ?1 UNION SELECT folders.id FROM below CROSS JOIN folders ON account_id = ?2 AND parent_id = below.id
    WHERE status = 'active')`;
  database.change(() => {
    countTrashedFolder(database, folder);
    database.run(
      `${below} UPDATE files SET status = 'trash', trashed_at = ?3, trashed_with = ?1, trashed_from = folder_id
       WHERE account_id = ?2 AND folder_id IN below AND status = 'active'`,
      folder.id,
      folder.accountId,
      now,
    );
    database.run(
      `${below} UPDATE folders SET status = 'trash', trashed_at = ?3, trashed_with = ?1, trashed_from = parent_id
       WHERE id IN below`,
      folder.id,
      folder.accountId,
      now,
    );
    database.run('UPDATE folders SET parent_id = ? WHERE id = ?', ROOT, folder.id);
  });
}

/** A file that is trash already only loses the place it may have been moved to. */
export function trashFile(database: Database, file: FileRow, now: number): void {
  database.change(() => {
    if (file.status === 'active') countFiles(database, file, -1, -file.size);
    database.run(
      `UPDATE files SET status = 'trash', folder_id = ?, trashed_with = 0,
         trashed_at = COALESCE(trashed_at, ?), trashed_from = COALESCE(trashed_from, folder_id) WHERE id = ?`,
      ROOT,
      now,
      file.id,
    );
  });
}

/** What can be restored: each folder that was trashed itself, each file that was. */
export function listTrash(database: Database, accountId: number): readonly TrashItem[] {
  const rows = database.all(
    `SELECT 'folder' AS kind, id, name, trashed_at, trashed_from,
       (SELECT COALESCE(SUM(size), 0) FROM files WHERE files.account_id = ?1 AND files.trashed_with = folders.id) AS size
     FROM folders WHERE account_id = ?1 AND trashed_with IS NOT NULL AND trashed_with = id
     UNION ALL
     SELECT 'file', id, name, trashed_at, trashed_from, size FROM files WHERE account_id = ?1 AND trashed_with = 0
     ORDER BY trashed_at, kind, id`,
    accountId,
  );
  return rows.map((row) => ({
    kind: text(row, 'kind') === 'folder' ? 'folder' : 'file',
    id: integer(row, 'id'),
    name: text(row, 'name'),
    size: integer(row, 'size'),
    trashedAt: integer(row, 'trashed_at'),
    originalParent: integer(row, 'trashed_from') === ROOT ? null : integer(row, 'trashed_from'),
  }));
}

/** Brings an item of `listTrash` back to where it was, or to the root where that place is gone. Throws `usage/wrong` for anything else. */
export function restore(database: Database, accountId: number, kind: 'file' | 'folder', id: number): void {
  const item = listTrash(database, accountId).find((one) => one.kind === kind && one.id === id);
  if (item === undefined) throw new SyncError('usage/wrong', { detail: `no ${kind} ${id} in the trash` });
  const home = item.originalParent === null ? undefined : findFolder(database, accountId, item.originalParent);
  const parent = home?.status === 'active' ? home.id : ROOT;
  database.change(() => {
    if (kind === 'file') restoreFile(database, accountId, id, parent);
    else restoreFolder(database, accountId, id, parent);
  });
}

function restoreFile(database: Database, accountId: number, id: number, parent: number): void {
  const file = findFile(database, accountId, id);
  if (file === undefined) return;
  // Trash can be moved: a file that was goes where it was moved to.
  const wasMoved = file.folderId !== ROOT && findFolder(database, accountId, file.folderId)?.status === 'active';
  const folderId = wasMoved ? file.folderId : parent;
  database.run(`UPDATE files SET folder_id = ?, ${untrashed} WHERE id = ?`, folderId, id);
  countFiles(database, { accountId, folderId }, 1, file.size);
}

function restoreFolder(database: Database, accountId: number, id: number, parent: number): void {
  const files = database.all(
    'SELECT folder_id, COUNT(*) AS files, SUM(size) AS bytes FROM files WHERE account_id = ? AND trashed_with = ? GROUP BY folder_id',
    accountId,
    id,
  );
  const folders = database.all('SELECT id FROM folders WHERE account_id = ? AND trashed_with = ?', accountId, id);
  database.run(`UPDATE files SET ${untrashed} WHERE account_id = ? AND trashed_with = ?`, accountId, id);
  database.run(`UPDATE folders SET ${untrashed} WHERE account_id = ? AND trashed_with = ?`, accountId, id);
  for (const row of files) {
    const spot = { accountId, folderId: integer(row, 'folder_id') };
    countFiles(database, spot, integer(row, 'files'), integer(row, 'bytes'));
  }
  countRestoredFolders(
    database,
    accountId,
    folders.map((row) => integer(row, 'id')),
  );
  const folder = findFolder(database, accountId, id);
  if (folder !== undefined) placeFolder(database, folder, parent);
}

const untrashed = "status = 'active', trashed_at = NULL, trashed_with = NULL, trashed_from = NULL";

/** Ends all trash of the account for good; its ids are unknown from then on. Returns the contents that may have lost their last use. */
export function emptyTrash(database: Database, contents: Contents, accountId: number): readonly string[] {
  return database.change(() => {
    const rows = database.all('SELECT md5 FROM files WHERE account_id = ? AND trashed_with IS NOT NULL', accountId);
    const dropped = rows.map((row) => text(row, 'md5'));
    for (const md5 of dropped) contents.drop(md5);
    database.run('DELETE FROM files WHERE account_id = ? AND trashed_with IS NOT NULL', accountId);
    database.run('DELETE FROM folders WHERE account_id = ? AND trashed_with IS NOT NULL', accountId);
    return dropped;
  });
}
