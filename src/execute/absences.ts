/**
 * A listing can lack what is there: an answer that was cut where nobody can see it, a replica of the host that lags behind. So what a listing does
 * not show is asked for, id by id, before anything is decided for good on its absence: before it is sent anew, or forgotten because it is gone here
 * too, or made anew as a folder. (What is to be removed or replaced here is asked for directly before: `trash.ts`, `download.ts`.)
 *
 * What the host calls active, in a folder of the pair, counts as there, whatever the listings of this pass show. What could not be asked for is
 * left as it is on both sides.
 *
 * RACE: a folder without files has nothing to ask for: two listings in a row that both leave it out are believed, and it goes here. Worst
 * case: an empty folder is missing here until a listing shows it again.
 *
 * RACE: hosts take uploads into trashed folders without a word, and call them active. A folder whose only known file is such a one counts as
 * there on computers that fetched it, until that file is sent anew by its own computer.
 */
import { ACCOUNT_ROOT } from '../core/entry.ts';
import type { BaseEntry, RemoteEntry, RemoteId } from '../core/entry.ts';
import type { Item } from '../core/item.ts';
import type { Problem } from '../core/operation.ts';
import { areRulesAway } from '../core/rules-away.ts';
import { basePath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Clock, PairState, Remote, RemoteFile, RemoteFolder, RemoteListing } from '../ports.ts';

export interface AbsenceContext {
  readonly state: PairState;
  readonly remote: Pick<Remote, 'fileInfo' | 'folderInfo'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Children that this computer leaves out (ignored, excluded), by a folder's listing. */
  readonly ignoredIn: (listing: RemoteListing) => ReadonlySet<RemoteId>;
}

/** What is known to be there although listings lack it is known for one pass: the next begins with what the host shows then. */
export interface Absences {
  /** Nothing is known any more. */
  reset(): void;
  /**
   * Puts back what the host calls active. `found`: there was such, and everything is to be decided anew; `list`: these folders, which are among
   * it, are to be listed. Items that could not be asked for are held, and named in `problems`.
   */
  settle(items: readonly Item[]): Promise<{
    readonly found: boolean;
    readonly list: readonly RemoteId[];
    readonly problems: readonly Problem[];
  }>;
  /** The listing with what is known to be there although it lacks it. */
  whole(listing: RemoteListing): RemoteListing;
  /** The host says so of this file by itself. */
  isThere(file: RemoteFile): void;
  /** Whether this computer does not follow the known file to where it stands: it is left out there, or was rules and is in another place now. */
  isOutOfSight(file: RemoteFile, base: BaseEntry): boolean;
  /**
   * Of what the host has in a folder that is not known, or of such a folder itself: the known folder whose listing leads there. `null`: there is none,
   * this computer leaves out what leads there, or it was looked for in this pass already. Rejects where the host cannot say.
   */
  wayTo(id: RemoteId, folder: RemoteId): Promise<RemoteId | null>;
  /** This pass moved, replaced or trashed it: what was known of it is no longer so. */
  changed(id: RemoteId): void;
}

/** So many of a folder's files are asked for: a person may have removed some before the folder itself. */
const FILES_ASKED = 20;
/** So many that are active, and none that went with the folder, say that the folder is there. */
const ACTIVE_ENOUGH = 3;
/** Of a larger folder the rest is not looked through. */
const FILES_CONSIDERED = 2_000;

