/** The tables of the host's database, and the steps that bring an older database to them. */

/** Version 1 with every later step applied; raised by each step. */
export const SCHEMA_VERSION = 2;

/** Folder 0 is the root of each account; it has no row. Times are milliseconds since 1970. */
const version1 = `
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    key1 TEXT NOT NULL UNIQUE, key2 TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    limits TEXT NOT NULL, created_at INTEGER NOT NULL, signed_in_at INTEGER, signed_in_from TEXT
  ) STRICT;
  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY, account_id INTEGER NOT NULL, serial INTEGER NOT NULL, used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, parent_id INTEGER NOT NULL, name TEXT NOT NULL,
    is_public INTEGER NOT NULL, access_password TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'active',
    secret TEXT NOT NULL, added_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    trashed_at INTEGER, trashed_with INTEGER, trashed_from INTEGER
  ) STRICT;
  CREATE INDEX folders_by_parent ON folders (account_id, parent_id);
  CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, folder_id INTEGER NOT NULL, name TEXT NOT NULL,
    folded TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active', secret TEXT NOT NULL, keywords TEXT NOT NULL DEFAULT '',
    downloads INTEGER NOT NULL DEFAULT 0, uploaded_at INTEGER NOT NULL, uploaded_by INTEGER,
    accessed_at INTEGER, trashed_at INTEGER, trashed_with INTEGER, trashed_from INTEGER
  ) STRICT;
  CREATE INDEX files_by_name ON files (account_id, folder_id, folded, status, size);
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY, md5 TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, uses INTEGER NOT NULL, body BLOB
  ) STRICT;
  CREATE TABLE downloads (account_id INTEGER NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;
  CREATE INDEX downloads_by_time ON downloads (account_id, at);
  CREATE TABLE url_uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, folder_id INTEGER NOT NULL, url TEXT NOT NULL,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,
    total_size INTEGER NOT NULL DEFAULT 0, file_id INTEGER, failure TEXT
  ) STRICT;
`;

/** Sums are kept instead of being added up for each answer (see `sums.ts`), and trash is found without reading all files. */
const version2 = `
  ALTER TABLE accounts ADD COLUMN used_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE folders ADD COLUMN file_count INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE folders ADD COLUMN active_folders INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE folders ADD COLUMN all_folders INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE folders ADD COLUMN total_size INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX folders_in_trash ON folders (account_id, trashed_with) WHERE trashed_with IS NOT NULL;
  CREATE INDEX files_in_trash ON files (account_id, trashed_with) WHERE trashed_with IS NOT NULL;
  UPDATE accounts SET used_bytes =
    (SELECT COALESCE(SUM(size), 0) FROM files WHERE account_id = accounts.id AND status = 'active');
  UPDATE folders SET
    file_count = (SELECT COUNT(*) FROM files
      WHERE account_id = folders.account_id AND folder_id = folders.id AND status = 'active'),
    active_folders = (SELECT COUNT(*) FROM folders AS inner
      WHERE inner.account_id = folders.account_id AND inner.parent_id = folders.id AND inner.status = 'active'),
    all_folders = (SELECT COUNT(*) FROM folders AS inner
      WHERE inner.account_id = folders.account_id AND inner.parent_id = folders.id);
  CREATE TEMP TABLE holding AS
    SELECT account_id, folder_id AS id, SUM(size) AS bytes FROM files WHERE status = 'active' GROUP BY account_id, folder_id;
  CREATE TEMP TABLE sums AS
    WITH RECURSIVE up (account_id, start, id) AS (
      SELECT account_id, id, id FROM holding
      UNION SELECT up.account_id, start, parent_id FROM up JOIN folders ON folders.id = up.id AND +folders.account_id = up.account_id
    )
    SELECT up.account_id AS account_id, up.id AS id, SUM(bytes) AS bytes
    FROM up JOIN holding ON holding.account_id = up.account_id AND holding.id = start GROUP BY up.account_id, up.id;
  UPDATE folders SET total_size = bytes FROM sums WHERE sums.id = folders.id AND sums.account_id = folders.account_id;
  DROP TABLE holding;
  DROP TABLE sums;
`;

const steps: readonly string[] = [version1, version2];

/** The SQL that is still to run on a database of that version; 0 is an empty one. */
export function stepsFrom(version: number): readonly string[] {
  return steps.slice(version);
}
