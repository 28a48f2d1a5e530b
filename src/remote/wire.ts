/**
 * What a host may send and what we make of it: each endpoint's answer as our values. Any value may be a string, a number
 * or `null`; what cannot be read is an error that names the field, never a guess. In a listing one unreadable item must
 * not hide the others, nor pass for gone: it is `unclear`, or, without even an id, makes the listing incomplete.
 */
import * as z from 'zod';
import { ACCOUNT_ROOT } from '../core/entry.ts';
import type { Md5, RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { AccountLimits, RemoteFile, RemoteFolder, RemoteListing, UploadAnswer } from '../ports.ts';
import { isObject } from './answer.ts';
import type { JsonObject } from './answer.ts';
import type { Endpoint, Token } from './request.ts';

// ---------------------------------------------------------------------------------------------- single values

/** A string or number as text; `null` for everything else. */
function text(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : null;
}

/** A count or size: a whole number from 0 on; `null` for everything else, blanks included. */
function count(value: unknown): number | null {
  const digits = text(value)?.trim();
  if (digits === undefined || !/^\d+$/.test(digits)) return null;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : null;
}

/** An id in decimal, without leading zeros; `null` where it is none. Longer ones than a number holds stay exact as strings. */
function idDigits(value: unknown): string | null {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
  const digits = text(value)?.trim();
  return digits !== undefined && /^0*[1-9]\d*$/.test(digits) ? digits.replace(/^0+/, '') : null;
}

function folderId(value: unknown): RemoteId | null {
  const digits = idDigits(value);
  return digits === null ? null : (`d${digits}` as RemoteId);
}

function fileId(value: unknown): RemoteId | null {
  const digits = idDigits(value);
  return digits === null ? null : (`f${digits}` as RemoteId);
}

/** The folder that holds an item. `unsaid`: nothing there that says one, which by most hosts means the root. */
function parentId(value: unknown): RemoteId | 'unsaid' | 'unreadable' {
  if (value === undefined || value === null || value === '') return 'unsaid';
  const digits = text(value)?.trim();
  if (digits === '0' || digits === '-1') return ACCOUNT_ROOT;
  return folderId(value) ?? 'unreadable';
}

/** A name that is missing or blank is no name; whether a disk can hold it is not the wire's question. */
function itemName(value: unknown): RemoteName | null {
  const name = text(value);
  return name === null || name === '' ? null : (name as RemoteName);
}

/** The words in which versions of the script say that a file is no longer there. Any other status counts as active. */
const gone = /trash|delet|remov|expir/i;

function fileStatus(row: JsonObject): 'active' | 'trash' {
  return gone.test(text(row['status']) ?? text(row['file_status']) ?? '') ? 'trash' : 'active';
}

/** Some hosts tell the whole address: the same file may then be told of under another name of the host. */
function shortUrlOf(row: JsonObject): string | null {
  const told = text(row['shortUrl']);
  return told === null ? null : (/([^/]+)\/*$/.exec(told.trim())?.[1] ?? null);
}

const visibilities: Readonly<Record<string, RemoteFolder['visibility']>> = { 0: 'private', 1: 'unlisted', 2: 'public' };

/** Without the download counter, which moves when nothing changed. */
function summary(row: JsonObject): string {
  return ['date_updated', 'totalSize', 'file_count', 'child_folder_count'].map((key) => text(row[key]) ?? '').join('|');
}

function bad(endpoint: Endpoint, what: string): SyncError {
  return new SyncError('remote/bad-answer', { detail: `${endpoint}: ${what}` });
}

// ---------------------------------------------------------------------------------------------- listings

/**
 * Reads `folder/listing`. By hand and not by schema: a row that fits no schema is an answer too, and a hundred thousand
 * rows take a third of the time.
 */
export function readListing(answer: JsonObject, folder: RemoteId): RemoteListing {
  const data = answer['data'];
  const empty = Array.isArray(data) ? data.length === 0 : isObject(data) && Object.keys(data).length === 0;
  // Both lists may have been left out for want of members, or this is no listing. It is taken for a listing of nothing
  // that proves nothing gone; a sweep, which knows what the folder held, says more.
  if (empty) return { folder, folders: [], files: [], unclear: [], complete: false };
  if (!isObject(data) || !('folders' in data || 'files' in data)) {
    throw bad('folder/listing', 'data holds neither folders nor files');
  }
  const unclear: RemoteId[] = [];
  let complete = true;
  const sort = <T extends RemoteFolder | RemoteFile>(
    field: string,
    idOf: (value: unknown) => RemoteId | null,
    read: (row: JsonObject, id: RemoteId) => T | 'unclear' | 'gone',
  ): T[] => {
    const items = new Map<RemoteId, T>();
    for (const [index, row] of rowsOf(data[field], field).entries()) {
      const id = isObject(row) ? idOf(row['id']) : null;
      if (!isObject(row) || id === null) {
        complete = false;
        continue;
      }
      checkParent(row[field === 'folders' ? 'parentId' : 'folderId'], folder, `data.${field}[${index}]`);
      const item = read(row, id);
      if (item === 'unclear') unclear.push(id);
      else if (item !== 'gone' && !items.has(id)) items.set(id, item);
    }
    return [...items.values()];
  };
  const folders = sort('folders', folderId, (row, id) => readFolderRow(row, id, folder) ?? 'unclear');
  const files = sort('files', fileId, (row, id) => {
    if (fileStatus(row) === 'trash') return 'gone';
    const name = itemName(row['filename']);
    const size = count(row['fileSize']);
    if (name === null || size === null) return 'unclear';
    return { kind: 'file', id, parent: folder, name, size, status: 'active', shortUrl: shortUrlOf(row) };
  });
  return { folder, folders, files, unclear, complete };
}

/** The members of a list, which without any comes as `[]`, `null`, `false` or not at all. PHP sends lists with gaps as objects. */
function rowsOf(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null || value === false || value === '') return [];
  if (isObject(value)) return Object.values(value);
  throw bad('folder/listing', `data.${field} is no list`);
}

/** A row that says it lives elsewhere: this is the listing of another folder, and nothing in it says what this one holds. */
function checkParent(value: unknown, folder: RemoteId, where: string): void {
  const parent = parentId(value);
  if (parent === 'unsaid' || parent === 'unreadable' || parent === folder) return;
  throw bad('folder/listing', `${where} is in another folder than the one asked for`);
}

function readFolderRow(row: JsonObject, id: RemoteId, parent: RemoteId): RemoteFolder | null {
  const name = itemName(row['folderName']);
  if (name === null) return null;
  const visibility = visibilities[text(row['isPublic'])?.trim() ?? ''] ?? 'unknown';
  return { kind: 'folder', id, parent, name, summary: summary(row), visibility };
}

// ---------------------------------------------------------------------------------------------- single items

/** Reads the one folder in an answer of `folder/info`, `create` or `edit`. */
export function readFolder(answer: JsonObject, endpoint: Endpoint): RemoteFolder {
  const row = oneRow(answer['data'], endpoint);
  const id = folderId(row['id']) ?? folderId(row['folder_id']);
  if (id === null) throw bad(endpoint, 'data.id is no id');
  const parent = parentId(row['parentId']);
  if (parent === 'unreadable') throw bad(endpoint, 'data.parentId is no id');
  const folder = readFolderRow(row, id, parent === 'unsaid' ? ACCOUNT_ROOT : parent);
  if (folder === null) throw bad(endpoint, 'data.folderName is no name');
  return folder;
}

/** Reads the one file in an answer of `file/info` or `edit`. */
export function readFile(answer: JsonObject, endpoint: Endpoint): RemoteFile {
  return readFileRow(oneRow(answer['data'], endpoint), endpoint, 'data');
}

/** Reads the new file in an answer of `file/copy`. */
export function readCopy(answer: JsonObject): RemoteFile {
  const holder = isObject(answer['new_file']) ? answer : answer['data'];
  const copy = isObject(holder) ? holder['new_file'] : null;
  if (!isObject(copy)) throw bad('file/copy', 'new_file is missing');
  return readFileRow(isObject(copy['data']) ? copy['data'] : copy, 'file/copy', 'new_file.data');
}

function readFileRow(row: JsonObject, endpoint: Endpoint, at: string): RemoteFile {
  const id = fileId(row['id']) ?? fileId(row['file_id']);
  if (id === null) throw bad(endpoint, `${at}.id is no id`);
  const name = itemName(row['filename']);
  if (name === null) throw bad(endpoint, `${at}.filename is no name`);
  const size = count(row['fileSize']);
  if (size === null) throw bad(endpoint, `${at}.fileSize is no size`);
  const parent = parentId(row['folderId']);
  if (parent === 'unreadable') throw bad(endpoint, `${at}.folderId is no id`);
  const status = fileStatus(row);
  const inRoot = parent === 'unsaid' || parent === ACCOUNT_ROOT;
  // A file in the trash that names no folder was put there by itself, not with its folder.
  const where = inRoot ? (status === 'trash' ? null : ACCOUNT_ROOT) : parent;
  return { kind: 'file', id, parent: where, name, size, status, shortUrl: shortUrlOf(row) };
}

function oneRow(data: unknown, endpoint: Endpoint): JsonObject {
  const row: unknown = Array.isArray(data) && data.length === 1 ? data[0] : data;
  if (!isObject(row)) throw bad(endpoint, 'data is missing');
  return row;
}

// ---------------------------------------------------------------------------------------------- small answers

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]).optional();
const word = z.union([z.string(), z.number()]).transform(String).pipe(z.string().min(1));

