/**
 * The names of conflict copies and of twins. A copy tells when and on which computer it was made, keeps the extension,
 * fits any disk, and never takes a name that something has.
 */
import type { LocalName } from './path.ts';
import { cutToBytes, MAX_NAME_BYTES, utf8Length } from './names.ts';

/** After as many tries in one folder something is wrong, and the entry is held back instead. */
const MAX_COUNTER = 1000;

/**
 * `name (conflict 2026-11-22 14-03-05 computer).ext`, with a counter where that is taken.
 * `made` is the part behind `conflict`: time and computer. `null` when all documented names are taken.
 */
export function conflictCopyName(
  name: LocalName,
  made: string,
  isTaken: (name: LocalName) => boolean,
): LocalName | null {
  for (let counter = 1; counter <= MAX_COUNTER; counter++) {
    const candidate = withMark(name, counter === 1 ? ` (conflict ${made})` : ` (conflict ${made} ${counter})`);
    if (!isTaken(candidate)) return candidate;
  }
  return null;
}

/** What the name of a conflict copy tells. */
export interface ConflictMark {
  /** The name of the file that it is a copy of; where that was cut for length, as much of it as is left. */
  readonly original: LocalName;
  /** `2026-11-22 14-03-05` */
  readonly at: string;
  readonly computer: string;
  /** As it stands in the name, with the blank before it. */
  readonly mark: string;
}

const marked =
  /^(.*)( \(conflict (\d{4}-\d{2}-\d{2} \d{2}-\d{2}-\d{2}) ([A-Za-z0-9._-]+)(?: \d+)?\))(\.[^.\s]{1,19})?$/s;

/** `null`: it is no conflict copy. Of the copy of a copy the last mark is read. */
export function readConflictMark(name: LocalName): ConflictMark | null {
  const found = marked.exec(name);
  if (found === null) return null;
  const [, stem = '', mark = '', at = '', computer = '', extension = ''] = found;
  if (stem + extension === '') return null;
  return { original: (stem + extension) as LocalName, at, computer, mark };
}

/** Whether the copy was made by the computer that `made` tells of, on that day and less than ten minutes before. */
export function wasMadeLately({ at, computer }: ConflictMark, made: string): boolean {
  const now = readConflictMark(`x (conflict ${made})` as LocalName);
  if (now === null || now.computer !== computer || now.at.slice(0, 10) !== at.slice(0, 10)) return false;
  const passed = secondsOf(now.at) - secondsOf(at);
  return passed >= 0 && passed < 600;
}

/** Of `2026-11-22 14-03-05`, since midnight. */
function secondsOf(at: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = at.slice(11).split('-').map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
}

/** Which of `siblings` the copy belongs to: also of one whose long name had to be cut. `null`: none of them. */
export function originalOf(copy: LocalName, { mark }: ConflictMark, siblings: readonly LocalName[]): LocalName | null {
  return siblings.find((name) => name !== copy && withMark(name, mark) === copy) ?? null;
}

/** The name under which a copy stays as an ordinary file: `name (computer 2026-11-22).ext`, with a counter where that is taken. */
export function keptCopyName(
  original: LocalName,
  { at, computer }: ConflictMark,
  isTaken: (name: LocalName) => boolean,
): LocalName | null {
  const day = at.slice(0, 10);
  for (let counter = 1; counter <= MAX_COUNTER; counter++) {
    const candidate = withMark(original, counter === 1 ? ` (${computer} ${day})` : ` (${computer} ${day} ${counter})`);
    if (!isTaken(candidate)) return candidate;
  }
  return null;
}

/** The name under which the `nth` (2, 3, …) of several siblings of one name is shown. */
export function twinName(name: LocalName, nth: number): LocalName {
  return withMark(name, ` (${nth})`);
}

/** What may stand behind `conflict`: plain characters that every disk and host keeps. */
export function conflictMade(stamp: string, computer: string): string {
  const plain = computer
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${stamp} ${plain === '' ? 'computer' : plain.slice(0, 40)}`;
}

/** Puts `mark` before the extension; the stem gives way where the whole would be too long. */
function withMark(name: LocalName, mark: string): LocalName {
  const dot = name.lastIndexOf('.');
  // A leading dot begins a name, and a last one ends it: neither begins an extension. What is longer than any known one is none. `marked` reads the same.
  const hasExtension = dot > 0 && name.length - dot > 1 && name.length - dot <= 20 && !/\s/.test(name.slice(dot));
  const extension = hasExtension ? name.slice(dot) : '';
  const stem = hasExtension ? name.slice(0, dot) : name;
  const room = MAX_NAME_BYTES - utf8Length(mark) - utf8Length(extension);
  // a stem cut at a blank would end in one, which hosts trim only at the very end: harmless here
  return `${cutToBytes(stem, room)}${mark}${extension}` as LocalName;
}
