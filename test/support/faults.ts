/**
 * What can go wrong with one call, as seen from the program: the connection, the clock, the web server in front of the host, the host
 * itself. Each fault is a value that a rig puts in the place of an answer; whether the host acted on the call is part of it.
 */
import { SyncError } from '../../src/errors.ts';
import type { Clock, TransportRequest, TransportResponse } from '../../src/ports.ts';
import { jsonIn } from '../host/program.ts';

export interface Stricken {
  readonly request: TransportRequest;
  /** What the host answered; empty where it was not asked. */
  readonly answer: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

export interface Fault {
  readonly name: string;
  /** Whether the host gets the call, and acts on it. */
  readonly acts: boolean;
  /** It reads as the truth. Of what was sent just before nobody can tell then whether it went with a folder that was trashed meanwhile. */
  readonly isLie?: boolean;
  /** The endpoints it can befall; all if left out. */
  readonly only?: readonly string[];
  readonly not?: readonly string[];
  /** What the program gets; rejects as the network would. */
  readonly strike: (call: Stricken) => Promise<TransportResponse>;
}

const lapsed = 'Could not validate access_token and account_id, please reauthenticate or try again.';

export const faults: readonly Fault[] = [
  { name: 'the connection breaks before the host acts', acts: false, strike: () => broken() },
  { name: 'the connection breaks after the host acted', acts: true, strike: () => broken() },
  { name: 'no answer comes, and the host did not act', acts: false, strike: silence },
  { name: 'no answer comes, although the host acted', acts: true, strike: silence },
  {
    name: 'the answer trickles',
    acts: true,
    strike: async ({ answer, headers, clock }) => ({ status: 200, headers, body: trickle(answer, clock) }),
  },
  {
    name: 'the answer breaks off',
    acts: true,
    strike: async ({ answer, headers }) => ({ status: 200, headers, body: cut(answer) }),
  },
  {
    name: 'half an answer, whole by its length',
    acts: true,
    not: ['download'],
    strike: async ({ answer }) => plainAnswer(200, answer.subarray(0, answer.length / 2)),
  },
  { name: 'a page with status 200', acts: false, strike: async () => pageOf(200) },
  {
    name: 'a page of the right size with status 200',
    acts: true,
    only: ['download'],
    strike: async ({ answer }) => pageOf(200, answer.length),
  },
  { name: 'nothing, with status 200', acts: false, strike: async () => plainAnswer(200, '') },
  ...[400, 403, 404, 405, 413, 500, 502, 503].map((status): Fault => ({
    name: `a page with status ${status}`,
    acts: false,
    strike: async () => pageOf(status),
  })),
  { name: 'status 429', acts: false, strike: async () => pageOf(429) },
  {
    name: 'status 429 with Retry-After',
    acts: false,
    strike: async () => ({ ...pageOf(429), headers: { 'retry-after': '3' } }),
  },
  {
    name: 'status 503 with Retry-After',
    acts: false,
    strike: async () => ({ ...pageOf(503), headers: { 'retry-after': '5' } }),
  },
  {
    name: 'a token that lapsed, with status 401',
    acts: false,
    not: ['authorize', 'download'],
    strike: async () => errorAnswer(lapsed, 401),
  },
  {
    name: 'a token that lapsed, in other words',
    acts: false,
    not: ['authorize', 'download'],
    strike: async () => plainAnswer(200, '{"message":"Username could not be found.","result":false}'),
  },
  {
    name: 'an error that nobody knows',
    acts: false,
    not: ['authorize', 'download'],
    strike: async () => errorAnswer('Something went wrong.'),
  },
  {
    name: 'a success without data',
    acts: true,
    not: ['download', 'folder/delete', 'disable_access_token'],
    strike: async () => plainAnswer(200, '{"_status":"success"}'),
  },
  {
    name: 'a wrong size',
    acts: true,
    only: ['file/upload'],
    strike: async ({ answer }) => plainAnswer(200, answer.toString().replace(/"size":"(\d+)"/, '"size":"1$1"')),
  },
  {
    name: 'a wrong hash',
    acts: true,
    only: ['file/upload'],
    strike: async ({ answer }) => plainAnswer(200, answer.toString().replace(/"hash":"\w{6}/, '"hash":"000000')),
  },
  {
    name: 'no room',
    acts: false,
    only: ['file/upload'],
    strike: async () => errorAnswer('You do not have enough space on your account to store this file.'),
  },
  {
    name: 'uploads forbidden',
    acts: false,
    only: ['file/upload'],
    strike: async () => errorAnswer('Your account is not permitted to upload files.'),
  },
  {
    name: 'a banned file',
    acts: false,
    only: ['file/upload'],
    strike: async () => errorAnswer('File is banned from being uploaded to this website.'),
  },
  {
    name: 'an empty listing',
    acts: true,
    isLie: true,
    only: ['folder/listing'],
    strike: async ({ answer }) => thinned(answer, () => false),
  },
  {
    name: 'half a listing',
    acts: true,
    isLie: true,
    only: ['folder/listing'],
    strike: async ({ answer }) => thinned(answer, (at) => at % 2 === 0),
  },
];

export function canStrike({ only, not }: Fault, endpoint: string): boolean {
  return (only?.includes(endpoint) ?? true) && not?.includes(endpoint) !== true;
}

/** Plays the fault on a call; `send` lets the host have it. */
export async function strike(
  fault: Fault,
  request: TransportRequest,
  clock: Clock,
  send: () => Promise<TransportResponse>,
): Promise<TransportResponse> {
  const chunks: Uint8Array[] = [];
  let headers: Readonly<Record<string, string>> = {};
  if (fault.acts) {
    const real = await send();
    ({ headers } = real);
    for await (const chunk of real.body) chunks.push(chunk);
  }
  return fault.strike({ request, answer: Buffer.concat(chunks), headers, clock });
}

function broken(): Promise<never> {
  return Promise.reject(new SyncError('remote/unreachable', { detail: 'the connection broke' }));
}

async function silence({ request, clock }: Stricken): Promise<never> {
  await clock.sleep(request.answerTimeoutMs, request.signal);
  throw new SyncError('remote/timeout');
}

export function plainAnswer(status: number, body: string | Uint8Array): TransportResponse {
  const bytes = Buffer.from(body);
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) },
    body: once(bytes),
  };
}

