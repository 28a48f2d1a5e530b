/**
 * Content in both directions. What must hold: the bytes stream through; a one-off address never meets the token pair,
 * leads to nothing but http or https, and is used once; what a download delivers is said truthfully (where it begins, how
 * long it is, whether it calls itself a page), so that whoever stores it can refuse it.
 */
import { hasCode, SyncError } from '../errors.ts';
import type { Clock, DownloadStream, Transport, TransportResponse } from '../ports.ts';
import { discard, statusError } from './request.ts';
import type { Timeouts } from './request.ts';

export interface DownloadOptions {
  readonly transport: Transport;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  /** The configured host speaks https: then content does not come over plain http. */
  readonly secure: boolean;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Opens the content behind addresses that `ask` gives, at `offset`. */
export async function openDownload(
  options: DownloadOptions,
  ask: () => Promise<string>,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<DownloadStream> {
  const response = await get(options, await ask(), offset, signal);
  const opened = read(response, offset);
  if (opened !== null) return opened;
  await discard(response);
  if (response.status === 429 || response.status >= 500) throw statusError(response, 'download', options.clock.now());
  // The address was used up, or the host cannot begin where it was asked to: a fresh one, from the start.
  const again = await get(options, await ask(), 0, signal);
  const whole = read(again, 0);
  if (whole !== null) return whole;
  await discard(again);
  throw statusError(again, 'download', options.clock.now());
}

async function get(
  { transport, timeouts, secure }: DownloadOptions,
  address: string,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<TransportResponse> {
  let url = readAddress(address, undefined, secure);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await transport({
      method: 'GET',
      url: url.href,
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'yetisync',
        ...(offset === 0 ? {} : { range: `bytes=${offset}-` }),
      },
      answerTimeoutMs: timeouts.answerMs,
      stallTimeoutMs: timeouts.stallMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!redirects.has(response.status)) return response;
    await discard(response);
    url = readAddress(response.headers['location'] ?? '', url, secure || url.protocol === 'https:');
  }
  throw new SyncError('remote/bad-answer', { detail: 'download: it is sent round in circles' });
}

/** The errors name no part of the address: it opens the file to whoever reads it. */
function readAddress(text: string, from: URL | undefined, secure: boolean): URL {
  if (text === '' || !URL.canParse(text, from?.href)) {
    throw new SyncError('remote/bad-answer', { detail: 'download: the address is none' });
  }
  const url = new URL(text, from?.href);
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || secure)) {
    throw new SyncError('remote/bad-answer', { detail: `download: refused an address of type ${url.protocol}` });
  }
  return url;
}

/** The stream in a response; `null` where it is none, or begins somewhere else than at `offset` or 0. */
function read(response: TransportResponse, offset: number): DownloadStream | null {
  const { status, headers } = response;
  const html = /\b(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  const length = readLength(headers['content-length']);
  const encoded = (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
  const stream = { html, length: encoded ? null : length, content: named(response.body) };
  if (status === 200) return { offset: 0, ...stream };
  if (status !== 206) return null;
  const range = /^bytes\s+(\d+)-(\d+)\//i.exec(headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== offset) return null;
  return { offset, ...stream, length: stream.length ?? Number(range[2]) + 1 - offset };
}

function readLength(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** A connection that breaks in the middle is a download that was cut, whatever the network calls it. */
function named(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            return await chunks.next();
          } catch (error) {
            if (hasCode(error, 'remote/unreachable', 'remote/timeout')) {
              throw new SyncError('remote/download-cut', {
                cause: error,
                ...(error.detail === undefined ? {} : { detail: error.detail }),
              });
            }
            throw error;
          }
        },
        async return() {
          await chunks.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Calls `ended` once, as soon as the content was read to its end, failed or was abandoned. */
export function untilEnd(content: AsyncIterable<Uint8Array>, ended: () => void): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = content[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const step = await chunks.next();
            if (step.done === true) ended();
            return step;
          } catch (error) {
            ended();
            throw error;
          }
        },
        async return() {
          ended();
          await chunks.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
