/**
 * How durations, sizes, rates, paths and times of day are written in the config. Each function throws
 * `config/invalid` whose detail says what would have been right; the schema adds the key.
 */
import { faultOfRule } from '../core/ignore.ts';
import { SyncError } from '../errors.ts';
import type { RateEntry, Timetable } from './config.ts';

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
};

const minutesPerDay = 24 * 60;

/** `500ms`, `30s`, `5m`, `12h`, `30d` in milliseconds. */
export function parseDuration(text: unknown): number {
  return inUnits(text, durationUnits, 'a duration such as "500ms", "30s", "5m", "12h" or "30d"');
}

/** The same, refusing less than `leastMs`, which `least` names. */
export function parseDurationFrom(leastMs: number, least: string): (text: unknown) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms < leastMs) throw wrong(`must be at least "${least}"`);
    return ms;
  };
}

/** `200MB`, `1GiB`, `0` in bytes. */
export function parseSize(text: unknown): number {
  if (text === '0' || text === 0) return 0;
  return inUnits(
    text,
    sizeUnits,
    'a size such as "500kB", "200MB" or "1GiB" (units B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)',
  );
}

/** `500kB` or `500kB/s` in bytes per second; `0` is no limit. */
export function parseRate(text: unknown): number {
  const expected = 'a rate such as "500kB" a second, or "0" for no limit';
  if (text === '0' || text === 0) return 0;
  const rate = inUnits(typeof text === 'string' ? text.replace(/\/s$/, '') : text, sizeUnits, expected);
  if (rate < 1) throw wrong(`must be ${expected}`);
  return rate;
}

/** One rate for the whole day, or `[["08:00", "500kB"], ["19:00", "0"]]`. */
export function parseTimetable(value: unknown): Timetable {
  if (!Array.isArray(value)) return [{ fromMinute: 0, bytesPerSecond: rateOfTimetable(value) }];
  if (value.length === 0) throw wrong(expectedTimetable);
  const entries = value.map((entry: unknown): RateEntry => {
    if (!Array.isArray(entry) || entry.length !== 2) throw wrong(expectedTimetable);
    const [time, rate] = entry as [unknown, unknown];
    return { fromMinute: parseTimeOfDay(time), bytesPerSecond: rateOfTimetable(rate) };
  });
  entries.sort((a, b) => a.fromMinute - b.fromMinute);
  const twice = entries.find(({ fromMinute }, index) => entries[index + 1]?.fromMinute === fromMinute);
  if (twice !== undefined) throw wrong('must name each time of day only once');
  return entries;
}

/** What a timetable allows at a minute of the day (0 to 1439), in bytes per second; 0 is no limit. */
export function rateAt(timetable: Timetable, minute: number): number {
  const current = timetable.findLast(({ fromMinute }) => fromMinute <= minute) ?? timetable.at(-1);
  return current?.bytesPerSecond ?? 0;
}

/** Whether there is a limit at any time of the day. */
export function isLimited(timetable: Timetable): boolean {
  return timetable.some(({ bytesPerSecond }) => bytesPerSecond > 0);
}

/** An absolute path on the host, without a slash at its end; `/` is the account's root. */
export function parseRemotePath(text: unknown): string {
  const expected = 'must be a path on the host such as "/Cloud" or "/", without "." and ".." parts';
  if (typeof text !== 'string' || !text.startsWith('/')) throw wrong(expected);
  const parts = text.split('/').filter((part) => part !== '');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (parts.some((part) => part === '.' || part === '..' || /[\0-\x1f\x7f]/.test(part))) throw wrong(expected);
  return `/${parts.join('/')}`;
}

/** A folder below the pair's own, `/Videos` or `Videos`, as `Videos`. */
export function parseExclude(text: unknown): string {
  const expected = 'must be a folder below `remote` such as "/Videos"';
  if (typeof text !== 'string') throw wrong(expected);
  const path = parseRemotePath(text.startsWith('/') ? text : `/${text}`);
  if (path === '/') throw wrong(expected);
  return path.slice(1);
}

/** A rule as in `.gitignore`. One that means nothing would leave nothing out, and what was meant by it would travel. */
export function parseRule(text: unknown): string {
  if (typeof text !== 'string' || text === '') throw wrong('must be a rule such as "*.iso"');
  const fault = faultOfRule(text);
  if (fault !== null) throw wrong(`the rule ${JSON.stringify(text)} cannot be read: ${fault}`);
  return text;
}

/** A path on this computer: absolute, or below the home folder. It is expanded later. */
export function parseLocalPath(text: unknown): string {
  if (typeof text === 'string' && /^(\/|~$|~\/)/.test(text) && !text.includes('\0')) return text;
  throw wrong('must be a path on this computer that begins with "/" or "~/"');
}

const expectedTimetable =
  'must be a rate such as "500kB" a second, "0" for no limit, or a timetable such as [["08:00", "500kB"], ["19:00", "0"]]';

function rateOfTimetable(value: unknown): number {
  try {
    return parseRate(value);
  } catch {
    throw wrong(expectedTimetable); // says the same and more
  }
}

function parseTimeOfDay(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d{1,2}):(\d{2})$/.exec(text) : null;
  const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])];
  const time = hours * 60 + minutes;
  if (!(minutes < 60 && time < minutesPerDay)) throw wrong('must name times of day from "00:00" to "23:59"');
  return time;
}

function inUnits(text: unknown, units: Readonly<Record<string, number>>, expected: string): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim()) : null;
  const unit = match?.[2] === undefined || !Object.hasOwn(units, match[2]) ? undefined : units[match[2]];
  const value = Math.round(Number(match?.[1]) * (unit ?? NaN));
  if (!Number.isSafeInteger(value)) throw wrong(`must be ${expected}`);
  return value;
}

function wrong(detail: string): SyncError {
  return new SyncError('config/invalid', { detail });
}
