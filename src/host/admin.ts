/** What the person who runs the host can do beside the API: accounts, limits, the trash, and a look inside. */
import type { AccountKeys, Accounts, NewAccount } from './accounts.ts';
import type { CallBook, LoggedCall } from './calls.ts';
import type { Contents } from './contents.ts';
import { integer, integerOrNull, text, type Database } from './database.ts';
import type { PackageLimits } from './limits.ts';
import { ROOT } from './rows.ts';
import { SyncError } from '../errors.ts';
import { emptyTrash, listTrash, restore, type TrashItem } from './trash.ts';

export interface TreeItem {
  readonly kind: 'file' | 'folder';
  readonly id: number;
  /** Null: the root, and the place of what was trashed by itself. */
  readonly parentId: number | null;
  readonly name: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** Hex; empty for a folder. */
  readonly md5: string;
  readonly status: 'active' | 'trash';
  /** Which sign-in (counted from 1) uploaded or copied the file; null for folders and fetched files. */
  readonly uploadedBy: number | null;
  /** Milliseconds since 1970; of a folder, when it was created. */
  readonly uploadedAt: number;
}

/** Account ids are those of `AccountKeys`; an unknown one throws `usage/wrong`. */
export interface HostAdmin {
  addAccount(options?: NewAccount): AccountKeys;
  /** Without secrets: the host keeps only their hashes. */
  accounts(): readonly AccountKeys[];
  /** Changes the given limits, 0 meaning none; the others stay. */
  setLimits(accountId: string, limits: Partial<PackageLimits>): void;
  /** New keys; the old ones are refused from now on. Unlocks the account. The password is left out. */
  revokeKeys(accountId: string): AccountKeys;
  endTokens(accountId: string): void;
  trash(accountId: string): readonly TrashItem[];
  restore(accountId: string, kind: 'file' | 'folder', id: number): void;
  emptyTrash(accountId: string): void;
  tree(accountId: string): readonly TreeItem[];
  content(fileId: number): Promise<Uint8Array>;
  callCounts(): Readonly<Record<string, number>>;
  resetCallCounts(): void;
  callLog(): readonly LoggedCall[];
  checkTree(): void;
}

export interface AdminParts {
  readonly accounts: Accounts;
  readonly book: CallBook;
  readonly check: () => void;
  readonly contents: Contents;
  readonly database: Database;
  readonly now: () => number;
}

export function makeAdmin({ accounts, book, check, contents, database, now }: AdminParts): HostAdmin {
  return {
    addAccount: (options = {}) => accounts.add(options, now()),
    accounts: () => accounts.list(),
    setLimits: (accountId, limits) => accounts.setLimits(accountId, limits),
    revokeKeys: (accountId) => accounts.revokeKeys(accountId),
    endTokens: (accountId) => accounts.endTokens(accountId),
    trash: (accountId) => listTrash(database, accounts.find(accountId).id),
    restore: (accountId, kind, id) => restore(database, accounts.find(accountId).id, kind, id),
    emptyTrash(accountId) {
      const dropped = emptyTrash(database, contents, accounts.find(accountId).id);
      // Bytes go only once the rows are gone for good: a crash in between leaves bytes without rows, never the reverse.
      void database.settled().then(
        () => dropped.forEach((md5) => contents.sweep(md5)),
        () => undefined, // the trash was not emptied after all
      );
    },
    tree: (accountId) => listTree(database, accounts.find(accountId).id),
    async content(fileId) {
      const row = database.get('SELECT md5 FROM files WHERE id = ?', fileId);
      if (row === undefined) throw new SyncError('usage/wrong', { detail: `no file ${fileId}` });
      const content = await contents.open(text(row, 'md5'));
      const chunks: Uint8Array[] = [];
      for await (const chunk of content.read(0, content.size)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    callCounts: () => book.counts(),
    resetCallCounts: () => book.resetCounts(),
    callLog: () => book.log(),
    checkTree: check,
  };
}

function listTree(database: Database, accountId: number): readonly TreeItem[] {
  const rows = database.all(
    `SELECT 'folder' AS kind, id, parent_id AS place, name, 0 AS size, '' AS md5, status, NULL AS uploaded_by, added_at AS at
     FROM folders WHERE account_id = ?1
     UNION ALL
     SELECT 'file', id, folder_id, name, size, md5, status, uploaded_by, uploaded_at FROM files WHERE account_id = ?1
     ORDER BY kind DESC, id`,
    accountId,
  );
  return rows.map((row) => ({
    kind: text(row, 'kind') === 'folder' ? 'folder' : 'file',
    id: integer(row, 'id'),
    parentId: integer(row, 'place') === ROOT ? null : integer(row, 'place'),
    name: text(row, 'name'),
    size: integer(row, 'size'),
    md5: text(row, 'md5'),
    status: text(row, 'status') === 'trash' ? 'trash' : 'active',
    uploadedBy: integerOrNull(row, 'uploaded_by'),
    uploadedAt: integer(row, 'at'),
  }));
}