const authorized = z.object({ data: z.object({ access_token: word, account_id: word }) });

/** Reads `authorize`. */
export function readToken(answer: JsonObject): Token {
  const { data } = parsed(authorized, answer, 'authorize');
  return { accessToken: data.access_token, accountId: data.account_id };
}

const address = z.object({ data: z.object({ download_url: z.string().min(1) }) });

/** Reads `file/download`: a one-off address, as secret as a token. */
export function readDownloadAddress(answer: JsonObject): string {
  return parsed(address, answer, 'file/download').data.download_url;
}

const sent = z.object({ name: word, size: scalar, file_id: scalar, hash: scalar });

/** Reads `file/upload`: what was stored, or the refusal that can stand in an answer that says success. */
export function readUpload(answer: JsonObject): UploadAnswer | { readonly refused: string } {
  const row = oneRow(answer['data'], 'file/upload');
  const error = row['error'];
  if (typeof error === 'string' && error.trim() !== '') return { refused: error };
  if (error !== undefined && error !== null && error !== false && error !== '' && error !== 0 && error !== '0') {
    return { refused: 'without a reason' };
  }
  const { name, size, file_id: id, hash } = parsed(sent, row, 'file/upload', ['data', 0]);
  const readId = fileId(id);
  if (readId === null) throw bad('file/upload', 'data.0.file_id is no id');
  return { id: readId, name: name as RemoteName, size: count(size), md5: md5(hash) };
}

