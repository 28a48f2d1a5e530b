/**
 * The network: one HTTP request over undici. It decides how connections are kept and how undici's failures are called,
 * and knows nothing of the API. What must hold: connections are bounded, an answer that nobody reads to its end gives
 * its connection back, and no address, header or body gets into an error, for all three can hold secrets.
 */
import { Agent, EnvHttpProxyAgent, request } from 'undici';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { SyncError } from '../errors.ts';
import type { Transport, TransportRequest } from '../ports.ts';
import { lastOfEach, PlainAnswer } from './plain-answer.ts';

export interface ProxyEnv {
  readonly HTTP_PROXY?: string | undefined;
  readonly HTTPS_PROXY?: string | undefined;
  readonly NO_PROXY?: string | undefined;
}

export interface TransportOptions {
  readonly proxyEnv: ProxyEnv;
  /** At most so many connections to one origin. */
  readonly connections: number;
}

/**
 * Below the 5 s after which common servers drop an idle connection: a POST on one that the server has just dropped fails
 * and must not be repeated.
 */
const keepAliveMs = 3_000;

const connectTimeoutMs = 15_000;

export function openTransport({ proxyEnv, connections }: TransportOptions): {
  readonly transport: Transport;
  close(): Promise<void>;
} {
  const options = {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: { timeout: connectTimeoutMs },
  };
  const direct = new Agent(options);
  const { HTTP_PROXY: http = '', HTTPS_PROXY: https = '', NO_PROXY: noProxy = '' } = proxyEnv;
  // Two agents, for undici's own sends https through the proxy meant for http where only that is given. The empty
  // strings keep it from reading the environment itself.
  const forHttp =
    http === ''
      ? direct
      : new EnvHttpProxyAgent({ ...options, httpProxy: http, httpsProxy: '', noProxy, proxyTunnel: false });
  const forHttps =
    https === '' ? direct : new EnvHttpProxyAgent({ ...options, httpProxy: '', httpsProxy: https, noProxy });
  const all = new Set<Dispatcher>([direct, forHttp, forHttps]);
  return {
    transport: (wanted) => {
      const dispatcher = wanted.url.startsWith('https:') ? forHttps : forHttp;
      const { body } = wanted;
      const isPlain = typeof body === 'string' || body instanceof Uint8Array;
      return isPlain ? sendPlain(wanted, body, dispatcher) : send(wanted, dispatcher);
    },
    async close() {
      // `destroy`, not `close`: an answer that hangs must not keep the program from ending.
      await Promise.all([...all].map((one) => one.destroy()));
    },
  };
}

/** A request in one piece, which all but the uploads of larger files are. */
async function sendPlain(
  { url, method, headers, signal, answerTimeoutMs, stallTimeoutMs }: TransportRequest,
  body: string | Uint8Array,
  dispatcher: Dispatcher,
): ReturnType<Transport> {
  if (signal?.aborted === true) throw new SyncError('stopped');
  const translated = (error: unknown): SyncError => translate(error, signal);
  const to = placeOf(url);
  const answer = new PlainAnswer(signal, translated);
  dispatcher.dispatch(
    {
      ...to,
      method,
      headers: { ...headers },
      body,
      headersTimeout: answerTimeoutMs,
      bodyTimeout: stallTimeoutMs,
    },
    answer,
  );
  return answer.response;
}

interface Place {
  readonly origin: string;
  readonly path: string;
}

/** Of the API's few endpoints, which are called over and over. */
const places = new Map<string, Place>();
const mostPlaces = 100;

function placeOf(url: string): Place {
  const known = places.get(url);
  if (known !== undefined) return known;
  try {
    const { origin, pathname, search } = new URL(url);
    const place = { origin, path: pathname + search };
    if (places.size < mostPlaces) places.set(url, place);
    return place;
  } catch (error) {
    throw new SyncError('remote/unreachable', { cause: safeCause(error) });
  }
}

async function send(wanted: TransportRequest, dispatcher: Dispatcher): ReturnType<Transport> {
  const { signal } = wanted;
  if (signal?.aborted === true) throw new SyncError('stopped');
  try {
    const answer = await request(wanted.url, {
      dispatcher,
      method: wanted.method,
      headers: wanted.headers,
      body: toBody(wanted.body),
      headersTimeout: wanted.answerTimeoutMs,
      bodyTimeout: wanted.stallTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    // A body that is destroyed before its end says so as an event; nobody need listen.
    answer.body.on('error', () => undefined);
    return {
      status: answer.statusCode,
      headers: lastOfEach(answer.headers),
      body: contentOf(answer.body, signal),
    };
  } catch (error) {
    throw translate(error, signal);
  }
}

/** One chunk ahead of the network at most: the source may be slowed on purpose. */
function toBody(body: TransportRequest['body']): string | Uint8Array | Readable | null {
  if (body === undefined) return null;
  return typeof body === 'string' || body instanceof Uint8Array ? body : Readable.from(body, { highWaterMark: 1 });
}

/** Made by hand, for the `finally` of a generator does not run when it is abandoned before its first step. */
function contentOf(
  body: AsyncIterable<unknown> & { destroy(): unknown },
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const step = await chunks.next();
            if (step.done === true) return { done: true, value: undefined };
            if (!(step.value instanceof Uint8Array)) throw new SyncError('bug', { detail: 'a body that is no bytes' });
            return { done: false, value: step.value };
          } catch (error) {
            throw translate(error, signal);
          }
        },
        async return() {
          body.destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);

function translate(error: unknown, signal: AbortSignal | undefined): SyncError {
  // The source of a body may fail for reasons of its own, such as a file that changed.
  if (error instanceof SyncError) return error;
  if (signal?.aborted === true) return new SyncError('stopped');
  const code = codeOf(error);
  if (code === null) return new SyncError('remote/unreachable', { cause: safeCause(error) });
  return new SyncError(timeouts.has(code) ? 'remote/timeout' : 'remote/unreachable', {
    detail: code,
    cause: safeCause(error),
  });
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses of one host were tried; the first failure stands for all.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? null : codeOf(error.cause);
}

/** An invalid address or a proxy's may stand in the message. */
function safeCause(error: unknown): unknown {
  return error instanceof Error && !error.message.includes('//') && !('input' in error) ? error : undefined;
}
