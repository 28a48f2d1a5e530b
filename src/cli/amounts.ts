/** How sizes, durations, counts, moments and names are written for a person. */

const sizeUnits = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** `0 B`, `999 B`, `3.4 MB`: decimal, as the config writes sizes. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would be written 1000.0
  while (value >= 999.5 && unit < sizeUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${sizeUnits[unit] ?? ''}`;
}

/** `40 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function durationText(ms: number): string {
  if (ms < 95) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoUnits(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** An estimate, which must not look more exact than it is: `20 s`, `4 min`, `1 h 30 min`. */
export function roughDurationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${Math.max(10, Math.ceil(seconds / 10) * 10)} s`;
  const minutes = Math.ceil(seconds / 60);
  return durationText((minutes < 60 ? minutes : Math.ceil(minutes / 10) * 10) * 60_000);
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `1 file`, `1,204 files`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

/** `1,204`. */
export function numberText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `12 s ago`. */
export function agoText(thenMs: number, nowMs: number): string {
  return nowMs - thenMs < 1000 ? 'just now' : `${durationText(nowMs - thenMs)} ago`;
}

/** `2026-11-22 14:03:05`, in the computer's own zone. */
export function momentText(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/**
 * A name as it may be written to a terminal. Names come from other people: one with control characters could move the
 * cursor, and one that turns the writing direction could pass for another.
 */
export function nameText(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (one) => {
    return one === '\n' ? '\\n' : `\\u{${one.charCodeAt(0).toString(16)}}`;
  });
}

/** The pair's own folder has an empty path. */
export function pathText(path: string): string {
  return path === '' ? '(the folder itself)' : nameText(path);
}
