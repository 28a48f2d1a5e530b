/** Folders and files as the host keeps them, and how they look in an answer. */
import { integer, integerOrNull, text, type Database, type Row } from './database.ts';
import type { JsonObject } from './json.ts';
import { extensionOf } from './names.ts';

/** The root of every account, as a parent. No call names it so. */
export const ROOT = 0;

export type Status = 'active' | 'trash';

export interface FolderRow {
  readonly id: number;
  readonly accountId: number;
  readonly parentId: number;
  readonly name: string;
  readonly isPublic: number;
  readonly accessPassword: string;
  readonly status: Status;
  readonly secret: string;
  readonly addedAt: number;
  readonly updatedAt: number;
  /** Active files directly in it. */
  readonly files: number;
  /** Active folders directly in it, and all of them, trash included. */
  readonly activeFolders: number;
  readonly allFolders: number;
  /** Bytes of the active files in it and anywhere below. */
  readonly totalSize: number;
}

export interface FileRow {
  readonly id: number;
  readonly accountId: number;
  readonly folderId: number;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly md5: string;
  readonly status: Status;
  readonly secret: string;
  readonly keywords: string;
  readonly downloads: number;
  readonly uploadedAt: number;
  readonly uploadedBy: number | null;
  readonly accessedAt: number | null;
}

function statusOf(row: Row): Status {
  return text(row, 'status') === 'trash' ? 'trash' : 'active';
}

export function folderRow(row: Row): FolderRow {
  return {
    id: integer(row, 'id'),
    accountId: integer(row, 'account_id'),
    parentId: integer(row, 'parent_id'),
    name: text(row, 'name'),
    isPublic: integer(row, 'is_public'),
    accessPassword: text(row, 'access_password'),
    status: statusOf(row),
    secret: text(row, 'secret'),
    addedAt: integer(row, 'added_at'),
    updatedAt: integer(row, 'updated_at'),
    files: integer(row, 'file_count'),
    activeFolders: integer(row, 'active_folders'),
    allFolders: integer(row, 'all_folders'),
    totalSize: integer(row, 'total_size'),
  };
}

/** What a listing shows of a file: a folder may hold very many, so no more than that is read. */
export type ListedFile = Pick<
  FileRow,
  'id' | 'folderId' | 'name' | 'type' | 'size' | 'status' | 'secret' | 'keywords' | 'downloads'
>;

export const listedColumns = 'id, folder_id, name, type, size, status, secret, keywords, downloads';

export function listedFile(row: Row): ListedFile {
  return {
    id: integer(row, 'id'),
    folderId: integer(row, 'folder_id'),
    name: text(row, 'name'),
    type: text(row, 'type'),
    size: integer(row, 'size'),
    status: statusOf(row),
    secret: text(row, 'secret'),
    keywords: text(row, 'keywords'),
    downloads: integer(row, 'downloads'),
  };
}

export function fileRow(row: Row): FileRow {
  return {
    accountId: integer(row, 'account_id'),
    md5: text(row, 'md5'),
    uploadedAt: integer(row, 'uploaded_at'),
    uploadedBy: integerOrNull(row, 'uploaded_by'),
    accessedAt: integerOrNull(row, 'accessed_at'),
    ...listedFile(row),
  };
}

/** The account's folder of that id in whatever state; undefined where it is gone or another's. */
export function findFolder(database: Database, accountId: number, id: number): FolderRow | undefined {
  const row = database.get('SELECT * FROM folders WHERE id = ? AND account_id = ?', id, accountId);
  return row === undefined ? undefined : folderRow(row);
}

/** The account's file of that id in whatever state; undefined where it is gone or another's. */
export function findFile(database: Database, accountId: number, id: number): FileRow | undefined {
  const row = database.get('SELECT * FROM files WHERE id = ? AND account_id = ?', id, accountId);
  return row === undefined ? undefined : fileRow(row);
}

/** The short address carries the id, and a piece of the secret so that nobody can count through the files. */
export function shortUrl(file: Pick<FileRow, 'id' | 'secret'>): string {
  return file.id.toString(36) + file.secret.slice(0, 8);
}

/** The file with that short address, of any account. */
export function findByShortUrl(database: Database, short: string): FileRow | undefined {
  if (!/^[0-9a-z]{9,19}$/.test(short)) return undefined;
  const row = database.get('SELECT * FROM files WHERE id = ?', Number.parseInt(short.slice(0, -8), 36));
  const file = row === undefined ? undefined : fileRow(row);
  return file !== undefined && shortUrl(file) === short ? file : undefined;
}

/** What an answer needs beside the row itself. */
export interface Look {
  /** What addresses in the answer start with; no slash at the end. */
  readonly origin: string;
  readonly formatDate: (ms: number) => string;
}

export function idOrNull(parent: number): string | null {
  return parent === ROOT ? null : String(parent);
}

/** A file's page: `<origin>/<short>/<name>`. */
export function fileAddress(file: Pick<FileRow, 'id' | 'secret' | 'name'>, look: Look): string {
  return `${look.origin}/${shortUrl(file)}/${encodeURIComponent(file.name)}`;
}

/** A file as a listing shows it. */
export function fileEntry(file: ListedFile, look: Look, statusField: 'status' | 'file_status' = 'status'): JsonObject {
  return {
    id: String(file.id),
    filename: file.name,
    shortUrl: shortUrl(file),
    fileType: file.type,
    extension: extensionOf(file.name),
    fileSize: String(file.size),
    [statusField]: file.status,
    downloads: String(file.downloads),
    folderId: idOrNull(file.folderId),
    keywords: file.keywords,
    url_file: fileAddress(file, look),
  };
}

/** A file as `file/info` and the changing calls show it. */
export function fileDetails(file: FileRow, look: Look, statusField: 'status' | 'file_status'): JsonObject {
  return {
    ...fileEntry(file, look, statusField),
    uploadedDate: look.formatDate(file.uploadedAt),
    lastAccessed: file.accessedAt === null ? null : look.formatDate(file.accessedAt),
    isPublic: '0',
  };
}

/** Which of a folder's own folders its `child_folder_count` counts. */
export type Counted = 'active' | 'all';

/** A folder as a listing shows it. */
export function folderEntry(folder: FolderRow, counted: Counted, look: Look): JsonObject {
  return {
    id: String(folder.id),
    parentId: idOrNull(folder.parentId),
    folderName: folder.name,
    totalSize: String(folder.totalSize),
    isPublic: String(folder.isPublic),
    date_added: look.formatDate(folder.addedAt),
    date_updated: look.formatDate(folder.updatedAt),
    url_folder: `${look.origin}/folder/${folder.id.toString(36)}${folder.secret.slice(0, 8)}/${encodeURIComponent(folder.name)}`,
    total_downloads: '0',
    child_folder_count: String(counted === 'all' ? folder.allFolders : folder.activeFolders),
    file_count: String(folder.files),
  };
}

/** A folder as info, create and edit show it. */
export function folderDetails(folder: FolderRow, counted: Counted, look: Look): JsonObject {
  return {
    ...folderEntry(folder, counted, look),
    accessPassword: folder.accessPassword === '' ? null : folder.accessPassword,
  };
}
