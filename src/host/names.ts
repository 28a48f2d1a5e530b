/**
 * Under which name an uploaded file is stored, and what servers do to names on their way in.
 *
 * | | documented | servers |
 * | --- | --- | --- |
 * | name as sent | kept | tags stripped, cut up to the last `/` or `\`, quotes and line breaks dropped, trimmed, one leading dot off |
 * | 4-byte characters | kept | kept; `awkward`: each a question mark, in names that are edited too |
 * | taken already (any case) | ` (1)`, ` (2)`, … before the extension | ` (2)`, ` (3)`, … and a lower-cased extension |
 */
import type { Ways } from './habits.ts';

/** The name to store before it is made unique; may be empty. */
export function receivedName(sent: string, ways: Ways): string {
  const kept = keptName(sent, ways);
  if (!ways.has('servers')) return kept;
  const cut = stripTags(kept).replace(/^.*[/\\]/s, '');
  return cut
    .replace(/["'\r\n]/g, '')
    .trim()
    .replace(/^\./, '')
    .trim();
}

/** The name as the database can hold it. */
export function keptName(name: string, ways: Ways): string {
  return ways.has('awkward') ? name.replace(/[\u{10000}-\u{10ffff}]/gu, '?') : name;
}

/** `name`, or the first numbered form of it that is not taken. */
export function uniqueName(name: string, ways: Ways, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  const [stem, extension] = ways.has('servers') ? splitAsServers(name) : splitExtension(name);
  for (let number = ways.has('servers') ? 2 : 1; ; number += 1) {
    const candidate = `${stem} (${number})${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Stem and extension with its dot; a leading dot begins no extension. */
function splitExtension(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
}

/** As PHP does it: the last piece between dots, lower-cased, is the extension, even where there is no dot at all. */
function splitAsServers(name: string): [string, string] {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return [name.slice(0, Math.max(0, name.length - extension.length - 1)), `.${extension}`];
}

/** The extension without its dot, lower-cased; empty where there is none. */
export function extensionOf(name: string): string {
  return splitExtension(name)[1].slice(1).toLowerCase();
}

/** How names are compared: databases of these hosts ignore case. */
export function fold(name: string): string {
  return name.toLowerCase();
}

/** What looks like an HTML tag goes; an unclosed one takes the rest with it. */
export function stripTags(value: string): string {
  return value.replace(/<(?!\s)[^>]*>?/g, '');
}
