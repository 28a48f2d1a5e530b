/**
 * How an answer is spelt. Endpoints give plain documents (numbers as strings, the documentation's way); here they get
 * their status and date and, by habit, the spellings of other servers. A new way of answering (`awkward`) is one more
 * `Speller` after the others.
 */
import type { Ways } from './habits.ts';
import type { Refusal } from './refusal.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What leaves the host. `body` is read once. Header names in lower case. */
export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
}

/** Turns the document of one endpoint's answer into the document that is sent. */
type Speller = (endpoint: string, document: JsonObject) => JsonObject;

export interface Answers {
  success(endpoint: string, document: JsonObject, now: number): HostAnswer;
  refusal(endpoint: string, refusal: Refusal, now: number): HostAnswer;
}

/** `zone`: an IANA time zone for `_datetime`, else the machine's own. */
export function makeAnswers(ways: Ways, formatDate: (ms: number) => string): Answers {
  const spell: Speller = ways.has('servers') ? spellAsServers : (_endpoint, document) => document;
  const success = (endpoint: string, document: JsonObject, now: number): HostAnswer =>
    json(200, spell(endpoint, { ...document, _status: 'success', _datetime: formatDate(now) }));
  return {
    success,
    refusal(endpoint, refusal, now) {
      const { message, status, headers } = refusal;
      switch (refusal.form) {
        case 'page':
          return page(status, message);
        case 'flat':
          return json(status, { success: false, message }, headers);
        case 'upload':
          return success(
            endpoint,
            { response: 'File uploaded', data: [{ name: '', size: '0', error: message, file_id: null }] },
            now,
          );
        case 'error':
          return json(
            status,
            spell(endpoint, { response: message, _status: 'error', _datetime: formatDate(now) }),
            headers,
          );
      }
    },
  };
}

export function json(status: number, document: JsonObject, headers: Readonly<Record<string, string>> = {}): HostAnswer {
  const body = JSON.stringify(document);
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  };
}

export function page(status: number, message: string): HostAnswer {
  const safe = escapeHtml(message);
  const body = `<!DOCTYPE html><html><head><title>${safe}</title></head><body><h1>${safe}</h1></body></html>\n`;
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) },
    body,
  };
}

export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const numericFields = new Set([
  'id',
  'parentId',
  'folderId',
  'fileSize',
  'size',
  'file_id',
  'totalSize',
  'isPublic',
  'total_downloads',
  'downloads',
  'child_folder_count',
  'file_count',
  'account_id',
  'scheduled_item_id',
  'total_size',
  'max_upload_size',
  'can_upload',
]);
const rootSpellings: readonly Json[] = [null, '', '0', '-1'];
const emptySpellings: readonly (Json | undefined)[] = [[], null, false, undefined];

/** Real servers differ from endpoint to endpoint: which spelling one uses here depends on its name alone, so that a test can rely on it. */
function spellAsServers(endpoint: string, document: JsonObject): JsonObject {
  const variant = variantOf(endpoint);
  const spelt: Record<string, Json> = {};
  for (const [key, value] of Object.entries(document)) {
    if (key === '_status' && value === 'error' && variant % 2 === 0) spelt['status'] = value;
    else spelt[key] = spellValue(key, value, variant);
  }
  return spelt;
}

function spellValue(key: string, value: Json, variant: number): Json {
  if (key === 'parentId' && value === null) return rootSpellings[variant % 4] ?? null;
  if (typeof value === 'string')
    return variant % 2 === 1 && numericFields.has(key) && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => spellValue('', item, variant));
  const spelt: Record<string, Json> = {};
  for (const [name, inner] of Object.entries(value)) {
    const isEmptyList = (name === 'folders' || name === 'files') && isList(inner) && inner.length === 0;
    // By the name of the list too: else a folder that lacks both would always show the same spelling twice.
    const item = isEmptyList ? emptySpellings[(variant + listSalt(value)) % 4] : spellValue(name, inner, variant);
    if (item !== undefined) spelt[name] = item;
  }
  return spelt;
}

/** The same folder always gets the same spelling, different ones get different ones. */
function listSalt(listing: JsonObject): number {
  return ['folders', 'files'].reduce(
    (sum, name) => sum + (isList(listing[name] ?? null) ? lengthOf(listing[name] ?? null) : 0),
    0,
  );
}

function lengthOf(value: Json): number {
  return isList(value) ? value.length : 0;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function variantOf(endpoint: string): number {
  return [...endpoint].reduce((sum, character) => sum + character.charCodeAt(0), 0);
}

/** `Y-m-d H:i:s` in a time zone: an IANA name, or undefined for the machine's own. */
export function dateFormat(zone: string | undefined): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'medium',
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  let second = Number.NaN;
  let formatted = '';
  return (ms) => {
    const wanted = Math.floor(ms / 1000);
    if (wanted !== second) {
      formatted = format.format(wanted * 1000);
      second = wanted;
    }
    return formatted;
  };
}
