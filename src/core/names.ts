/**
 * Which name an entry has on the other side. Both directions are pure functions of the name, so that all computers
 * agree without talking: what the host cannot keep as it is gets a reversible form that everybody decodes.
 *
 * Hosts trim white space at both ends of every name, in every call. Such names travel as `~ys~` and the name with the
 * characters in question percent-encoded. All else can be set by `file/edit`, whatever `file/upload` makes of it; where a host
 * alters it even so, the whole name is spelled out in the same way, in characters that every host keeps.
 */
import type { LocalName, RemoteName } from './path.ts';
import { isLocalName } from './path.ts';

const ENCODED = '~ys~';
/** What file systems in use allow for one name, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 255;
/** Longer names may be refused by a host's database; none is known that keeps more. In UTF-16 units. */
const MAX_REMOTE_UNITS = 255;

/** Quotes, slashes, tags, what browsers make of quotes and line ends, control characters, and what takes four bytes in UTF-8. */
const ALTERED = /["'\\/<>]|%0[ad]|%22|\p{Cc}|\p{Cs}|[\u{10000}-\u{10ffff}]/iu;

/** The name that `local` has on the host; `null`: it cannot be kept there in any form. */
export function remoteNameFor(local: LocalName): RemoteName | null {
  // a trailing no-break space or the like is trimmed by some servers only: encoding it is right with all of them
  const kept = local === local.trim() && !local.startsWith(ENCODED);
  const name = kept ? local : encode(local);
  return name.length <= MAX_REMOTE_UNITS ? (name as RemoteName) : null;
}

/**
 * The form in which a host keeps any name: what is no plain letter, digit or the like is percent-encoded. `null`: there is none, because
 * the name is one already, cannot stand on a disk, or would be too long.
 */
export function spelledOut(remote: RemoteName): RemoteName | null {
  const local = localNameFor(remote);
  const name = local === null ? null : spell(local);
  return name === null || name === remote || name.length > MAX_REMOTE_UNITS ? null : name;
}

/** `null` where nothing is to be spelled out. */
function spell(local: LocalName): RemoteName | null {
  try {
    const inner = local.replaceAll(/[^A-Za-z0-9._ ()-]/gu, percentEncoded).replace(/ $/, '%20');
    return inner === local ? null : ((ENCODED + inner) as RemoteName);
  } catch {
    return null; // half a surrogate pair: no host has seen one
  }
}

/** Unlike `encodeURIComponent`, which lets quotes, `!`, `*` and `~` pass, leaves nothing as it is. */
function percentEncoded(c: string): string {
  const encoded = encodeURIComponent(c);
  return encoded === c ? `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : encoded;
}

/** The name that `remote` has on a local disk; `null`: it cannot stand there (`..`, a slash, NUL, too long). */
export function localNameFor(remote: RemoteName): LocalName | null {
  const name = decode(remote) ?? remote;
  return isLocalName(name) && utf8Length(name) <= MAX_NAME_BYTES ? name : null;
}

/** Whether two names of the host are one name on a local disk: the same, or two forms of it. */
export function isNamedAlike(one: RemoteName, other: RemoteName): boolean {
  if (one === other || !(one.startsWith(ENCODED) || other.startsWith(ENCODED))) return one === other;
  const name = localNameFor(one);
  return name !== null && name === localNameFor(other);
}

/** All names of the host that are one name on a local disk, `remote` among them: as it is, encoded, and spelled out. */
export function formsOf(remote: RemoteName): readonly RemoteName[] {
  const name = localNameFor(remote);
  const others = name === null ? [] : [remoteNameFor(name), spell(name)];
  return [...new Set([remote, ...others.filter((form) => form !== null)])];
}

/**
 * The name as it can be asked for. Every host trims what is sent, but may itself have given a name that is not trimmed, such as to a second
 * `readme`: ` (2).readme`.
 */
export function askedFor(remote: RemoteName): RemoteName {
  const local = remote === remote.trim() ? null : localNameFor(remote);
  return (local === null ? null : remoteNameFor(local)) ?? remote;
}

/**
 * Whether `file/upload` stores `name` as it was sent: no leading dot, no quotes, slashes, tags or control characters, nothing
 * outside the basic plane. Folders and `file/edit` are less picky. Siblings that differ in case only are the caller's to check.
 */
export function isPlainName(name: RemoteName): boolean {
  return name !== '' && !name.startsWith('.') && !ALTERED.test(name);
}

/** Names that a host's own check takes for the same when it looks for a free one. */
export function foldedName(name: string): string {
  return name.toLowerCase();
}

function encode(local: LocalName): string {
  const body = local.trim();
  const from = body === '' ? local.length : local.indexOf(body);
  const tail = local.slice(from + body.length);
  return ENCODED + encodeURIComponent(local.slice(0, from)) + body.replaceAll('%', '%25') + encodeURIComponent(tail);
}

/** `null` unless `remote` is just what the result travels as: anything else is somebody's own name. */
function decode(remote: RemoteName): LocalName | null {
  if (!remote.startsWith(ENCODED)) return null;
  let text: string;
  try {
    text = decodeURIComponent(remote.slice(ENCODED.length));
  } catch {
    return null; // not our encoding: the bytes are no UTF-8
  }
  return isLocalName(text) && (remoteNameFor(text) === remote || spell(text) === remote) ? text : null;
}

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const c of text) {
    const point = c.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** `name` cut so that it has at most `bytes` bytes in UTF-8, whole characters only. */
export function cutToBytes(name: string, bytes: number): string {
  let kept = '';
  let length = 0;
  for (const c of name) {
    length += utf8Length(c);
    if (length > bytes) break;
    kept += c;
  }
  return kept;
}
