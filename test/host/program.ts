/** A program that speaks the API as simply as can be, written from its documentation; for the host's own tests. */
import { createHash } from 'node:crypto';
import type { Transport } from '../../src/ports.ts';
import type { AccountKeys, NewAccount } from '../../src/host/accounts.ts';
import type { Habit } from '../../src/host/habits.ts';
import { openHost, type Host, type HostOptions } from '../../src/host/host.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The answer as JSON, undefined where it is none. */
  readonly json: unknown;
  readonly isSuccess: boolean;
  /** `response` or `message`. */
  readonly why: string;
}

export class FakeClock {
  ms = Date.UTC(2026, 0, 2, 3, 4, 5);

  now(): number {
    return this.ms;
  }
}

export class CountingRandom {
  #count = 0;

  fraction(): number {
    this.#count += 1;
    return (this.#count % 1000) / 1000;
  }

  hex(bytes: number): string {
    this.#count += 1;
    return createHash('sha512')
      .update(String(this.#count))
      .digest('hex')
      .repeat(8)
      .slice(0, bytes * 2);
  }
}

/** The value at a path of keys and indexes, undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(String(key));
  }
  return found;
}

/** A string or number as text, anything else as nothing. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The field names of an object, sorted. */
export function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value).sort() : [];
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function send(
  transport: Transport,
  url: string,
  headers: Record<string, string>,
  body?: string | Uint8Array,
  method: 'GET' | 'POST' = 'POST',
): Promise<Answer> {
  const response = await transport({
    method,
    url,
    headers,
    answerTimeoutMs: 60_000,
    stallTimeoutMs: 60_000,
    ...(body === undefined ? {} : { body }),
  });
  const received = (await collect(response.body)).toString('utf8');
  const json = jsonIn(received);
  return {
    status: response.status,
    headers: response.headers,
    text: received,
    json,
    isSuccess: at(json, '_status') === 'success' && (at(json, 'data', 0, 'error') ?? null) === null,
    why: text(at(json, 'response') ?? at(json, 'message') ?? at(json, 'data', 0, 'error')),
  };
}

/** The JSON that a text ends with, PHP warnings before it or not; undefined where there is none: a page. */
export function jsonIn(text: string): unknown {
  for (let from = text.indexOf('{'); from >= 0; from = text.indexOf('{', from + 1)) {
    try {
      return JSON.parse(text.slice(from)) as unknown;
    } catch {
      // a brace of a warning's own
    }
  }
  return undefined;
}

export function multipart(
  fields: Readonly<Record<string, string>>,
  name: string,
  content: Uint8Array | string,
): { body: Buffer; type: string } {
  const boundary = '----yetitest0123456789';
  const parts = Object.entries(fields).map(([key, value]) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`),
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="upload_file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n`;
  const body = Buffer.concat([
    ...parts,
    Buffer.from(head),
    Buffer.from(content),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

/** One signed-in program. */
export class Program {
  readonly transport: Transport;
  readonly base: string;
  token = '';
  accountId = '';

  constructor(transport: Transport, base = 'http://127.0.0.1/api/v2/') {
    this.transport = transport;
    this.base = base;
  }

  async signIn(keys: Pick<AccountKeys, 'key1' | 'key2'>): Promise<Answer> {
    const answer = await this.raw('authorize', { key1: keys.key1, key2: keys.key2 });
    this.token = text(at(answer.json, 'data', 'access_token'));
    this.accountId = text(at(answer.json, 'data', 'account_id'));
    return answer;
  }

  raw(endpoint: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return send(
      this.transport,
      this.base + endpoint,
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams(fields).toString(),
    );
  }

  call(endpoint: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.raw(endpoint, { access_token: this.token, account_id: this.accountId, ...fields });
  }

  upload(name: string, content: Uint8Array | string, folder = ''): Promise<Answer> {
    const { body, type } = multipart(
      { access_token: this.token, account_id: this.accountId, folder_id: folder },
      name,
      content,
    );
    return send(
      this.transport,
      `${this.base}file/upload`,
      { 'content-type': type, 'content-length': String(body.length) },
      body,
    );
  }

  /** Uploads and returns the new id. */
  async put(name: string, content: Uint8Array | string, folder = ''): Promise<string> {
    return String(at((await this.upload(name, content, folder)).json, 'data', 0, 'file_id'));
  }

  /** Creates a folder and returns its id. */
  async folder(name: string, parent = ''): Promise<string> {
    return String(at((await this.call('folder/create', { folder_name: name, parent_id: parent })).json, 'data', 'id'));
  }

  /** The names in a folder, files and folders apart. */
  async names(folder = ''): Promise<{ files: string[]; folders: string[] }> {
    const { json } = await this.call('folder/listing', { parent_folder_id: folder });
    return {
      files: list(at(json, 'data', 'files')).map((file) => String(at(file, 'filename'))),
      folders: list(at(json, 'data', 'folders')).map((one) => String(at(one, 'folderName'))),
    };
  }

  /** Asks for an address and returns it. */
  async address(fileId: string): Promise<string> {
    return String(at((await this.call('file/download', { file_id: fileId })).json, 'data', 'download_url'));
  }

  async get(
    url: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; bytes: Buffer }> {
    const response = await this.transport({
      method: 'GET',
      url,
      headers,
      answerTimeoutMs: 60_000,
      stallTimeoutMs: 60_000,
    });
    return { status: response.status, headers: response.headers, bytes: await collect(response.body) };
  }
}

export interface Home {
  readonly host: Host;
  readonly clock: FakeClock;
  readonly keys: AccountKeys;
  readonly program: Program;
}

/** A host in memory with one account and a program signed in to it. */
export async function home(
  habits: readonly Habit[] = ['documented'],
  account: NewAccount = {},
  more: Partial<HostOptions> = {},
): Promise<Home> {
  const clock = new FakeClock();
  const host = await openHost({
    storage: { kind: 'memory' },
    habits,
    clock,
    random: new CountingRandom(),
    timeZone: 'UTC',
    ...more,
  });
  const keys = host.admin.addAccount(account);
  const program = new Program(host.transport);
  await program.signIn(keys);
  return { host, clock, keys, program };
}
