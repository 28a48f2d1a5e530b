/** Fetches a web address on behalf of an account: http and https only, a few redirects, within limits of size and time. */
import { lookup } from 'node:dns';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { SyncError } from '../errors.ts';

export interface FetchOptions {
  /** 0: no limit. */
  readonly maxBytes: number;
  /** Milliseconds for all of it. */
  readonly maxMs: number;
  /** Refuses loopback, link-local and private addresses, also behind a name or a redirect. */
  readonly refusePrivate: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What came, before its bytes: `size` undefined where the other side did not say. */
export interface Fetched {
  readonly url: URL;
  readonly contentType: string | undefined;
  readonly size: number | undefined;
  /** Read it to its end. Throws where it is cut short, too large or too slow. */
  readonly body: AsyncIterable<Uint8Array>;
}

const MAX_REDIRECTS = 5;
const IDLE_MS = 30_000;

const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  privateNetworks.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  privateNetworks.addSubnet(network, prefix, 'ipv6');
}

/** The address as one that can be fetched; undefined for anything but http and https. */
export function parseAddress(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Rejects with `remote/refused` where the address may not or cannot be fetched. */
export async function fetchAddress(start: URL, options: FetchOptions): Promise<Fetched> {
  const until = options.now() + options.maxMs;
  let url = start;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const answer = await get(url, options);
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      answer.resume();
      url =
        parseAddress(new URL(headers.location, url).href) ??
        refuse('the redirect leads to an address that can not be fetched');
      continue;
    }
    if (statusCode !== 200) {
      answer.resume();
      throw refused(`the address answered with status ${statusCode}`);
    }
    const size = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    return { url, contentType: headers['content-type'], size, body: limited(answer, until, options) };
  }
  throw refused('too many redirects');
}

function get(url: URL, { refusePrivate, signal }: FetchOptions): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is never looked up, so it is checked here; a name is checked where it is looked up, so that it cannot change in between.
  if (refusePrivate && isIP(host) !== 0 && isPrivate(host)) throw refused('private addresses are not fetched');
  const options: RequestOptions = {
    signal,
    timeout: IDLE_MS,
    headers: { 'user-agent': 'yetisync-host' },
    ...(refusePrivate ? { lookup: publicLookup } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
    request.on('timeout', () => request.destroy(refused('the address did not answer in time')));
    request.on('error', (error) =>
      reject(error instanceof SyncError ? error : refused('the address could not be reached', error)),
    );
    request.end();
  });
}

async function* limited(
  answer: IncomingMessage,
  until: number,
  { maxBytes, now }: FetchOptions,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) throw new SyncError('bug', { detail: 'a decoded chunk' });
    size += chunk.length;
    if (maxBytes > 0 && size > maxBytes) throw refused('the file is larger than permitted');
    if (now() > until) throw refused('the file took too long');
    yield chunk;
  }
}

const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      done(error, '');
      return;
    }
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivate(address))) {
      done(refused('private addresses are not fetched'), '');
      return;
    }
    if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

function isPrivate(address: string): boolean {
  return privateNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function refuse(detail: string): never {
  throw refused(detail);
}

function refused(detail: string, cause?: unknown): SyncError {
  return new SyncError('remote/refused', { detail, cause });
}