function md5(value: unknown): Md5 | null {
  const hex = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return /^[0-9a-f]{32}$/.test(hex) ? (hex as Md5) : null;
}

const packageAnswer = z.object({ data: z.record(z.string(), z.unknown()) });

/** Reads `account/package`, where 0 means no limit. */
export function readLimits(answer: JsonObject): AccountLimits {
  const { data } = parsed(packageAnswer, answer, 'account/package');
  const limit = (field: string) => count(data[field]) || null;
  return {
    canUpload: text(data['can_upload'])?.trim() !== '0' && data['can_upload'] !== false,
    maxUploadSize: limit('max_upload_size'),
    maxDownloadSize: limit('max_download_filesize_allowed'),
    maxStorage: limit('max_storage_bytes'),
    parallelUploads: limit('concurrent_uploads'),
    parallelDownloads: limit('concurrent_downloads'),
    downloadsPerDay: limit('downloads_per_24_hours'),
    downloadBytesPerDay: limit('download_size_per_24_hours'),
    waitBetweenDownloadsMs: (count(data['wait_between_downloads']) ?? 0) * 1000,
  };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, endpoint: Endpoint, within: readonly PropertyKey[] = []): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = [...within, ...(result.error.issues[0]?.path ?? [])].map(String).join('.');
  throw bad(endpoint, `${path} is missing or not what it should be`);
}
