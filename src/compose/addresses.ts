/** What a person asks the host for by hand: to fetch a web address into the pair's folder, and the address of what is there. */
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { localNameFor, remoteNameFor } from '../core/names.ts';
import { isLocalName, nameOf, parentOf, ROOT } from '../core/path.ts';
import type { LocalName, RelPath, RemoteName } from '../core/path.ts';
import type { CycleContext } from '../cycle.ts';
import { SyncError } from '../errors.ts';
import type { Remote, RemoteFile, RemoteFolder, RemoteListing } from '../ports.ts';
import type { Addresses } from '../remote/addresses.ts';
import type { ItemAddress } from '../remote/wire-addresses.ts';

type Context = Pick<CycleContext, 'state' | 'remote' | 'clock' | 'signal'> & { readonly addresses: Addresses };

/** Asked so often how far it is, in milliseconds: less and less often. */
const ask = { firstMs: 500, longestMs: 5_000 };

export interface ImportOptions {
  readonly url: string;
  /** A folder of the pair, or a file in one; the pair's own folder if left out. */
  readonly to: RelPath;
  /** How long to wait for it, in milliseconds. */
  readonly waitMs: number;
  readonly onProgress: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  /** In milliseconds. */
  readonly sinceMs: number;
  /** The host's own word for it. */
  readonly word: string;
  /** In bytes, once the host knows it. */
  readonly size: number | null;
}

/** The file on the host, by names as they will be here. */
export interface Imported {
  readonly path: RelPath;
  readonly size: number;
}

/**
 * Has the host fetch `url`, and waits until the file is where it is to be. Rejects with `usage/wrong` (no such folder, the name is taken, not an
 * address), `remote/refused` (the host does not want to, or gave it up), `remote/timeout` (it is still at it).
 */
export async function importUrl(context: Context, { url, to, waitMs, onProgress }: ImportOptions): Promise<Imported> {
  const { remote, addresses, clock, signal } = context;
  const target = await targetOf(context, to);
  const scheduled = await addresses.fetchUrl(url, target.folder, { signal });
  const begunMs = clock.monotonic();
  for (let pauseMs = ask.firstMs; ; pauseMs = Math.min(ask.longestMs, pauseMs * 1.5)) {
    const state = await addresses.fetching(scheduled, { signal });
    const sinceMs = clock.monotonic() - begunMs;
    if (state.kind === 'done') return settle(await fileOf(state.file, remote, signal), target, context);
    if (state.kind === 'failed') {
      const word = state.word === '' ? '' : `, and says "${state.word}"`;
      throw new SyncError('remote/refused', {
        detail: `it could not fetch the address${word}: is it public, and does it lead to a file?`,
      });
    }
    if (sinceMs > waitMs) {
      throw new SyncError('remote/timeout', {
        detail: `the host is still fetching, as number ${scheduled}: the file may well arrive later`,
      });
    }
    onProgress({ sinceMs, word: state.word, size: state.totalSize });
    await clock.sleep(pauseMs, signal);
  }
}

interface Target {
  readonly folder: RemoteId;
  readonly path: RelPath;
  /** `null`: as the address has it. */
  readonly name: RemoteName | null;
}

async function targetOf(context: Context, to: RelPath): Promise<Target> {
  const found = await findThere(context, to);
  if (found?.kind === 'folder') return { folder: found.id, path: to, name: null };
  if (found !== null) throw wrong(`${to} is there already, and is not overwritten`);
  const above = await findThere(context, parentOf(to));
  if (above?.kind !== 'folder')
    throw wrong(`there is no folder ${parentOf(to)} on the host: make it here, and let a pass take it there`);
  const name = remoteNameFor(nameOf(to));
  if (name === null) throw wrong(`the host cannot keep the name ${nameOf(to)}`);
  return { folder: above.id, path: parentOf(to), name };
}

async function fileOf(id: RemoteId, remote: Remote, signal: AbortSignal): Promise<RemoteFile> {
  const file = await remote.fileInfo(id, { signal });
  if (file === null || file.status === 'trash')
    throw new SyncError('remote/not-found', { detail: 'the host fetched it, and has it no more' });
  return file;
}

/** Hosts put what they cannot place into the account's root; and it has the address's name as yet. */
async function settle(
  file: RemoteFile,
  { folder, path, name }: Target,
  { remote, signal }: Context,
): Promise<Imported> {
  let now = file;
  const wanted = name ?? file.name;
  if (file.parent !== folder || file.name !== wanted)
    now = await remote.editFile(file.id, { name: wanted, parent: folder }, { signal });
  if (now.parent !== folder) {
    throw new SyncError('remote/astray', {
      path: file.name,
      detail: now.parent === ACCOUNT_ROOT ? "it is in the account's root" : 'it is in another folder',
    });
  }
  const local = localNameFor(now.name);
  return { path: (path === ROOT ? (local ?? now.name) : `${path}/${local ?? now.name}`) as RelPath, size: now.size };
}

// ---------------------------------------------------------------------------------------------- finding

export interface Linked extends ItemAddress {
  readonly kind: 'file' | 'folder';
}

/** The address of what the host has at `path`. Rejects with `usage/wrong` where it has nothing there. */
export async function linkTo(context: Context, path: RelPath): Promise<Linked> {
  const found = await findThere(context, path);
  if (found === null) throw wrong(`the host has nothing at ${path}: was it synced yet?`);
  const address = await context.addresses.addressOf(found.id, { signal: context.signal });
  if (address === null) throw new SyncError('remote/bad-answer', { path, detail: 'the host does not say its address' });
  return { ...address, kind: found.kind };
}

/** By the names that things have here, in listings of this moment. */
async function findThere({ state, remote, signal }: Context, path: RelPath): Promise<Found | null> {
  const root = state.view.remoteOf(ROOT_ENTRY);
  if (root === null || root.id.startsWith('d-'))
    throw wrong('the folder on the host is not there yet: make a first pass');
  let at: Found = { kind: 'folder', id: root.id };
  for (const name of path === ROOT ? [] : path.split('/').filter(isLocalName)) {
    if (at.kind === 'file') return null;
    const next = childNamed(await remote.list(at.id, { signal }), name, state.view);
    if (next === null) return null;
    at = next;
  }
  return at;
}

type Found = Pick<RemoteFile | RemoteFolder, 'kind' | 'id'>;

/** What the state knows under that name comes first: the host may have several of it. */
function childNamed(listing: RemoteListing, name: LocalName, view: Context['state']['view']): Found | null {
  const all: readonly (RemoteFile | RemoteFolder)[] = [...listing.folders, ...listing.files];
  const known = all.find(({ id }) => view.baseOfRemote(id)?.localName === name);
  return known ?? all.find((one) => localNameFor(one.name) === name && view.baseOfRemote(one.id) === null) ?? null;
}

function wrong(detail: string): SyncError {
  return new SyncError('usage/wrong', { detail });
}
