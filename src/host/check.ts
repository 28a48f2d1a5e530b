/** Whether the host's tree is whole: what no sequence of calls by a careful client may bring about. */
import { SyncError } from '../errors.ts';
import type { Contents } from './contents.ts';
import { integer, text, type Database } from './database.ts';
import { folderRow, ROOT, type FolderRow } from './rows.ts';

/**
 * Throws `bug` with the first faults in words: an active folder or file that cannot be reached from the root through
 * active folders (which a ring is, too), a content that is missing or counted wrongly, a sum that is not what is there.
 */
export function checkTree(database: Database, contents: Contents): void {
  const reached = `WITH RECURSIVE reached (account_id, id) AS (
    SELECT id, ${ROOT} FROM accounts
    UNION SELECT folders.account_id, folders.id FROM folders JOIN reached
      ON folders.parent_id = reached.id AND folders.account_id = reached.account_id WHERE status = 'active')`;
  const lost = database.all(
    `${reached}
     SELECT 'folder' AS kind, folders.id AS id, name, parent_id AS place FROM folders
       LEFT JOIN reached ON reached.id = folders.id WHERE status = 'active' AND reached.id IS NULL
     UNION ALL
     SELECT 'file', files.id, name, folder_id FROM files
       LEFT JOIN reached ON reached.id = files.folder_id AND reached.account_id = files.account_id
       WHERE status = 'active' AND reached.id IS NULL
     LIMIT 10`,
  );
  const faults = lost.map(
    (row) =>
      `active ${text(row, 'kind')} ${integer(row, 'id')} ${JSON.stringify(text(row, 'name'))} cannot be reached: ${whyLost(database, integer(row, 'place'))}`,
  );
  const without = database.all(
    'SELECT files.id AS id FROM files LEFT JOIN contents ON contents.md5 = files.md5 WHERE contents.md5 IS NULL LIMIT 10',
  );
  faults.push(...without.map((row) => `file ${integer(row, 'id')} has no content`));
  faults.push(...contents.faults().map((md5) => `content ${md5} is missing or counted wrongly`));
  faults.push(...wrongSums(database));
  if (faults.length > 0) throw new SyncError('bug', { detail: `the host's tree is broken: ${faults.join('; ')}` });
}

function whyLost(database: Database, place: number): string {
  const seen = new Set<number>();
  for (let id = place; id !== ROOT;) {
    if (seen.has(id)) return `folder ${id} is in a ring`;
    seen.add(id);
    const row = database.get('SELECT parent_id, status FROM folders WHERE id = ?', id);
    if (row === undefined) return `folder ${id} does not exist`;
    if (text(row, 'status') === 'trash') return `folder ${id} is trash`;
    id = integer(row, 'parent_id');
  }
  return 'its folders belong to another account';
}

/** Compares what `sums.ts` keeps with what is there. */
function wrongSums(database: Database): readonly string[] {
  const held = new Map<string, { files: number; bytes: number }>();
  const used = new Map<number, number>();
  const keyOf = (account: number, folder: number): string => `${account}/${folder}`;
  for (const row of database.all(
    "SELECT account_id, folder_id, COUNT(*) AS files, SUM(size) AS bytes FROM files WHERE status = 'active' GROUP BY account_id, folder_id",
  )) {
    const [account, bytes] = [integer(row, 'account_id'), integer(row, 'bytes')];
    held.set(keyOf(account, integer(row, 'folder_id')), { files: integer(row, 'files'), bytes });
    used.set(account, (used.get(account) ?? 0) + bytes);
  }
  const folders = database.all('SELECT * FROM folders').map(folderRow);
  const byKey = new Map(folders.map((folder) => [keyOf(folder.accountId, folder.id), folder]));
  const found = new Map(folders.map(({ id }) => [id, { files: 0, activeFolders: 0, allFolders: 0, totalSize: 0 }]));
  for (const folder of folders) {
    const { files, bytes } = held.get(keyOf(folder.accountId, folder.id)) ?? { files: 0, bytes: 0 };
    const own = found.get(folder.id);
    if (own !== undefined) own.files = files;
    const parent = byKey.get(keyOf(folder.accountId, folder.parentId));
    const above = parent === undefined ? undefined : found.get(parent.id);
    if (above !== undefined) {
      above.allFolders += 1;
      if (folder.status === 'active') above.activeFolders += 1;
    }
    const seen = new Set<number>();
    for (let at: FolderRow | undefined = folder; at !== undefined && !seen.has(at.id);) {
      seen.add(at.id);
      const sums = found.get(at.id);
      if (sums !== undefined) sums.totalSize += bytes;
      at = byKey.get(keyOf(at.accountId, at.parentId));
    }
  }
  const wrong = folders.flatMap((folder) => {
    const { id, files, activeFolders, allFolders, totalSize } = folder;
    const [kept, there] = [{ files, activeFolders, allFolders, totalSize }, found.get(id)].map((one) =>
      JSON.stringify(one),
    );
    return kept === there ? [] : [`folder ${id} says ${kept}, not ${there}`];
  });
  for (const row of database.all('SELECT id, used_bytes FROM accounts')) {
    const [id, kept] = [integer(row, 'id'), integer(row, 'used_bytes')];
    const there = used.get(id) ?? 0;
    if (kept !== there) wrong.push(`account ${id} says that it holds ${kept} bytes, not ${there}`);
  }
  return wrong.slice(0, 10);
}
