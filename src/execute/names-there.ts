/**
 * The names that files have in folders of the host, as a host compares them when it looks for a free one. Read once a folder and
 * plan: what comes up later the host tells by the name that it gives.
 */
import type { RemoteId } from '../core/entry.ts';
import { foldedName } from '../core/names.ts';
import type { RemoteName } from '../core/path.ts';
import type { RemoteTree } from '../ports.ts';

export interface NamesThere {
  /** Whether the folder has a file whose name a host takes for the same. Then an upload would get a suffix. */
  hasLike(folder: RemoteId, name: RemoteName): boolean;
  /** A file is about to be sent there under this name: to the next one of a like name it counts as there. */
  isSent(folder: RemoteId, name: RemoteName): void;
}

export function readNamesThere(tree: Pick<RemoteTree, 'children'>): NamesThere {
  const known = new Map<RemoteId, Set<string>>();
  const namesIn = (folder: RemoteId): Set<string> => {
    let names = known.get(folder);
    if (names === undefined) {
      const files = tree.children(folder).filter((row) => row.kind === 'file');
      names = new Set(files.map((row) => foldedName(row.name)));
      known.set(folder, names);
    }
    return names;
  };
  return {
    hasLike: (folder, name) => namesIn(folder).has(foldedName(name)),
    isSent: (folder, name) => void namesIn(folder).add(foldedName(name)),
  };
}
