/**
 * Where the token pair and the keys may go. The rule: to the configured host alone, by the same name but for a leading
 * `www.`, at the same port or from the usual port of http to that of https, and never from https back to http. A
 * redirect to anywhere else is no answer; following it would hand the account to whoever wrote the redirect.
 */
import { SyncError } from '../errors.ts';

/** Where a redirect of a call leads. */
export interface Moved {
  readonly url: URL;
  /** The new base for all later calls; `null` when the address does not end in the endpoint's name. */
  readonly base: URL | null;
}

/** Reads the base address, `https://host/api/v2/`, to which the names of endpoints are appended. */
export function parseBase(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SyncError('config/invalid', { detail: 'not the address of a host' });
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** Reads where a redirected call is to be repeated; `null` where it must not be. */
export function movedTo(from: URL, endpoint: string, location: string | undefined): Moved | null {
  if (location === undefined || !URL.canParse(location, from.href)) return null;
  const url = new URL(location, from.href);
  const path = url.pathname.replace(/\/$/, '');
  if (!mayCarrySecrets(from, url) || !path.endsWith(`/${endpoint}`) || url.search !== '') return null;
  if (path !== url.pathname) return { url, base: null };
  const base = new URL(url.href);
  base.hash = '';
  base.pathname = path.slice(0, -endpoint.length);
  return { url, base };
}

/** Whether what is meant for `from` may be sent to `to` too. */
export function mayCarrySecrets(from: URL, to: URL): boolean {
  if (to.username !== '' || to.password !== '') return false;
  if (withoutWww(from.hostname) !== withoutWww(to.hostname)) return false;
  if (from.protocol === to.protocol) return from.port === to.port;
  return from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
}

function withoutWww(hostname: string): string {
  return hostname.replace(/\.$/, '').replace(/^www\.(?=[^.]+\.)/, '');
}
