/** Reads answers as the API document describes them: its alternatives are accepted, and nothing else. */
import { expect } from 'vitest';
import type { Answer } from './request.ts';

export type Members = Record<string, unknown>;

export const DATE = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
/** What `parentId` or `folderId` can be for a child of the root; `null` is read as a blank. */
export const ROOT = ['', '0', '-1'];
export const LAPSED = 'Could not validate access_token and account_id, please reauthenticate or try again.';
export const NO_SUCH_ID = '987654321';

export function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`not an object: ${JSON.stringify(value)}`);
  }
  return value as Members;
}

/** A value is a string, a number or null; all three are read as a string. */
export function scalar(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new Error(`neither a string, a number nor null: ${JSON.stringify(value)}`);
}

/** A list without members comes as [], null, false or not at all. */
export function list(value: unknown): unknown[] {
  if (value === null || value === undefined || value === false) return [];
  if (Array.isArray(value)) return value as unknown[];
  throw new Error(`not a list: ${JSON.stringify(value)}`);
}

/** The JSON of an answer, which may stand behind PHP warnings, and then ends the answer. */
export function json(answer: Answer): Members {
  const text = answer.body.toString('utf8');
  for (let from = text.indexOf('{'); from >= 0; from = text.indexOf('{', from + 1)) {
    try {
      return members(JSON.parse(text.slice(from)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error; // a brace of a warning's own
    }
  }
  throw new Error(`no JSON: ${text.slice(0, 500)}`);
}

/** The members of a success: HTTP 200, `_status: success`, a `_datetime`, and a text if there is a `response`. */
export function success(answer: Answer): Members {
  const shown = `HTTP ${String(answer.status)} ${answer.body.toString('utf8').slice(0, 500)}`;
  expect(answer.status, shown).toBe(200);
  const found = json(answer);
  expect(found['_status'], shown).toBe('success');
  expect(found['_datetime'], shown).toMatch(DATE);
  if (found['response'] !== undefined) expect(typeof found['response'], shown).toBe('string');
  return found;
}

export function data(answer: Answer): Members {
  return members(success(answer)['data']);
}

/** The `response` of an error in JSON, answered with HTTP 200 or the HTTP status given beside it. */
export function refusal(answer: Answer, ...otherStatus: number[]): string {
  const shown = `HTTP ${String(answer.status)} ${answer.body.toString('utf8').slice(0, 500)}`;
  expect([200, ...otherStatus], shown).toContain(answer.status);
  const found = json(answer);
  expect([found['status'], found['_status']], shown).toContain('error');
  expect([found['status'], found['_status']], shown).not.toContain('success');
  expect(found['_datetime'], shown).toMatch(DATE);
  expect(typeof found['response'], shown).toBe('string');
  expect(found['response'], shown).not.toBe('');
  return scalar(found['response']);
}

/** Fails unless the answer says that the token is gone, in the words of the documentation or in those of some servers. */
export function expectLapsed(answer: Answer): void {
  const found = json(answer);
  if (found['result'] === false) {
    expect(found).toEqual({ message: 'Username could not be found.', result: false });
    expect(answer.status).toBe(200);
  } else expect(refusal(answer, 401)).toBe(LAPSED);
}

/** Whether the answer is an error page, which some hosts give with status 200. */
export function isPage(answer: Answer): boolean {
  return answer.body.toString('utf8').startsWith('<!DOCTYPE html>');
}

/** True for an error text, an error page or a 4xx answer; false for a success; anything else fails. */
export function isRefused(answer: Answer): boolean {
  if (answer.status >= 500 && answer.status <= 599) return true;
  if ([400, 401, 404, 405, 429].includes(answer.status) || isPage(answer)) return true;
  const found = json(answer);
  if (found['_status'] === 'success') return false;
  if ((found['result'] ?? found['success']) === false && scalar(found['message']) !== '') return true;
  refusal(answer);
  return true;
}

export interface Folder {
  id: string;
  parentId: string;
  folderName: string;
  totalSize: string;
  isPublic: string;
  date_added: string;
  date_updated: string;
  url_folder: string;
  child_folder_count: string;
  file_count: string;
}

export function folder(value: unknown): Folder {
  const found = members(value);
  expect(scalar(found['id'])).toMatch(/^\d+$/);
  expect(scalar(found['folderName'])).not.toBe('');
  return {
    id: scalar(found['id']),
    parentId: scalar(found['parentId']),
    folderName: scalar(found['folderName']),
    totalSize: scalar(found['totalSize']),
    isPublic: scalar(found['isPublic']),
    date_added: scalar(found['date_added']),
    date_updated: scalar(found['date_updated']),
    url_folder: scalar(found['url_folder']),
    child_folder_count: scalar(found['child_folder_count']),
    file_count: scalar(found['file_count']),
  };
}

export interface HostFile {
  id: string;
  filename: string;
  shortUrl: string;
  fileType: string;
  extension: string;
  fileSize: string;
  status: string;
  folderId: string;
}

export function file(value: unknown): HostFile {
  const found = members(value);
  expect(scalar(found['id'])).toMatch(/^\d+$/);
  expect(scalar(found['filename'])).not.toBe('');
  return {
    id: scalar(found['id']),
    filename: scalar(found['filename']),
    shortUrl: scalar(found['shortUrl']),
    fileType: scalar(found['fileType']),
    extension: scalar(found['extension']),
    fileSize: scalar(found['fileSize']),
    status: scalar(found['status'] ?? found['file_status']),
    folderId: scalar(found['folderId']),
  };
}

export interface Uploaded {
  id: string;
  name: string;
  size: string;
  hash: string;
  error: string;
  shortUrl: string;
}

/** `data[0]` of an upload's answer. `error` may be absent, blank, null or false where there is none. */
export function uploadAnswer(answer: Answer): Uploaded {
  const found = members(list(success(answer)['data'])[0]);
  const fault = found['error'];
  return {
    id: scalar(found['file_id']),
    name: scalar(found['name']),
    size: scalar(found['size']),
    hash: scalar(found['hash']),
    error: fault === false ? '' : scalar(fault),
    shortUrl: scalar(found['short_url']),
  };
}

/** The text with which an upload was refused: an error answer, or `data[0].error` beside a success. */
export function uploadRefusal(answer: Answer): string {
  const found = json(answer);
  if (answer.status === 200 && found['_status'] === 'success') return uploadAnswer(answer).error;
  return refusal(answer, 400);
}

export function uploaded(answer: Answer): Uploaded {
  const found = uploadAnswer(answer);
  expect(found.error).toBe('');
  expect(found.id).toMatch(/^\d+$/);
  return found;
}
