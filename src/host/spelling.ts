/**
 * How documents are spelt: endpoints give plain ones (numbers as strings, the documentation's way); here they get the
 * spellings of other servers. A spelling depends on what is spelt alone, never on chance, so that a test can rely on it.
 */
import type { Json, JsonObject } from './json.ts';
import type { Ways } from './habits.ts';

/** Turns the document of one endpoint's answer into the document that is sent. */
export type Speller = (endpoint: string, document: JsonObject) => JsonObject;

export function spellerOf(ways: Ways): Speller {
  const spellers = [...(ways.has('servers') ? [spellAsServers] : []), ...(ways.has('awkward') ? [spellAwkwardly] : [])];
  return (endpoint, document) => spellers.reduce((spelt, spell) => spell(endpoint, spelt), document);
}

/** An empty list as real servers write it; `undefined` is left out. */
const emptySpellings: readonly (Json | undefined)[] = [[], null, false, undefined];

// ---------------------------------------------------------------------------------------------- servers

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

/** Real servers differ from endpoint to endpoint: which spelling one uses here depends on its name alone. */
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

// ---------------------------------------------------------------------------------------------- awkward

/** What an awkward host does not say, although the documentation shows it. */
const unsaid = new Set([
  'keywords',
  'lastAccessed',
  'stats_url',
  'totalSize',
  'total_downloads',
  'url_bbcode',
  'url_html',
]);

/** Whatever reads as a number is one, a file's name included; what is optional is null; an empty list is spelt by its folder. */
function spellAwkwardly(_endpoint: string, document: JsonObject): JsonObject {
  const { _status: one, status: other, response, ...rest } = document;
  const said: JsonObject = response === undefined ? {} : { response };
  if (one === 'error' || other === 'error') return { status: 'error', ...said, ...awkwardly(rest) };
  // A success that brings data needs no words.
  return { ...(rest['data'] === undefined ? said : {}), ...awkwardly(rest), _status: one ?? 'success' };
}

function awkwardly(document: JsonObject): JsonObject {
  const salt = listSalt(document);
  const spelt: Record<string, Json> = {};
  for (const [name, value] of Object.entries(document)) {
    const isEmptyList = (name === 'folders' || name === 'files') && isList(value) && value.length === 0;
    const item = isEmptyList ? emptySpellings[(salt + (name === 'files' ? 2 : 3)) % 4] : awkwardValue(name, value);
    if (item !== undefined) spelt[name] = item;
  }
  return spelt;
}

function awkwardValue(name: string, value: Json): Json {
  if (unsaid.has(name)) return null;
  if (typeof value === 'string') return isPlainNumber(value) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map((item) => awkwardValue('', item)) : awkwardly(value);
}

/** Written back it is the same text. */
function isPlainNumber(value: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(value);
}

// ---------------------------------------------------------------------------------------------- both

/** The same folder always gets the same spelling, different ones get different ones. */
function listSalt(listing: JsonObject): number {
  return ['folders', 'files'].reduce((sum, name) => sum + lengthOf(listing[name] ?? null), 0);
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
