/** Whether the host's tree is whole: what no sequence of calls by a careful client may bring about. */
import { SyncError } from '../errors.ts';
import type { Contents } from './contents.ts';
import { integer, text, type Database } from './database.ts';
import { ROOT } from './rows.ts';

/**
 * Throws `bug` with the first faults in words: an active folder or file that cannot be reached from the root through
 * active folders (which a ring is, too), a content that is missing or counted wrongly.
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
