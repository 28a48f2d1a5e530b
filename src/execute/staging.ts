/** The folder on the host in which new versions stand until one call gives them their name and place. */
import { ROOT_ENTRY } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { STAGING_FOLDER } from '../core/ignore.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { PairState, Remote } from '../ports.ts';
import type { Looks } from './looks.ts';

interface Place {
  readonly state: PairState;
  readonly remote: Pick<Remote, 'list' | 'createFolder'>;
  readonly signal: AbortSignal;
}

/** The staging folder, if the host has one. One listing. */
export async function findStaging({ state, remote, signal }: Place): Promise<RemoteId | null> {
  return pick(await remote.list(rootOf(state), { signal }));
}

/** Looks for it when it is first needed and makes it where there is none; one look serves the whole round. */
export function makeStaging({ state, remote, signal }: Place, looks: Looks): () => Promise<RemoteId> {
  let found: Promise<RemoteId> | null = null;
  return () => {
    found ??= (async () => {
      const root = rootOf(state);
      const known = pick(await looks.before(root));
      if (known !== null) return known;
      const made = await remote.createFolder(root, STAGING_FOLDER as RemoteName, { signal });
      if (made.parent !== root) throw new SyncError('remote/astray', { path: STAGING_FOLDER });
      return made.id;
    })();
    found.catch(() => (found = null)); // whoever asked has the error; the next one may have better luck
    return found;
  };
}

function rootOf(state: PairState): RemoteId {
  const root = state.view.remoteOf(ROOT_ENTRY);
  if (root === null) throw new SyncError('bug', { detail: 'the state has no root' });
  return root.id;
}

/** Two computers may have made one each at the same time: all use the lowest. */
function pick(listing: Awaited<ReturnType<Remote['list']>>): RemoteId | null {
  const own = listing.folders.filter((folder) => folder.name === (STAGING_FOLDER as string));
  return own.map((folder) => folder.id).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? null;
}
