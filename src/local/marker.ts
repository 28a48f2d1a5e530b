/**
 * Whether the folder on the disk is the one that this pair's state speaks of. A disk that is not mounted shows an empty folder
 * under the same name, and a restored backup shows last week's files: neither may be read as "the person removed it all".
 *
 * Each pass that changes anything has a random name: the state knows it first, then the marker, then the state takes it for the last one. So a
 * kill in between leaves two names that the state knows, and any other difference is a copy of the folder, or an older state: a number would
 * be the same again after a state was put back and had counted up once more.
 *
 * RACE: a state that was copied while such a pass was under way, and is put back after it, cannot be told from one that was killed then.
 * What that pass did meanwhile is found on both sides, as after a kill; what was brought back since may go to a trash again.
 */
import type { Identity } from '../core/entry.ts';
import { OWN_FOLDER } from '../core/ignore.ts';
import { parseRelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import { errnoOf, isMissing, localError } from './disk-errors.ts';
import { inOwnFolder } from './own-folder.ts';
import { inFolder } from './places.ts';
import type { Root } from './places.ts';
import { isSamePlace, seenOf } from './seen.ts';

const ownFolder = parseRelPath(OWN_FOLDER);
const fileName = 'marker.json';

export interface Marker {
  /** Which pair keeps its files here. */
  readonly pair: string;
  /** The last pass that changed anything. */
  readonly pass: string;
  readonly createdMs: number;
}

/** What stands in the pair's place on the disk. */
export type RootFound =
  | { readonly kind: 'missing-folder' }
  | { readonly kind: 'not-a-folder' }
  /** `empty`: nothing of a person's is in it. */
  | { readonly kind: 'no-marker'; readonly empty: boolean }
  /** It has a marker, which is not what we write. */
  | { readonly kind: 'damaged' }
  /** Whose folder it is cannot be told. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'marked'; readonly marker: Marker; readonly identity: Identity };

/** What the state says of it. */
export interface RootExpected {
  readonly pair: string;
  /** `null`: there is no state, or it never was in step with a folder. `passes`: the last one, and one that may have begun since. */
  readonly known: { readonly passes: readonly string[]; readonly identity: Identity } | null;
}

export type RootVerdict =
  | { readonly kind: 'ok' }
  | Exclude<RootFound, { readonly kind: 'marked' }>
  | { readonly kind: 'foreign'; readonly pair: string }
  /** The rules of a first sync hold: nothing is removed. */
  | { readonly kind: 'copy'; readonly why: 'no-state' | 'other-place' | 'other-pass' };

export function judgeRoot(found: RootFound, { pair, known }: RootExpected): RootVerdict {
  if (found.kind !== 'marked') return found;
  const { marker, identity } = found;
  if (marker.pair !== pair) return { kind: 'foreign', pair: marker.pair };
  if (known === null) return { kind: 'copy', why: 'no-state' };
  if (!isSamePlace(identity, known.identity)) return { kind: 'copy', why: 'other-place' };
  return known.passes.includes(marker.pass) ? { kind: 'ok' } : { kind: 'copy', why: 'other-pass' };
}

/** `root` with the links of its own path resolved: a link in its very place is not a folder. */
export async function findRoot({ disk, root }: Root): Promise<RootFound> {
  try {
    const stat = await disk.lstat(root);
    if (stat.type !== 'folder') return { kind: 'not-a-folder' };
    const names = await disk.readdir(root);
    const text = names.includes(OWN_FOLDER) ? await readMarker({ disk, root }) : null;
    if (text === null) return { kind: 'no-marker', empty: names.every((name) => name === OWN_FOLDER) };
    const marker = parseMarker(text);
    if (marker === null) return { kind: 'damaged' };
    return { kind: 'marked', marker, identity: seenOf(stat).identity };
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing-folder' };
    const detail = error instanceof SyncError ? error.code : errnoOf(error);
    if (detail === null) throw error;
    return { kind: 'unreadable', detail };
  }
}

/** Takes the marker away, if it is this pair's; true if it was. Whatever else is in `.yetisync` stays. */
export async function removeMarker(at: Root, pair: string): Promise<boolean> {
  const found = await findRoot(at);
  if (found.kind !== 'marked' || found.marker.pair !== pair) return false;
  try {
    await inFolder(at, ownFolder, (folder) => at.disk.unlink(`${folder}/${fileName}`));
    return true;
  } catch (error) {
    throw localError(error, `${OWN_FOLDER}/${fileName}`, 'write');
  }
}

/** Makes `.yetisync` where it is missing, never the folder itself. */
export async function writeMarker(at: Root, { pair, pass, createdMs }: Marker): Promise<void> {
  const text = `${JSON.stringify({ pair, pass, created: new Date(createdMs).toISOString() }, null, 2)}\n`;
  try {
    await inOwnFolder(at, ownFolder, (folder) => at.disk.writeFileAtomic(`${folder}/${fileName}`, text, 0o600));
  } catch (error) {
    throw localError(error, `${OWN_FOLDER}/${fileName}`, 'write');
  }
}

/** `null`: there is none. */
async function readMarker(at: Root): Promise<string | null> {
  try {
    const bytes = await inFolder(at, ownFolder, (folder) => at.disk.readFile(`${folder}/${fileName}`));
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** `null`: not what we write. */
function parseMarker(text: string): Marker | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // damaged, which is what the caller says
  }
  if (typeof value !== 'object' || value === null) return null;
  const { pair, pass, created } = value as Record<string, unknown>;
  const createdMs = typeof created === 'string' ? Date.parse(created) : NaN;
  if (typeof pair !== 'string' || typeof pass !== 'string' || Number.isNaN(createdMs)) return null;
  return { pair, pass, createdMs };
}