export function makeAbsences(context: AbsenceContext): Absences {
  const { state, remote, clock, signal, ignoredIn } = context;
  const { view } = state;
  const there = new Map<RemoteId, RemoteFile>();
  const foldersThere = new Map<RemoteId, RemoteFolder>();
  const asked = new Set<RemoteId>();
  const unknown = new Map<RemoteId, SyncError>();
  const sought = new Set<RemoteId>();
  const ways = new Map<RemoteId, Promise<RemoteId | null>>();

  const ask = async (id: RemoteId): Promise<RemoteFile | null> => {
    const info = await remote.fileInfo(id, { signal });
    return info?.status === 'active' ? info : null;
  };

  const isLeftOut = (item: RemoteFile | RemoteFolder, folder: RemoteId): boolean => {
    const [folders, files] = item.kind === 'folder' ? [[item], []] : [[], [item]];
    return ignoredIn({ folder, folders, files, unclear: [], complete: false }).has(item.id);
  };

  /** Whether it has its place in the pair again. */
  const putBack = (base: BaseEntry, file: RemoteFile): boolean => {
    const home = file.parent === null ? null : view.remote(file.parent);
    if (home === null || home.absentSince !== null || view.remote(file.id) !== null) return false;
    if (isLeftOut(file, home.id)) return false;
    const row: RemoteEntry = {
      ...blank(clock.now()),
      id: file.id,
      parent: home.id,
      kind: 'file',
      name: file.name,
      size: file.size,
      md5: base.size === file.size ? base.md5 : null,
      entry: view.remoteOf(base.entry) === null ? base.entry : null,
    };
    state.record({ changes: [{ put: 'remote', row }] });
    return true;
  };

  const settleFile = async (item: Item, base: BaseEntry): Promise<boolean> => {
    const id = base.remoteId;
    const known = there.get(id);
    if (known !== undefined) return putBack(base, known);
    if (!isUnconfirmed(item) || asked.has(id)) return false;
    try {
      const file = await ask(id);
      asked.add(id);
      unknown.delete(id);
      if (file === null) return false;
      there.set(id, file);
      return putBack(base, file);
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      unknown.set(id, error);
      return false;
    }
  };

  /** The folder by its own word, if its files say that it is there; `null`: it is gone, as far as they tell. */
  const askFolder = async (folder: BaseEntry): Promise<RemoteFolder | null> => {
    let active = 0;
    for (const { remoteId, parent } of spread(filesBelow(folder, view))) {
      const info = await remote.fileInfo(remoteId, { signal });
      const place = parent === null ? null : (view.base(parent)?.remoteId ?? null);
      if (info === null || info.parent === null || info.parent !== place) continue;
      if (info.status === 'trash') return null;
      if (++active >= ACTIVE_ENOUGH) break;
    }
    return active === 0 ? null : remote.folderInfo(folder.remoteId, { signal });
  };

  const settleFolder = async (folder: BaseEntry): Promise<boolean> => {
    const id = folder.remoteId;
    if (asked.has(id)) return false;
    asked.add(id);
    try {
      const info = await askFolder(folder);
      const above = info === null ? null : view.remote(info.parent);
      if (info === null || above === null || above.absentSince !== null || isLeftOut(info, above.id)) return false;
      foldersThere.set(id, info);
      const row: RemoteEntry = {
        ...blank(clock.now()),
        id,
        parent: above.id,
        kind: 'folder',
        name: info.name,
        size: 0,
        md5: null,
        entry: folder.entry,
        unlisted: true,
      };
      state.record({ changes: [{ put: 'remote', row }] });
      return true;
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      return false; // its files are asked for once more before anything of it goes
    }
  };

  /** Upwards until something is known. A ring, or what leads out of the pair, has no way to it. */
  const climb = async (from: RemoteId): Promise<RemoteId | null> => {
    const met = new Set<RemoteId>();
    let below: RemoteFolder | null = null;
    for (let at = from; !met.has(at); at = below.parent) {
      const row = view.remote(at);
      if (row !== null) return below === null || row.absentSince !== null || isLeftOut(below, at) ? null : at;
      met.add(at);
      below = await folderInfo(at);
      if (below === null) return null;
    }
    return null;
  };

  /** `null` also where the host refuses to tell: many do of what is gone. */
  const folderInfo = async (folder: RemoteId): Promise<RemoteFolder | null> => {
    try {
      return folder === ACCOUNT_ROOT ? null : await remote.folderInfo(folder, { signal });
    } catch (error) {
      if (error instanceof SyncError && error.disposition === 'skip') return null;
      throw error;
    }
  };

  return {
    reset() {
      for (const known of [there, foldersThere, asked, unknown, sought, ways]) known.clear();
    },
    async wayTo(id, folder) {
      if (sought.has(id)) return null;
      const known = ways.get(folder) ?? climb(folder); // one that is asked for by many at once is asked for once
      ways.set(folder, known);
      try {
        const way = await known;
        sought.add(id);
        return way;
      } catch (error) {
        ways.delete(folder); // whoever tries again asks again
        throw error;
      }
    },
    async settle(items) {
      const list: RemoteId[] = [];
      let found = false;
      for (const item of items) {
        const { base } = item;
        if (base === null || base.parent === null || item.hold !== null || item.remote !== null) continue;
        if (view.remote(base.remoteId) !== null) continue;
        if (view.remoteOf(base.parent) === null) continue; // the folder above is asked for, for all that was in it
        if (base.kind === 'folder') {
          if (!(await settleFolder(base))) continue;
          list.push(base.remoteId);
          found = true;
        } else if (await settleFile(item, base)) found = true;
      }
      const problems: Problem[] = [];
      for (const item of items) {
        const error = item.base === null || item.remote !== null ? undefined : unknown.get(item.base.remoteId);
        if (error === undefined || item.base === null || !isUnconfirmed(item)) continue;
        const { code, detail = null } = error;
        item.hold = { problem: code, detail };
        problems.push({ path: basePath(view, item.base.entry), code, detail });
      }
      return { found, list, problems };
    },
    whole(listing) {
      const { files, folders, folder } = listing;
      const lacks = <T extends RemoteFile | RemoteFolder>(
        known: ReadonlyMap<RemoteId, T>,
        shown: readonly T[],
      ): readonly T[] => {
        const ids = new Set(known.size === 0 ? [] : shown.map(({ id }) => id));
        return [...known.values()].filter(({ id, parent }) => parent === folder && !ids.has(id));
      };
      const [more, moreFolders] = [lacks(there, files), lacks(foldersThere, folders)];
      if (more.length + moreFolders.length === 0) return listing;
      return { ...listing, files: [...files, ...more], folders: [...folders, ...moreFolders] };
    },
    isThere: (file) => void there.set(file.id, file),
    isOutOfSight: (file, base) =>
      areRulesAway(base, file, view) || (file.parent !== null && isLeftOut(file, file.parent)),
    changed(id) {
      there.delete(id);
      foldersThere.delete(id);
    },
  };
}

/** Nothing asks the host about it before it is carried out. */
function isUnconfirmed({ keep, content, local, base }: Item): boolean {
  return base?.kind === 'file' && (keep ? content === 'fromLocal' : local === null);
}

function filesBelow(folder: BaseEntry, view: TreeView): readonly BaseEntry[] {
  const found: BaseEntry[] = [];
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined && found.length < FILES_CONSIDERED; at = waiting.pop()) {
    for (const child of view.baseChildren(at.entry)) (child.kind === 'folder' ? waiting : found).push(child);
  }
  // what this computer has just sent may have come into a folder that was in the trash already
  return found.filter(({ putSweep }) => putSweep === 0 || view.sweeps.begun - putSweep > FRESH_SWEEPS);
}

/** Full sweeps within which a file is taken for just sent. */
const FRESH_SWEEPS = 2;

function spread<T>(all: readonly T[]): readonly T[] {
  if (all.length <= FILES_ASKED) return all;
  return all.filter((_, at) => at % Math.ceil(all.length / FILES_ASKED) === 0);
}

function blank(nowMs: number) {
  return { firstSeenMs: nowMs, absentSince: null, unlisted: false, released: false } as const;
}
