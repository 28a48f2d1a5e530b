/**
 * What answers say about a folder beside itself, and how much an account holds: kept with every change, so that no answer
 * adds up a tree. A change costs as many rows as there are folders above it, whatever else the tree holds.
 *
 * Of each folder: `file_count`, `active_folders` and `all_folders` are what is directly in it, `total_size` the bytes of
 * the active files in it and anywhere below. Below means by `parent_id` alone, trash or not, within the account. A ring,
 * which only a careless host allows, has one sum for all its folders. `check.ts` adds everything up again.
 *
 * Each function runs inside the change that it counts.
 */
import { integer, type Database } from './database.ts';
import { ROOT, type FileRow, type FolderRow } from './rows.ts';

export interface Spot {
  readonly accountId: number;
  readonly folderId: number;
}

type Folder = Pick<FolderRow, 'id' | 'accountId' | 'parentId'>;

/**
 * The folder `?2` of account `?1` and all above it; a ring ends the walk. From here on a `+` keeps SQLite off the index
 * by account, which would read all of the account's folders.
 */
const up = `WITH RECURSIVE up (id) AS (
  SELECT ?2 UNION SELECT folders.parent_id FROM up CROSS JOIN folders ON folders.id = up.id WHERE +folders.account_id = ?1)`;

const below = `WITH RECURSIVE below (id) AS (
  SELECT ?2 UNION SELECT folders.id FROM below CROSS JOIN folders ON folders.account_id = ?1 AND folders.parent_id = below.id)`;

/** So many active files, of so many bytes together, came into a folder; below zero: left it. */
export function countFiles(database: Database, spot: Spot, files: number, bytes: number): void {
  database.run('UPDATE accounts SET used_bytes = used_bytes + ? WHERE id = ?', bytes, spot.accountId);
  shiftFiles(database, spot, files, bytes);
}

/** The file is in `folderId` now; `file` is its row as it was. */
export function recountMoved(database: Database, file: FileRow, folderId: number): void {
  const { accountId } = file;
  if (file.status !== 'active' || file.folderId === folderId) return;
  shiftFiles(database, file, -1, -file.size);
  shiftFiles(database, { accountId, folderId }, 1, file.size);
}

/** Counts a folder that was just made. */
export function countNewFolder(database: Database, folder: Folder): void {
  shiftFolders(database, folder, folder.parentId, 1, 1);
  // A careless host takes a parent that does not exist yet: then the new folder is not empty.
  const early = database.get(
    'SELECT 1 FROM folders WHERE account_id = ? AND parent_id = ? LIMIT 1',
    folder.accountId,
    folder.id,
  );
  if (early === undefined) return;
  recountFolders(database, folder);
  for (const id of above(database, folder)) recountBytes(database, folder.accountId, id);
}

/** Puts an active folder, as it stands in `folder`, below another parent. */
export function placeFolder(database: Database, folder: FolderRow, parentId: number): void {
  if (parentId === folder.parentId) return;
  const placed = { ...folder, parentId };
  const isRing = isWithin(database, folder.parentId, folder) || isWithin(database, parentId, folder);
  const touched = isRing ? [...above(database, folder), ...above(database, placed)] : [];
  if (!isRing) addAbove(database, folder, -folder.totalSize);
  shiftFolders(database, folder, folder.parentId, -1, -1);
  database.run('UPDATE folders SET parent_id = ? WHERE id = ?', parentId, folder.id);
  shiftFolders(database, folder, parentId, 1, 1);
  if (!isRing) addAbove(database, placed, folder.totalSize);
  for (const id of touched) recountBytes(database, folder.accountId, id);
}

/** Before everything active in an active folder becomes trash and the folder itself leaves its parent. */
export function countTrashedFolder(database: Database, folder: FolderRow): void {
  const active = `WITH RECURSIVE active (id) AS (
    SELECT ?2 UNION SELECT folders.id FROM active CROSS JOIN folders ON folders.account_id = ?1 AND folders.parent_id = active.id
    WHERE folders.status = 'active')`;
  const { accountId } = folder;
  const row = database.get(
    `${active} SELECT COALESCE(SUM(size), 0) AS bytes FROM active CROSS JOIN files
     ON files.account_id = ?1 AND files.folder_id = active.id WHERE files.status = 'active'`,
    accountId,
    folder.id,
  );
  const bytes = row === undefined ? 0 : integer(row, 'bytes');
  database.run('UPDATE accounts SET used_bytes = used_bytes - ? WHERE id = ?', bytes, accountId);
  addAbove(database, folder, -folder.totalSize);
  shiftFolders(database, folder, folder.parentId, -1, -1);
  // Whatever is below is trash as a whole: what was trashed before had left it.
  database.run(
    `${active} UPDATE folders SET file_count = 0, active_folders = 0, total_size = 0 WHERE id IN active`,
    accountId,
    folder.id,
  );
}

/** After folders became active again, whose places are all in the trash still. */
export function countRestoredFolders(database: Database, accountId: number, ids: readonly number[]): void {
  for (const id of ids) recountFolders(database, { accountId, id });
}

/** Whether folder `id` is the given one or somewhere below it. */
export function isWithin(database: Database, id: number, folder: Pick<FolderRow, 'id' | 'accountId'>): boolean {
  return database.get(`${up} SELECT 1 FROM up WHERE id = ?3`, folder.accountId, id, folder.id) !== undefined;
}

function shiftFiles(database: Database, { accountId, folderId }: Spot, files: number, bytes: number): void {
  if (folderId === ROOT) return;
  database.run(
    `${up} UPDATE folders SET total_size = total_size + ?3, file_count = file_count + CASE WHEN id = ?2 THEN ?4 ELSE 0 END
     WHERE id IN up AND +account_id = ?1`,
    accountId,
    folderId,
    bytes,
    files,
  );
}

function shiftFolders(
  database: Database,
  { accountId }: Pick<Folder, 'accountId'>,
  parentId: number,
  active: number,
  all: number,
): void {
  if (parentId === ROOT) return;
  database.run(
    'UPDATE folders SET active_folders = active_folders + ?, all_folders = all_folders + ? WHERE id = ? AND +account_id = ?',
    active,
    all,
    parentId,
    accountId,
  );
}

/** To the sums of all folders above, not of the folder itself. */
function addAbove(database: Database, { accountId, parentId }: Folder, bytes: number): void {
  if (bytes !== 0) shiftFiles(database, { accountId, folderId: parentId }, 0, bytes);
}

/** The folder and all above it. */
function above(database: Database, { accountId, id, parentId }: Folder): readonly number[] {
  const rows = database.all(`${up} SELECT id FROM up`, accountId, parentId);
  return [id, ...rows.map((row) => integer(row, 'id'))];
}

function recountBytes(database: Database, accountId: number, id: number): void {
  database.run(
    `${below} UPDATE folders SET total_size = (SELECT COALESCE(SUM(size), 0) FROM below CROSS JOIN files
       ON files.account_id = ?1 AND files.folder_id = below.id WHERE files.status = 'active')
     WHERE id = ?2 AND +account_id = ?1`,
    accountId,
    id,
  );
}

function recountFolders(database: Database, { accountId, id }: Pick<Folder, 'accountId' | 'id'>): void {
  database.run(
    `UPDATE folders SET
       active_folders = (SELECT COUNT(*) FROM folders WHERE account_id = ?1 AND parent_id = ?2 AND status = 'active'),
       all_folders = (SELECT COUNT(*) FROM folders WHERE account_id = ?1 AND parent_id = ?2)
     WHERE id = ?2`,
    accountId,
    id,
  );
}