export function errorAnswer(why: string, status = 200): TransportResponse {
  return plainAnswer(status, JSON.stringify({ _status: 'error', response: why }));
}

export function pageOf(status: number, length?: number): TransportResponse {
  const text = `<!DOCTYPE html><html><body><h1>${status}</h1></body></html>`;
  const body = Buffer.from(length === undefined ? text : text.padEnd(length).slice(0, length));
  return {
    ...plainAnswer(status, body),
    headers: { 'content-type': 'text/html', 'content-length': String(body.length) },
  };
}

/** The listing without the rows that `keeps` drops. */
function thinned(answer: Buffer, keeps: (at: number) => boolean): TransportResponse {
  const document = jsonIn(answer.toString()) as { data?: { folders: unknown; files: unknown } };
  // the token had lapsed, and there is no listing to leave rows out of
  if (document.data === undefined) return plainAnswer(200, answer);
  // a list without members comes in many forms
  const thin = (list: unknown): unknown => (Array.isArray(list) ? list.filter((_row, at) => keeps(at)) : list);
  const data = { folders: thin(document.data.folders), files: thin(document.data.files) };
  return plainAnswer(200, JSON.stringify({ ...document, data }));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* trickle(bytes: Uint8Array, clock: Clock): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) {
    await clock.sleep(5_000);
    yield bytes.subarray(at, at + 1);
  }
}

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, bytes.length / 2);
  throw new SyncError('remote/unreachable', { detail: 'the connection broke' });
}
