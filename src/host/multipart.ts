/**
 * Reads a multipart/form-data body as a pull parser: whoever wants the next piece asks for it, so a slow disk slows the
 * sender down and nothing is buffered beyond one network chunk. Input is hostile: every size has a limit, and what
 * does not parse is refused with 400.
 */
import { Refusal } from './refusal.ts';

export interface PartHeader {
  readonly name: string;
  /** Undefined for a plain field. As sent: path, quotes and percent signs included. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_PARTS = 1000;
const CRLF = Buffer.from('\r\n');
const HEADER_END = Buffer.from('\r\n\r\n');

/** The boundary of a multipart content type, or undefined where it is none. */
export function multipartBoundary(contentType: string): string | undefined {
  if (!/^\s*multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

export class MultipartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  /** What has come and was not handed out. The line break in front lets the first delimiter look like the others. */
  #pending: Buffer = CRLF;
  #place: 'part' | 'delimiter' | 'end' = 'part';
  #parts = 0;

  constructor(source: AsyncIterator<Uint8Array>, boundary: string) {
    this.#source = source;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** The next part's header, after skipping what is left of the one before; undefined after the last. */
  async nextPart(): Promise<PartHeader | undefined> {
    while (this.#place === 'part') await this.nextChunk();
    if (this.#place === 'end') return undefined;
    this.#pending = this.#pending.subarray(this.#delimiter.length);
    await this.#need(2);
    if (this.#pending.subarray(0, 2).toString('latin1') === '--') {
      this.#place = 'end';
      return undefined;
    }
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw malformed('too many parts');
    const end = await this.#find(HEADER_END, MAX_HEADER_BYTES);
    const header = this.#pending.subarray(0, end).toString('utf8');
    this.#pending = this.#pending.subarray(end + HEADER_END.length);
    this.#place = 'part';
    return parseHeader(header);
  }

  /** The next bytes of the current part, undefined at its end. */
  async nextChunk(): Promise<Uint8Array | undefined> {
    if (this.#place !== 'part') return undefined;
    for (;;) {
      const found = this.#pending.indexOf(this.#delimiter);
      if (found === 0) {
        this.#place = 'delimiter';
        return undefined;
      }
      const ready = found > 0 ? found : this.#pending.length - this.#delimiter.length + 1;
      if (ready > 0) {
        const chunk = this.#pending.subarray(0, ready);
        this.#pending = this.#pending.subarray(ready);
        return chunk;
      }
      await this.#pull();
    }
  }

  async #need(bytes: number): Promise<void> {
    while (this.#pending.length < bytes) await this.#pull();
  }

  async #find(mark: Buffer, limit: number): Promise<number> {
    for (;;) {
      const found = this.#pending.subarray(0, limit).indexOf(mark);
      if (found >= 0) return found;
      if (this.#pending.length >= limit) throw malformed('a part header is too long');
      await this.#pull();
    }
  }

  async #pull(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformed('it ended early');
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }
}

function parseHeader(header: string): PartHeader {
  let disposition = new Map<string, string>();
  let contentType: string | undefined;
  for (const line of header.split('\r\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, colon).trim().toLowerCase();
    if (key === 'content-type') contentType = line.slice(colon + 1).trim();
    if (key === 'content-disposition') disposition = parameters(line.slice(colon + 1));
  }
  const filename = extendedValue(disposition.get('filename*')) ?? disposition.get('filename');
  return { name: disposition.get('name') ?? '', filename, contentType };
}

function parameters(value: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, key = '', quoted, plain] of value.matchAll(
    /;\s*([\w-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/gs,
  )) {
    // Only quote and backslash are ever escaped: old browsers send `C:\folder\name` with single backslashes.
    found.set(key.toLowerCase(), quoted?.replace(/\\(["\\])/g, '$1') ?? plain ?? '');
  }
  return found;
}

/** RFC 5987: `utf-8''percent%20encoded`. */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // not percent-encoded UTF-8: the plain parameter stands
  }
}

function malformed(detail: string): Refusal {
  return new Refusal(`The multipart body could not be read: ${detail}.`, { status: 400 });
}
