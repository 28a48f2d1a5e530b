/**
 * The bodies of calls. What must hold: a file's name reaches the host byte for byte as UTF-8, and the content length is
 * known beforehand, for some hosts refuse a body without one.
 */
import { SyncError } from '../errors.ts';

export type Fields = Readonly<Record<string, string>>;

export interface FilePart {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Body {
  readonly contentType: string;
  readonly length: number;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export function formBody(fields: Fields): Body {
  const body = new URLSearchParams(fields).toString();
  // Percent-encoded, so that each character is one byte.
  return { contentType: 'application/x-www-form-urlencoded', length: body.length, body };
}

/** A stream costs as much as many bytes do: a body with so few in it is read first and sent in one piece. */
const smallBytes = 64 * 1024;

/** `boundary`: plain letters and digits, so random that no content holds it. */
export async function multipartBody(fields: Fields, file: FilePart, boundary: string): Promise<Body> {
  const start = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const header =
    `--${boundary}\r\nContent-Disposition: form-data; name="upload_file"; filename="${plain(file.name)}"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n';
  const before = Buffer.from(start.join('') + header, 'utf8');
  const after = Buffer.from(`\r\n--${boundary}--\r\n`, 'utf8');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: before.length + file.size + after.length,
    body: file.size <= smallBytes ? await whole(before, exactly(file), after) : parts(before, exactly(file), after),
  };
}

/** There is no spelling of these that all servers read alike; such names are set by an edit after the upload. */
function plain(name: string): string {
  // eslint-disable-next-line no-control-regex
  if (name === '' || /["\\/\u0000-\u001f\u007f]/.test(name) || /\p{Surrogate}/u.test(name)) {
    throw new SyncError('name/unsupported', { path: name, detail: 'cannot be sent with an upload' });
  }
  return name;
}

async function whole(before: Uint8Array, content: AsyncIterable<Uint8Array>, after: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat([before, ...chunks, after]);
}

async function* parts(before: Uint8Array, content: AsyncIterable<Uint8Array>, after: Uint8Array) {
  yield before;
  yield* content;
  yield after;
}

/** A file that grew or shrank since it was measured must not be stored as if it were whole. */
async function* exactly({ size, content }: FilePart) {
  let sent = 0;
  for await (const chunk of content) {
    sent += chunk.byteLength;
    if (sent > size) throw new SyncError('local/changed', { detail: 'grew while it was being sent' });
    yield chunk;
  }
  if (sent < size) throw new SyncError('local/changed', { detail: 'shrank while it was being sent' });
}
