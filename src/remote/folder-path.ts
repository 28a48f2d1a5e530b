/**
 * Finds the folder on the host that a config names by its path, or makes it. Among folders of one name the lowest id is
 * meant, on every computer: two that make it at once must end up in the same one.
 */
import { ACCOUNT_ROOT } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { CallOptions, Remote, RemoteFolder } from '../ports.ts';

export type FoundFolder =
  | { readonly kind: 'found'; readonly id: RemoteId }
  /** `within`: the deepest folder of the path that is there; `missing`: the names that are not. Never empty. */
  | { readonly kind: 'missing'; readonly within: RemoteId; readonly missing: readonly string[] };

/** Follows the names from the account's root, by one listing each. No names: the root. */
export async function findFolder(
  remote: Pick<Remote, 'list'>,
  names: readonly string[],
  options: CallOptions = {},
): Promise<FoundFolder> {
  let within: RemoteId = ACCOUNT_ROOT;
  for (const [index, name] of names.entries()) {
    const child = await childFolder(remote, within, name, options);
    if (child === null) return { kind: 'missing', within, missing: names.slice(index) };
    within = child;
  }
  return { kind: 'found', id: within };
}

/** The folder at that path; makes what is missing of it. */
export async function makeFolder(
  remote: Pick<Remote, 'list' | 'createFolder'>,
  names: readonly string[],
  options: CallOptions = {},
): Promise<RemoteId> {
  const found = await findFolder(remote, names, options);
  if (found.kind === 'found') return found.id;
  let { within } = found;
  for (const name of found.missing) within = await makeChild(remote, within, name, options);
  return within;
}

async function makeChild(
  remote: Pick<Remote, 'list' | 'createFolder'>,
  within: RemoteId,
  name: string,
  options: CallOptions,
): Promise<RemoteId> {
  const failure = await remote.createFolder(within, name as RemoteName, options).then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof SyncError) || error.disposition !== 'retry') throw error;
      return error;
    },
  );
  // Looked up either way: the answer may have been lost after the host acted, and another computer may have made one too.
  const child = await childFolder(remote, within, name, options);
  if (child !== null) return child;
  throw failure ?? new SyncError('remote/astray', { path: name });
}

async function childFolder(
  remote: Pick<Remote, 'list'>,
  parent: RemoteId,
  name: string,
  options: CallOptions,
): Promise<RemoteId | null> {
  const listing = await remote.list(parent, options);
  const id = lowest(listing.folders, name);
  if (id !== null) return id;
  const nothing = listing.folders.length + listing.files.length + listing.unclear.length === 0;
  // What cannot be read may be the one: making another would begin a twin.
  if (listing.unclear.length > 0 || (!listing.complete && !nothing)) {
    throw new SyncError('remote/bad-answer', { path: name, detail: 'folder/listing: an item in it cannot be read' });
  }
  return null;
}

function lowest(folders: readonly RemoteFolder[], name: string): RemoteId | null {
  const exact = folders.filter((folder) => folder.name === name);
  // The config may spell an accented letter in the other of Unicode's two ways.
  const alike = exact.length > 0 ? exact : folders.filter((folder) => folder.name.normalize() === name.normalize());
  const ids = alike.map(({ id }) => id).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return ids[0] ?? null;
}
