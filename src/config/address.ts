/**
 * Which host an address means. All spellings of one host give one identity, so that a `www.` more or less in the
 * config is not taken for a move to another host, which would begin anew.
 */
import { SyncError } from '../errors.ts';

export interface HostAddress {
  /** `https://host/sub/api/v2/`. The host's name is kept as written: some sites answer under one of two names only. */
  readonly base: string;
  /** `host/sub`, in lower case as far as case does not matter, without `www.` and the usual port. */
  readonly identity: string;
  /** Plain http to another computer: keys and content would cross the network in clear. */
  readonly insecure: boolean;
}

/** Reads an address with or without `https://`, `www.`, `/api/v2` and a slash at its end; throws `config/invalid`. */
export function parseHostAddress(text: unknown): HostAddress {
  const url = typeof text === 'string' ? toUrl(text.trim()) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol) || url.hostname === '') {
    throw wrong('must be the address of a host such as "https://xcloudfile.com"');
  }
  if (url.username !== '' || url.password !== '') throw wrong('must not hold a name or password; use `credentials`');
  if (url.search !== '' || url.hash !== '') throw wrong('must not hold "?" or "#"');

  const folder = url.pathname
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/\/api\/v2$/i, '');
  return {
    base: `${url.protocol}//${url.host}${folder}/api/v2/`,
    identity: withoutWww(url.host) + folder,
    insecure: url.protocol === 'http:' && !isLoopback(url.hostname),
  };
}

function toUrl(text: string): URL | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}

function withoutWww(host: string): string {
  return host.replace(/\.(?=$|:)/, '').replace(/^www\.(?=[^.]+\.)/, '');
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

function wrong(detail: string): SyncError {
  return new SyncError('config/invalid', { detail });
}
