/** Literal requests: what a client of the File Upload API puts on the wire, written out by hand. */
import { request, type IncomingHttpHeaders } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Message {
  method: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** Send the body with `Transfer-Encoding: chunked` and no `Content-Length`. */
  chunked?: boolean;
}

export function send(url: string, message: Message): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(message.body ?? '');
    const headers: Record<string, string> = { ...message.headers };
    if (message.chunked === true) headers['Transfer-Encoding'] = 'chunked';
    else if (message.method !== 'GET') headers['Content-Length'] = String(body.length);
    const outgoing = request(url, { method: message.method, headers, agent: false }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) });
      });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    if (message.chunked === true) {
      const half = Math.ceil(body.length / 2);
      outgoing.write(body.subarray(0, half));
      outgoing.write(body.subarray(half));
      outgoing.end();
    } else outgoing.end(body);
  });
}

function encoded(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

export function postForm(url: string, fields: Record<string, string>): Promise<Answer> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return send(url, { method: 'POST', headers, body: encoded(fields) });
}

export function getWithQuery(url: string, fields: Record<string, string>): Promise<Answer> {
  return send(`${url}?${encoded(fields)}`, { method: 'GET' });
}

export function postJson(url: string, fields: Record<string, string>): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' };
  return send(url, { method: 'POST', headers, body: JSON.stringify(fields) });
}

/** A plain `GET` of a download address, through any redirects to a file server. */
export async function fetchContent(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  let address = url;
  for (let hops = 0; hops < 5; hops += 1) {
    const answer = await send(address, { method: 'GET', headers });
    const next = answer.headers.location;
    if (answer.status < 300 || answer.status > 399 || next === undefined) return answer;
    address = new URL(next, address).href;
  }
  throw new Error(`more than five redirects from ${url}`);
}

// ----------------------------------------------------------------------------------------- multipart

const BOUNDARY = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
export const MULTIPART = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };

/** The body of a `file/upload`; `filename` stands between the quotes exactly as given. */
export function multipartBody(fields: Record<string, string>, filename: string, content: Buffer | string): Buffer {
  const before = Object.entries(fields)
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const head =
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="upload_file"; filename="${filename}"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n';
  return Buffer.concat([Buffer.from(before + head), Buffer.from(content), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}

/** A `file/upload` without any file in it. */
export function multipartFieldsOnly(fields: Record<string, string>): Buffer {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`);
}

export interface PausedUpload {
  /** Sends the rest of the body and gives the answer. */
  finish(): Promise<Answer>;
  /** Sends this many more bytes, then breaks the connection. */
  breakAfter(bytes: number): Promise<void>;
}

/** An upload of which `sent` bytes are on the wire when the promise resolves, and no more. */
export function startUpload(url: string, body: Buffer, sent: number): Promise<PausedUpload> {
  const headers = { ...MULTIPART, 'Content-Length': String(body.length) };
  const outgoing = request(url, { method: 'POST', headers, agent: false });
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) });
      });
    });
  });
  answer.catch(() => undefined);
  const paused: PausedUpload = {
    finish() {
      outgoing.end(body.subarray(sent));
      return answer;
    },
    breakAfter(bytes) {
      return new Promise((resolve) => {
        outgoing.on('close', () => {
          resolve();
        });
        const rest = body.subarray(sent, sent + bytes);
        if (rest.length === 0) outgoing.destroy();
        else outgoing.write(rest, () => outgoing.destroy());
      });
    },
  };
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.write(body.subarray(0, sent), () => {
      resolve(paused);
    });
  });
}
