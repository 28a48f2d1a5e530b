/**
 * Tells an answer of the API from everything else that comes back. The rule: what is not recognisably a success is an
 * error. Success is an object whose `_status` or `status` says so, with an HTTP status that does not say otherwise;
 * whatever else came (a page, nothing, half an answer, another program's JSON) must never pass for an empty folder.
 */
import { SyncError } from '../errors.ts';
import type { Clock, TransportResponse } from '../ports.ts';
import { meaningOfRefusal, presentable, waitOfRefusal } from './refusals.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** About four times the largest listing ever measured (100,000 files); a program that sends more is not a host. */
const mostBytes = 128 * 1024 * 1024;

/** An answer may take this long, and then as long as it brings this many bytes a millisecond: a trickle must end. */
const patienceMs = 60_000;
const slowestBytesPerMs = 1;

export interface Judged {
  readonly endpoint: string;
  /** Whether it went to `authorize`: then a refusal is one of the credentials. */
  readonly signingIn: boolean;
  /** What must not appear in an error. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

const inOnePiece = new TextDecoder();

/** Reads an answer's body, at most so many bytes. */
export async function readText(response: TransportResponse, endpoint: string, clock: Clock): Promise<string> {
  const began = clock.monotonic();
  const parts: string[] = [];
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let first: Uint8Array | null = null;
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw bad(endpoint, 'it does not end');
    if (clock.monotonic() - began > patienceMs + bytes / slowestBytesPerMs) {
      throw new SyncError('remote/timeout', { detail: `${endpoint}: the answer trickles` });
    }
    if (bytes === chunk.byteLength) {
      first = chunk;
      continue;
    }
    decoder ??= new TextDecoder();
    if (first !== null) parts.push(decoder.decode(first, { stream: true }));
    first = null;
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  // nearly all answers come in one piece
  if (decoder === null) return first === null ? '' : inOnePiece.decode(first);
  parts.push(decoder.decode());
  return parts.join('');
}

/** The answer's object if it is a success; else throws what the answer means. */
export function judge(response: TransportResponse, text: string, judged: Judged): JsonObject {
  const { status } = response;
  const answer = parseAnswer(text);
  const why = answer === null ? null : refusal(answer);

  if (status === 429) throw fail('remote/rate-limited', judged, why ?? 'HTTP 429', retryAfter(response, judged.nowMs));
  if (status >= 500 && status !== 507) {
    throw fail('remote/server-error', judged, why ?? `HTTP ${status}`, retryAfter(response, judged.nowMs));
  }
  if (why !== null) {
    const code = refusalCode(why, status, judged);
    throw fail(code, judged, why, code === 'remote/download-wait' ? waitOfRefusal(why) : undefined);
  }
  if (status >= 200 && status <= 299) {
    if (answer !== null && isSuccess(answer)) return answer;
    throw bad(judged.endpoint, answer === null ? describe(text) : 'it says neither success nor error');
  }
  throw fail(statusCode(status, judged), judged, `HTTP ${status}`);
}

/** The object in an answer, also behind a byte order mark or the warnings of a talkative server. */
export function parseAnswer(text: string): JsonObject | null {
  const whole = parseObject(text);
  if (whole !== null) return whole;
  // Warnings may hold braces of their own. What comes after has to parse to its very end, so no part of an answer
  // passes for the whole.
  let from = -1;
  for (let tries = 0; tries < 8; tries++) {
    from = text.indexOf('{', from + 1);
    if (from < 0) return null;
    const rest = parseObject(text.slice(from));
    if (rest !== null) return isSuccess(rest) || refusal(rest) !== null ? rest : null;
  }
  return null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Not JSON: the parser's message quotes the text, which can hold a token, so it goes no further.
    return null;
  }
}

function statuses(answer: JsonObject): string[] {
  return [answer['_status'], answer['status']].flatMap((one) => (typeof one === 'string' ? [one.toLowerCase()] : []));
}

function isSuccess(answer: JsonObject): boolean {
  const all = statuses(answer);
  return all.length > 0 && all.every((one) => one === 'success') && refusal(answer) === null;
}

/** Why the host refused, in its words; `null` when it does not say that it did. */
function refusal(answer: JsonObject): string | null {
  const refused = statuses(answer).includes('error') || answer['result'] === false || answer['success'] === false;
  if (!refused) return null;
  const words = [answer['response'], answer['message'], answer['error']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof words === 'string' ? words : 'without a reason';
}

function refusalCode(why: string, status: number, { signingIn }: Judged) {
  // Whatever the host gives as the reason: the sign-in was answered, and repeating a refused one locks the account.
  if (signingIn) return 'remote/sign-in-refused';
  if (status === 401) return 'remote/token-lapsed';
  if (status === 507) return 'remote/quota';
  const code = meaningOfRefusal(why);
  return status === 413 && code === 'remote/refused' ? 'remote/too-large' : code;
}

/** For answers that are none of the API's, so that the HTTP status is all there is. */
function statusCode(status: number, { signingIn }: Judged) {
  switch (status) {
    case 401:
      return signingIn ? 'remote/sign-in-refused' : 'remote/token-lapsed';
    case 407:
      return 'remote/unreachable';
    case 408:
    case 425:
      return 'remote/server-error';
    case 413:
      return 'remote/too-large';
    case 507:
      return 'remote/quota';
    case 403:
    case 411:
      // On the way to `authorize` it may be a gate in front of the host, which is not a refusal of the credentials.
      return signingIn ? 'remote/bad-answer' : 'remote/refused';
    default:
      // 404 too: a page of a web server that lost the API must not pass for "this file is gone".
      return 'remote/bad-answer';
  }
}

function describe(text: string): string {
  if (text.trim() === '') return 'it is empty';
  return /<(html|body|!doctype|head)/i.test(text) ? 'it is a page' : 'it is not JSON';
}

/** How long the host asks to be left alone, in milliseconds. */
export function retryAfter(response: TransportResponse, nowMs: number): number | undefined {
  const text = response.headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function fail(
  code: ConstructorParameters<typeof SyncError>[0],
  judged: Judged,
  why: string,
  retryAfterMs?: number,
): SyncError {
  return new SyncError(code, {
    detail: `${judged.endpoint}: ${presentable(why, judged.secrets)}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function bad(endpoint: string, what: string): SyncError {
  return new SyncError('remote/bad-answer', { detail: `${endpoint}: ${what}` });
}
