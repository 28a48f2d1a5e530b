/** Gives a content that has arrived its place in an account: its name there, its row, its use of the content. */
import type { Arrived } from './contents.ts';
import type { Database } from './database.ts';
import type { Ways } from './habits.ts';
import { fold, uniqueName } from './names.ts';
import type { Random } from '../ports.ts';
import type { FileRow } from './rows.ts';
import { countFiles } from './sums.ts';

export interface NewFile {
  readonly accountId: number;
  readonly folderId: number;
  /** Made unique here. */
  readonly name: string;
  readonly type: string;
  readonly content: Arrived;
  readonly uploadedAt: number;
  readonly uploadedBy: number | null;
}

export function fileAway(database: Database, ways: Ways, random: Random, file: NewFile): FileRow {
  const { accountId, folderId, type, uploadedAt, uploadedBy } = file;
  const { size, md5 } = file.content;
  return database.change(() => {
    const name = uniqueName(file.name, ways, (candidate) => isTaken(database, file, candidate));
    const secret = random.hex(32);
    file.content.keep();
    const id = database.run(
      'INSERT INTO files (account_id, folder_id, name, folded, type, size, md5, secret, uploaded_at, uploaded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      accountId,
      folderId,
      name,
      fold(name),
      type,
      size,
      md5,
      secret,
      uploadedAt,
      uploadedBy,
    ).lastId;
    countFiles(database, { accountId, folderId }, 1, size);
    const fresh = { status: 'active', keywords: '', downloads: 0, accessedAt: null } as const;
    return { id, accountId, folderId, name, type, size, md5, secret, uploadedAt, uploadedBy, ...fresh };
  });
}

function isTaken(database: Database, file: NewFile, name: string): boolean {
  return (
    database.get(
      "SELECT 1 FROM files WHERE account_id = ? AND folder_id = ? AND folded = ? AND status = 'active'",
      file.accountId,
      file.folderId,
      fold(name),
    ) !== undefined
  );
}

/** The media type to keep for a file, from what a client or a web server says it is. */
export function mediaType(given: string | undefined): string {
  const type = given?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) && type.length <= 100 ? type : 'application/octet-stream';
}
