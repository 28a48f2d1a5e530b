/**
 * Paths inside a folder pair, as they stand on the local disk. A `RelPath` is `''` for the pair's own folder, else
 * names joined by `/`: never absolute, never with an empty, `.` or `..` part. Only `parseRelPath` and `joinPath` make one.
 */
import { SyncError } from '../errors.ts';

declare const brand: unique symbol;
export type RelPath = string & { readonly [brand]: 'RelPath' };
/** A single name on the local disk. */
export type LocalName = string & { readonly [brand]: 'LocalName' };
/** A single name as the host keeps it. */
export type RemoteName = string & { readonly [brand]: 'RemoteName' };

export const ROOT = '' as RelPath;

/** Whether `name` can be a single name on a local disk at all: not empty, `.` or `..`, without `/` and NUL. */
export function isLocalName(name: string): name is LocalName {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

/** Reads a relative path; throws `usage/wrong` where a part cannot be a name. */
export function parseRelPath(text: string): RelPath {
  const trimmed = text.replace(/^\.\//, '').replace(/\/+$/, '');
  if (trimmed === '' || trimmed === '.') return ROOT;
  if (!trimmed.split('/').every(isLocalName)) {
    throw new SyncError('usage/wrong', { path: text, detail: 'not a path inside the folder' });
  }
  return trimmed as RelPath;
}

export function joinPath(parent: RelPath, name: LocalName): RelPath {
  return (parent === ROOT ? name : `${parent}/${name}`) as RelPath;
}

/** The folder that holds `path`; of the root, the root. */
export function parentOf(path: RelPath): RelPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? ROOT : path.slice(0, slash)) as RelPath;
}

export function nameOf(path: RelPath): LocalName {
  return path.slice(path.lastIndexOf('/') + 1) as LocalName;
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: RelPath, folder: RelPath): boolean {
  return folder === ROOT || path === folder || path.startsWith(`${folder}/`);
}
