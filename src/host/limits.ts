/**
 * What an account may do: the fields of `account/package`, and the pace of its calls. 0 means no limit.
 * Sizes in bytes, waits in seconds.
 */
import type { Row } from './database.ts';
import { text } from './database.ts';
import { SyncError } from '../errors.ts';

/** The fields of `account/package` under their own names, and `requestsPerSecond`, which no call shows. */
export interface PackageLimits {
  readonly id: number;
  readonly label: string;
  readonly max_upload_size: number;
  /** 0 or 1. */
  readonly can_upload: number;
  readonly wait_between_downloads: number;
  /** Bytes a second; shown, not enforced. */
  readonly download_speed: number;
  readonly max_storage_bytes: number;
  readonly show_site_adverts: number;
  readonly show_upgrade_screen: number;
  readonly days_to_keep_inactive_files: number;
  readonly concurrent_uploads: number;
  readonly concurrent_downloads: number;
  readonly downloads_per_24_hours: number;
  readonly download_size_per_24_hours: number;
  readonly max_download_filesize_allowed: number;
  /** How many `file/url_upload_add` may be pending or downloading at once. */
  readonly max_remote_download_urls: number;
  readonly level_type: string;
  readonly on_upgrade_page: number;
  readonly requestsPerSecond: number;
}

export const noLimits: PackageLimits = {
  id: 20,
  label: 'Home',
  max_upload_size: 0,
  can_upload: 1,
  wait_between_downloads: 0,
  download_speed: 0,
  max_storage_bytes: 0,
  show_site_adverts: 0,
  show_upgrade_screen: 0,
  days_to_keep_inactive_files: 0,
  concurrent_uploads: 0,
  concurrent_downloads: 0,
  downloads_per_24_hours: 0,
  download_size_per_24_hours: 0,
  max_download_filesize_allowed: 0,
  max_remote_download_urls: 0,
  level_type: 'paid',
  on_upgrade_page: 0,
  requestsPerSecond: 0,
};

/** The limits an account's row holds as JSON; fields it lacks are unlimited. */
export function limitsOf(row: Row): PackageLimits {
  const parsed: unknown = JSON.parse(text(row, 'limits'));
  if (typeof parsed !== 'object' || parsed === null) throw new SyncError('state/corrupt', { detail: 'column limits' });
  return withLimits(noLimits, parsed);
}

/** `base` with those fields of `changes` that are limits and have the right type; the rest is left out. */
export function withLimits(base: PackageLimits, changes: object): PackageLimits {
  const given = new Map<string, unknown>(Object.entries(changes));
  const merged = Object.entries(base).map(([key, value]): [string, unknown] => {
    const change = given.get(key);
    return [key, typeof change === typeof value ? change : value];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

/** `0` is no limit. */
export function exceeds(amount: number, limit: number): boolean {
  return limit > 0 && amount > limit;
}

/**
 * Paces calls: up to one second's worth at once, then as many as come back with time. Time may jump either way; a
 * jump back costs nothing and gives nothing.
 */
export class Pace {
  #spare: number | undefined;
  #at = 0;

  /** Takes one call at time `now` (ms); returns 0, or in how many milliseconds there will be room for it. */
  take(perSecond: number, now: number): number {
    if (perSecond <= 0) return 0;
    const room = Math.max(1, perSecond);
    const regained = (Math.max(0, now - this.#at) * perSecond) / 1000;
    this.#spare = Math.min(room, (this.#spare ?? room) + regained);
    this.#at = now;
    if (this.#spare < 1) return Math.ceil(((1 - this.#spare) / perSecond) * 1000);
    this.#spare -= 1;
    return 0;
  }
}
