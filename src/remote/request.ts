/**
 * The one way in which a call of the API is sent: form or upload out, a recognised success back, everything else an
 * error of the table. It sends once, but for a redirect within the host, which is the same call at another address.
 */
import { SyncError } from '../errors.ts';
import type { Clock, Random, Transport, TransportResponse, Urgency } from '../ports.ts';
import { movedTo, parseBase } from './address.ts';
import { judge, readText, retryAfter } from './answer.ts';
import type { JsonObject } from './answer.ts';
import { formBody, multipartBody } from './form.ts';
import type { Fields, FilePart } from './form.ts';

/** Whether a call only reads: then it may be sent again when its answer got lost. */
const readsOnly = {
  authorize: true,
  disable_access_token: false,
  'account/package': true,
  'folder/listing': true,
  'folder/info': true,
  'folder/create': false,
  'folder/edit': false,
  'folder/delete': false,
  'file/upload': false,
  'file/download': true,
  'file/info': true,
  'file/edit': false,
  'file/copy': false,
  'file/delete': false,
  'file/url_upload_add': false,
  'file/url_upload_status': true,
} as const satisfies Record<string, boolean>;

export type Endpoint = keyof typeof readsOnly;

export function isRead(endpoint: Endpoint): boolean {
  return readsOnly[endpoint];
}

export interface Token {
  readonly accessToken: string;
  readonly accountId: string;
}

export interface Call {
  readonly endpoint: Endpoint;
  readonly fields: Fields;
  readonly file?: FilePart;
  /** `null`: the call that asks for one. */
  readonly token: Token | null;
  readonly urgency: Urgency;
  readonly signal: AbortSignal | undefined;
}

/** Sends a call; resolves with the object of a success, rejects with `SyncError`. */
export type Send = (call: Call) => Promise<JsonObject>;

export interface Timeouts {
  /** How long a call's answer may take to begin, in milliseconds. */
  readonly answerMs: number;
  /** The same for an upload, on top of what its size asks for: its last megabytes are still on their way when it counts as sent. */
  readonly uploadAnswerMs: number;
  /** How long a body may pause. */
  readonly stallMs: number;
}

export interface RequestOptions {
  readonly transport: Transport;
  readonly base: string;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly random: Random;
}

/** Hosts check and store what they got before they answer: a second for each so many bytes. */
const storedBytesPerSecond = 10_000_000;

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

export function createRequest({ transport, base, timeouts, clock, random }: RequestOptions): Send {
  // Learnt from redirects, so that only the first call takes the detour: an upload could not be repeated.
  let home = parseBase(base);
  let addresses = new Map<Endpoint, URL>();
  const addressOf = (endpoint: Endpoint): URL => {
    const known = addresses.get(endpoint) ?? new URL(endpoint, home);
    addresses.set(endpoint, known);
    return known;
  };

  const sendTo = async (url: URL, call: Call): Promise<TransportResponse> => {
    const pair = call.token === null ? {} : { access_token: call.token.accessToken, account_id: call.token.accountId };
    const fields = { ...pair, ...call.fields };
    const body =
      call.file === undefined ? formBody(fields) : await multipartBody(fields, call.file, `yetisync${random.hex(16)}`);
    const storing = call.file === undefined ? 0 : (call.file.size / storedBytesPerSecond) * 1000;
    return transport({
      method: 'POST',
      url: url.href,
      headers: {
        accept: 'application/json',
        'content-type': body.contentType,
        'content-length': String(body.length),
        'user-agent': 'yetisync',
      },
      body: body.body,
      answerTimeoutMs: call.file === undefined ? timeouts.answerMs : timeouts.uploadAnswerMs + Math.ceil(storing),
      stallTimeoutMs: timeouts.stallMs,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };

  return async (call) => {
    const { endpoint } = call;
    let url = addressOf(endpoint);
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const response = await sendTo(url, call);
      if (!redirects.has(response.status)) {
        const text = await readText(response, endpoint, clock);
        return judge(response, text, {
          endpoint,
          signingIn: endpoint === 'authorize',
          secrets: call.token === null ? Object.values(call.fields) : [call.token.accessToken],
          nowMs: clock.now(),
        });
      }
      await discard(response);
      const moved = movedTo(url, endpoint, response.headers['location']);
      if (moved === null) throw answeredBad(endpoint, 'it sends the call elsewhere');
      if (moved.base !== null) {
        home = moved.base;
        addresses = new Map();
      }
      if (call.file !== undefined)
        throw answeredBad(endpoint, 'the host moved; the next upload goes to its new address');
      url = moved.url;
    }
    throw answeredBad(endpoint, 'it sends the call round in circles');
  };
}

/** Frees the connection of an answer whose body says nothing. */
export async function discard(response: TransportResponse): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}

/** What an HTTP status says about a plain `GET`, where no answer of the API is to be expected. */
export function statusError(response: TransportResponse, what: string, nowMs: number): SyncError {
  const { status } = response;
  const wait = retryAfter(response, nowMs);
  const code = status === 429 ? 'remote/rate-limited' : status >= 500 ? 'remote/server-error' : 'remote/refused';
  return new SyncError(code, {
    detail: `${what}: HTTP ${status}`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

function answeredBad(endpoint: Endpoint, what: string): SyncError {
  return new SyncError('remote/bad-answer', { detail: `${endpoint}: ${what}` });
}
