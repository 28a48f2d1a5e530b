/** The two looks at the world of one pair, wired to its disk, its host, its rules and its state. */
import type { Observer } from '../cycle.ts';
import type { BaseEntry, EntryKind, Identity, RemoteEntry, RemoteId } from '../core/entry.ts';
import { ROOT_ENTRY } from '../core/entry.ts';
import { OWN_FOLDER, PARKED_PREFIX, STAGING_FOLDER } from '../core/ignore.ts';
import type { IgnoreRules } from '../core/ignore.ts';
import { localNameFor } from '../core/names.ts';
import type { Problem } from '../core/operation.ts';
import { joinPath, parseRelPath, ROOT } from '../core/path.ts';
import type { LocalName, RelPath, RemoteName } from '../core/path.ts';
import { isElsewhere, isParked } from '../core/places.ts';
import { localPath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import { scan } from '../local/scanner.ts';
import type { ScanProgress } from '../local/scanner.ts';
import type { Clock, Disk, LocalFiles, PairState, Remote, RemoteListing } from '../ports.ts';
import { sweep, Unchanged } from '../remote/listing.ts';
import type { SweepProgress } from '../remote/listing.ts';

export interface ObserverOptions {
  readonly root: string;
  /** Who that folder was when its marker was read. */
  readonly identity?: Identity;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly state: PairState;
  readonly files: Pick<LocalFiles, 'hash'>;
  readonly remote: Remote;
  readonly rules: IgnoreRules;
  readonly ignoredIn: LeftOut;
  /** Listings at once. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { local?: ScanProgress; remote?: SweepProgress }) => void;
  /** Of each folder on the disk that is about to be read. */
  readonly beforeReading?: (folder: RelPath) => void;
  /** Whether a known folder below one that is read need not be read too. */
  readonly mayPass?: (folder: RelPath) => boolean;
  /** Of each listing of the host, once it was taken over. */
  readonly onListing?: (listing: RemoteListing, isNews: boolean) => void;
}

/** Children of a listing that are none of this computer's business: ignored, excluded, or yetisync's own. */
export type LeftOut = (listing: RemoteListing) => ReadonlySet<RemoteId>;

/** `exclude`: remote folders left out on this computer, relative to the pair's folder. */
export function makeLeftOut(view: TreeView, rules: IgnoreRules, exclude: readonly string[]): LeftOut {
  const excluded = new Set(exclude);
  const leftOutAt = (above: Paths, { folders, files }: RemoteListing): ReadonlySet<RemoteId> => {
    const ids = new Set<RemoteId>();
    const isTop = above.there === '';
    const isIgnored = (name: RemoteName, kind: EntryKind): boolean => {
      const local = localNameFor(name);
      return local !== null && rules.test(joinPath(above.here, local), kind).ignored;
    };
    for (const { id, name } of folders) {
      const isOurs = isTop && (name === STAGING_FOLDER || name === OWN_FOLDER || name.startsWith(PARKED_PREFIX));
      const isExcluded = excluded.has(isTop ? name : `${above.there}/${name}`);
      if (isOurs || isExcluded || isIgnored(name, 'folder')) ids.add(id);
    }
    for (const { id, name } of files)
      if (isIgnored(name, 'file') || (isTop && name.startsWith(PARKED_PREFIX))) ids.add(id);
    return ids;
  };
  return (listing) => {
    const { folder, folders, files } = listing;
    const above = folders.length + files.length === 0 ? null : remotePaths(view, folder);
    if (above === null) return new Set();
    const ids = leftOutAt(above, listing);
    // rules go by the places that things have, or get: a folder that was moved here takes along what is in it there
    const here = ids.size === 0 ? null : movedHere(view, folder);
    return here === null ? ids : leftOutAt({ ...above, here }, listing);
  };
}

/** Where a folder of the host stands below the pair's own, by the host's names and by the names it has, or gets, here. */
interface Paths {
  readonly there: string;
  readonly here: RelPath;
}

function remotePaths(view: TreeView, folder: RemoteId): Paths | null {
  const chain: { readonly name: RemoteName; readonly localName: string }[] = [];
  for (let at = view.remote(folder); at !== null; at = at.parent === null ? null : view.remote(at.parent)) {
    if (at.entry === ROOT_ENTRY) {
      const here = chain
        .reverse()
        .reduce<RelPath>(
          (path, { localName }) => parseRelPath(path === ROOT ? localName : `${path}/${localName}`),
          ROOT,
        );
      return { there: chain.map(({ name }) => name).join('/'), here };
    }
    const known = at.entry === null ? null : view.base(at.entry);
    const localName = known === null || isMovedThere(at, known, view) ? localNameFor(at.name) : known.localName;
    if (localName === null) return null; // below a name that cannot stand here nothing can be ignored by path
    chain.push({ name: at.name, localName });
  }
  return null;
}

function isMovedThere({ parent, name }: RemoteEntry, base: BaseEntry, view: TreeView): boolean {
  return isElsewhere(base, { name, parent: parent === null ? null : (view.remote(parent)?.entry ?? null) });
}

/** Where the folder is here, or comes to stand, because it or one above it was moved here; `null`: none was. */
function movedHere(view: TreeView, folder: RemoteId): RelPath | null {
  const below: LocalName[] = [];
  for (let at = view.remote(folder); at !== null; at = at.parent === null ? null : view.remote(at.parent)) {
    const base = at.entry === null ? null : view.base(at.entry);
    const row = base === null ? null : view.localOf(base.entry);
    const isTheHosts = base === null || isMovedThere(at, base, view);
    if (!isTheHosts && row !== null && row.parent !== null && !isParked(row)) {
      const home = view.local(row.parent)?.entry ?? null;
      if (row.name !== base.localName || home !== base.parent)
        return below.reduceRight<RelPath>(joinPath, localPath(view, row.node));
    }
    const name = isTheHosts ? localNameFor(at.name) : base.localName;
    if (name === null) return null;
    below.push(name);
  }
  return null;
}

/** Builds the observer of a pair. */
export function makeObserver(options: ObserverOptions): Observer {
  const { root, identity, disk, clock, state, files, remote, rules, ignoredIn, parallel, signal, onProgress } = options;
  const { beforeReading, mayPass, onListing } = options;
  const pairFolder = (): RemoteId => {
    const own = state.view.remoteOf(ROOT_ENTRY);
    if (own === null) throw new SyncError('bug', { detail: 'the state has no root' });
    return own.id;
  };
  const revision = (): number => state.remoteTree.revision + rules.revision;
  const sweepOptions = {
    remote,
    tree: state.remoteTree,
    ignoredIn,
    parallel,
    clock,
    signal,
    ...(onListing === undefined ? {} : { onListing, unchanged: new Unchanged(revision) }), // who hears of listings has them made again and again
  };

  const asProblem = (folder: RemoteId, code: Problem['code']): Problem => {
    const entry = state.view.remote(folder)?.entry ?? null;
    const node = entry === null ? null : state.view.localOf(entry);
    return {
      path: node === null ? ROOT : localPath(state.view, node.node),
      code,
      detail: 'its listing on the host failed',
    };
  };

  return {
    async scan(from) {
      const result = await scan({
        root,
        ...(identity === undefined ? {} : { identity }),
        disk,
        clock,
        tree: state.localTree,
        files,
        rules,
        signal,
        onProgress: (local) => onProgress({ local }),
        ...(from === 'everything' ? {} : { from }),
        ...(beforeReading === undefined ? {} : { beforeReading }),
        ...(mayPass === undefined ? {} : { mayPass }),
      });
      const problems = result.troubles.map(({ path, trouble, detail }): Problem => ({ path, code: trouble, detail }));
      return { problems, unsettled: result.unsettled };
    },
    async sweep() {
      const result = await sweep({
        ...sweepOptions,
        root: pairFolder(),
        onProgress: (remote) => onProgress({ remote }),
      });
      return { problems: result.failed.map(({ folder, code }) => asProblem(folder, code)) };
    },
    async relist(folders) {
      const result = await sweep({ ...sweepOptions, root: pairFolder(), folders });
      return { failed: result.failed.map(({ folder, code }) => ({ folder, problem: asProblem(folder, code) })) };
    },
  };
}
