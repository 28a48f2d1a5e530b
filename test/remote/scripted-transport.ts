/** A transport whose every answer a test writes out, and a remote over it. */
import { SyncError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Remote, TransportRequest, TransportResponse, Transport } from '../../src/ports.ts';
import { openRemote } from '../../src/remote/remote.ts';
import type { RemoteOptions } from '../../src/remote/remote.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';

export const base = 'https://host.test/api/v2/';
export const key1 = '1'.repeat(64);
export const key2 = '2'.repeat(64);

export interface Seen {
  /** `POST folder/listing`'s `folder/listing`; of anything outside the API the whole address. */
  readonly call: string;
  readonly fields: Readonly<Record<string, string>>;
  /** The body as it was sent, each byte one character. */
  readonly sent: string;
  readonly request: TransportRequest;
}

/** A string is sent as it is, anything else as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Script = (seen: Seen) => Reply | Promise<Reply>;

export const success = (data: unknown): Reply => ({
  body: { data, _status: 'success', _datetime: '2026-01-01 00:00:00' },
});
export const refusal = (response: string): Reply => ({
  body: { status: 'error', response, _datetime: '2026-01-01 00:00:00' },
});
export const tokenEnded = refusal(
  'Could not validate access_token and account_id, please reauthenticate or try again.',
);
export const page: Reply = {
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html>Maintenance</html>',
};
export const unreachable = (): never => {
  throw new SyncError('remote/unreachable');
};

export function scripted(script: Script): { readonly transport: Transport; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const transport: Transport = async (request) => {
    if (request.signal?.aborted === true) throw new SyncError('stopped');
    const sent = await bodyOf(request);
    const call = request.url.split('/api/v2/')[1];
    const one: Seen = {
      call: request.method === 'POST' && call !== undefined ? call : request.url,
      fields: (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
        ? Object.fromEntries(new URLSearchParams(sent))
        : {},
      sent,
      request,
    };
    seen.push(one);
    return respond(await script(one));
  };
  return { transport, seen };
}

async function bodyOf({ body }: TransportRequest): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  const parts: Uint8Array[] = [];
  if (body instanceof Uint8Array) parts.push(body);
  else for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

export function respond({ status = 200, headers = {}, body = '' }: Reply): TransportResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: chunks(Buffer.from(text, 'utf8')) };
}

/** Cuts characters in two, as networks do. */
async function* chunks(content: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = Math.max(7, Math.ceil(content.length / 50));
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

export interface Bench {
  readonly remote: Remote;
  readonly clock: FakeClock;
  readonly seen: Seen[];
  /** The calls that were made, by endpoint, sign-ins left out. */
  readonly calls: () => string[];
  readonly signIns: () => number;
  readonly refused: { remembered: boolean };
}

/** A remote over a script. Sign-ins succeed unless the script answers `authorize` itself, by anything but `null`. */
export function bench(
  script: (seen: Seen) => Reply | Promise<Reply> | null,
  options: Partial<RemoteOptions> = {},
): Bench {
  const clock = new FakeClock({ auto: true });
  let tokens = 0;
  const { transport, seen } = scripted((one) => {
    const own = script(one);
    if (own !== null) return own;
    if (one.call === 'authorize') return success({ access_token: `token-${++tokens}`.padEnd(128, 'x'), account_id: 7 });
    return success(null);
  });
  const refused = { remembered: false };
  const remote = openRemote({
    transport,
    base,
    credentials: { kind: 'keys', key1, key2 },
    limits: { requestsPerSecond: 0, uploads: 4, downloads: 4 },
    clock,
    random: seededRandom('bench'),
    refused: {
      wasRefused: () => refused.remembered,
      remember: () => (refused.remembered = true),
      clear: () => (refused.remembered = false),
    },
    log: silentLog,
    ...options,
  });
  return {
    remote,
    clock,
    seen,
    calls: () => seen.map(({ call }) => call).filter((call) => call !== 'authorize'),
    signIns: () => seen.filter(({ call }) => call === 'authorize').length,
    refused,
  };
}

/** What a promise rejects with; fails the test if it does not. */
export async function failure(work: Promise<unknown>): Promise<SyncError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
