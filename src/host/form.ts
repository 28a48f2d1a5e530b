/**
 * Reads what a request carries, however it was sent: query, form, JSON or multipart. Fields of the body win over those
 * of the query. Input is hostile: too much of it, or what does not parse, is refused with 400.
 */
import type { Fields } from './call.ts';
import { isMultipart, readMultipart, type FilePart } from './multipart.ts';
import { Refusal } from './refusal.ts';

/** One HTTP request, from a socket or from a client in the same process. */
export interface HostRequest {
  /** In upper case. */
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Scheme and authority that the client used. */
  readonly origin: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Throws where the connection breaks before its end. */
  readonly body: AsyncIterator<Uint8Array>;
  /** The client's address. */
  readonly from: string;
}

/** Takes one file part; `fields` are those that came before it. Must not leave before the part is read. */
export type TakeFile = (fields: Fields, part: FilePart, chunks: AsyncIterable<Uint8Array>) => Promise<void>;

const MAX_BODY_BYTES = 1024 * 1024;

export async function readFields(request: HostRequest, takeFile: TakeFile = skipFile): Promise<Fields> {
  const queryAt = request.target.indexOf('?');
  const fields = new Map(new URLSearchParams(queryAt < 0 ? '' : request.target.slice(queryAt + 1)));
  if (request.method === 'GET') return Object.fromEntries(fields);
  const type = request.headers['content-type'] ?? '';
  if (isMultipart(type)) {
    await readMultipart(request.body, type, {
      field: (name, value) => void fields.set(name, value),
      file: (part, chunks) => takeFile(Object.fromEntries(fields), part, chunks),
    });
  } else {
    const body = await readText(request.body);
    const given = /^\s*application\/json\b/i.test(type) ? parseJson(body) : new URLSearchParams(body);
    for (const [name, value] of given) fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

async function readText(body: AsyncIterator<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await body.next(); next.done !== true; next = await body.next()) {
    size += next.value.length;
    if (size > MAX_BODY_BYTES) throw new Refusal('The request is too large.', { status: 400 });
    chunks.push(next.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(body: string): Map<string, string> {
  if (body.trim() === '') return new Map();
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal('The JSON body could not be read.', { status: 400 });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Refusal('The JSON body must be an object.', { status: 400 });
  }
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries<unknown>({ ...parsed })) {
    // JSON can say what UTF-8 cannot: half a surrogate pair. Through UTF-8 it becomes U+FFFD, as in a form.
    if (typeof value === 'string') fields.set(name, Buffer.from(value, 'utf8').toString('utf8'));
    else if (typeof value === 'number') fields.set(name, String(value));
    else if (typeof value === 'boolean') fields.set(name, value ? '1' : '0');
  }
  return fields;
}

async function skipFile(_fields: Fields, _part: FilePart, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await readOff(chunks);
}

/** Reads what nobody wants, so that what comes after it can be read. */
export async function readOff(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of chunks);
}
