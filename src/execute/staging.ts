/** The folder on the host in which new versions stand until one call gives them their name and place. */
import { ROOT_ENTRY } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { STAGING_FOLDER } from '../core/ignore.ts';
import type { RemoteName } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { PairState, Remote, RemoteFile, RemoteListing } from '../ports.ts';
import type { Looks } from './looks.ts';

interface Place {
  readonly state: PairState;
  readonly remote: Pick<Remote, 'list' | 'createFolder'>;
  readonly signal: AbortSignal;
}

/** What stands in the staging folder, and in those that two computers made beside each other. One listing, and one for each of them. */
export async function listStaged({ state, remote, signal }: Place): Promise<readonly RemoteFile[]> {
  const staged: RemoteFile[] = [];
  for (const folder of stagingIn(await remote.list(rootOf(state), { signal })))
    staged.push(...(await remote.list(folder, { signal })).files);
  return staged;
}

/** Looks for it when it is first needed and makes it where there is none; one look serves the whole round. */
export function makeStaging({ state, remote, signal }: Place, looks: Looks): () => Promise<RemoteId> {
  let found: Promise<RemoteId> | null = null;
  return () => {
    found ??= (async () => {
      const root = rootOf(state);
      const [known] = stagingIn(await looks.before(root));
      if (known !== undefined) return known;
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

/** Two computers may have made one each at the same time: all use the lowest, which comes first. */
function stagingIn({ folders }: RemoteListing): readonly RemoteId[] {
  return folders
    .filter(({ name }) => name === (STAGING_FOLDER as string))
    .map(({ id }) => id)
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}
