/**
 * Whether the folder on the disk is the one that this pair's state speaks of. A disk that is not mounted shows an empty folder
 * under the same name, and a restored backup shows last week's files: neither may be read as "the person removed it all".
 *
 * The counter goes up with each pass that changes anything: in the marker first, then in the state. So a state that is
 * one behind is one that was killed in between, which is safe at any moment; any other difference is a copy.
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
  readonly counter: number;
  readonly createdMs: number;
}

/** What stands in the pair's place on the disk. */
export type RootFound =
  | { readonly kind: 'missing-folder' }
  | { readonly kind: 'not-a-folder' }
  /** `empty`: nothing of a person's is in it. */
  | { readonly kind: 'no-marker'; readonly empty: boolean }
  /** Whose folder it is cannot be told. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'marked'; readonly marker: Marker; readonly identity: Identity };

/** What the state says of it. */
export interface RootExpected {
  readonly pair: string;
  /** `null`: there is no state, or it never was in step with a folder. */
  readonly known: { readonly counter: number; readonly identity: Identity } | null;
}

export type RootVerdict =
  | { readonly kind: 'ok' }
  | Exclude<RootFound, { readonly kind: 'marked' }>
  | { readonly kind: 'foreign'; readonly pair: string }
  /** The rules of a first sync hold: nothing is removed. */
  | { readonly kind: 'copy'; readonly why: 'no-state' | 'other-place' | 'other-counter' };

export function judgeRoot(found: RootFound, { pair, known }: RootExpected): RootVerdict {
  if (found.kind !== 'marked') return found;
  const { marker, identity } = found;
  if (marker.pair !== pair) return { kind: 'foreign', pair: marker.pair };
  if (known === null) return { kind: 'copy', why: 'no-state' };
  if (!isSamePlace(identity, known.identity)) return { kind: 'copy', why: 'other-place' };
  const ahead = marker.counter - known.counter;
  return ahead === 0 || ahead === 1 ? { kind: 'ok' } : { kind: 'copy', why: 'other-counter' };
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
    if (marker === null) return { kind: 'unreadable', detail: 'its marker is damaged' };
    return { kind: 'marked', marker, identity: seenOf(stat).identity };
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing-folder' };
    const detail = error instanceof SyncError ? error.code : errnoOf(error);
    if (detail === null) throw error;
    return { kind: 'unreadable', detail };
  }
}

/** Makes `.yetisync` where it is missing, never the folder itself. */
export async function writeMarker(at: Root, { pair, counter, createdMs }: Marker): Promise<void> {
  const text = `${JSON.stringify({ pair, counter, created: new Date(createdMs).toISOString() }, null, 2)}\n`;
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
  const { pair, counter, created } = value as Record<string, unknown>;
  const createdMs = typeof created === 'string' ? Date.parse(created) : NaN;
  if (typeof pair !== 'string' || !Number.isSafeInteger(counter) || Number.isNaN(createdMs)) return null;
  return { pair, counter: counter as number, createdMs };
}
