/**
 * Walks the host's folders into the remote tree. What must hold: a listing is taken over whole or not at all; what could
 * not be listed is unknown, never empty; no more calls than folders; folders that contain each other do not make it run
 * for ever; and a sweep that did not see everything does not claim that it did.
 */
import { createHash } from 'node:crypto';
import { kindOfId } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import type { ShownChild } from '../core/remote-items.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Clock, Remote, RemoteFile, RemoteFolder, RemoteListing, RemoteTree } from '../ports.ts';

export interface SweepOptions {
  readonly remote: Pick<Remote, 'list'>;
  readonly tree: RemoteTree;
  /** The pair's own folder. */
  readonly root: RemoteId;
  /** What polls of the same tree have found to say nothing new. */
  readonly unchanged?: Unchanged;
  /** Children that are ignored or excluded. The folder is in the tree by then, the children may not be. */
  readonly ignoredIn: (listing: RemoteListing) => ReadonlySet<RemoteId>;
  /** Listings at once. */
  readonly parallel: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SweepProgress) => void;
  /**
   * Each listing after it was taken over: for whoever plans the next polls by the folders' summaries. `isNews`: it shows something
   * that the tree did not have, or lacks something that it had.
   */
  readonly onListing?: (listing: RemoteListing, isNews: boolean) => void;
  /** Only these, and what new folders they turn out to hold; all below `root` if left out. */
  readonly folders?: Iterable<RemoteId>;
}

export interface SweepProgress {
  readonly listed: number;
  /** Known of, not listed yet. */
  readonly waiting: number;
}

export interface SweepResult {
  /** How many were listed. */
  readonly folders: number;
  /** How many files they showed. */
  readonly files: number;
  readonly failed: readonly { readonly folder: RemoteId; readonly code: ErrorCode }[];
  /** Everything below the pair's folder was seen. */
  readonly full: boolean;
}

/** Failures that are not about the folder that happened to be asked for: the walk ends. */
const notTheFolder: readonly ErrorCode[] = ['remote/put-out', 'remote/token-lapsed'];
/** So many folders in a row that the host did not answer for: it is out of reach, and each further one would wait in vain. */
const mostUnanswered = 5;

/**
 * Listings that said nothing but what was known, by folder, for those who list the same folders all day: who gets the same answer again, and
 * nothing was written in between, need not read what is known for it. A few dozen bytes a folder.
 */
export class Unchanged {
  readonly #revision: () => number;
  readonly #seals = new Map<RemoteId, string>();
  #at = -1;

  /** `revision`: moves with each change of what listings are compared with, and of what is ignored. */
  constructor(revision: () => number) {
    this.#revision = revision;
  }

  has(listing: RemoteListing): boolean {
    const known = this.#current().get(listing.folder);
    return known !== undefined && known === sealOf(listing);
  }

  add(listing: RemoteListing): void {
    this.#current().set(listing.folder, sealOf(listing));
  }

  #current(): Map<RemoteId, string> {
    const now = this.#revision();
    if (now !== this.#at) this.#seals.clear();
    this.#at = now;
    return this.#seals;
  }
}

/** Of all that a comparison looks at; what the schedule is told beside it may move. */
function sealOf({ folders, files, unclear, complete }: RemoteListing): string {
  const hash = createHash('md5');
  hash.update(JSON.stringify([complete, unclear, folders.map(({ id, name }) => [id, name])]));
  hash.update(JSON.stringify(files.map(({ id, name, size, shortUrl }) => [id, name, size, shortUrl])));
  return hash.digest('base64url');
}

export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { tree, root, clock, folders: only } = options;
  const number = only === undefined ? tree.beginSweep() : null;
  const walk = new Walk(options);
  await walk.run(only === undefined ? [root] : only);
  const full = number !== null && walk.sawEverything;
  if (number !== null && full) for (const _ of tree.endSweepInSteps(number)) await clock.sleep(0);
  return { folders: walk.listed, files: walk.files, failed: walk.failed, full };
}

class Walk {
  listed = 0;
  files = 0;
  readonly failed: { readonly folder: RemoteId; readonly code: ErrorCode }[] = [];
  /** False once something may be hidden: a folder that failed, an item without an id, a folder without a name. */
  sawEverything = true;
  readonly #options: SweepOptions;
  /** In the order of discovery; grows while it is walked. */
  readonly #queue: RemoteId[] = [];
  #next = 0;
  readonly #met = new Set<RemoteId>();
  #unanswered = 0;
  #broken: { readonly error: unknown } | null = null;
  #idle: (() => void)[] = [];

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  async run(from: Iterable<RemoteId>): Promise<void> {
    for (const folder of from) this.#meet(folder);
    let working = 0;
    const worker = async () => {
      while (this.#broken === null) {
        const folder = this.#queue[this.#next];
        if (folder === undefined) {
          if (working === 0) break;
          // Others are still at work and may find more.
          await new Promise<void>((resolve) => this.#idle.push(resolve));
          continue;
        }
        this.#next++;
        working++;
        try {
          await this.#list(folder);
        } catch (error) {
          this.#broken ??= { error };
        } finally {
          working--;
          this.#wakeAll();
        }
      }
      this.#wakeAll();
    };
    await Promise.all(Array.from({ length: Math.max(1, this.#options.parallel) }, worker));
    if (this.#broken !== null) throw this.#broken.error;
  }

  /** Puts a folder on the list, once: a folder met again has moved meanwhile, or stands in a ring. */
  #meet(folder: RemoteId): void {
    if (this.#met.has(folder)) return;
    this.#met.add(folder);
    this.#queue.push(folder);
  }

  async #list(folder: RemoteId): Promise<void> {
    const { remote, tree, root, signal } = this.#options;
    const moment = tree.moment();
    let listing: RemoteListing;
    try {
      listing = await remote.list(folder, { urgency: 'sweep', ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      if (folder === root || notTheFolder.includes(error.code)) throw error;
      this.#unanswered = hasCode(error, 'remote/unreachable', 'remote/timeout') ? this.#unanswered + 1 : 0;
      if (this.#unanswered >= mostUnanswered) throw error;
      tree.unlisted(folder);
      this.failed.push({ folder, code: error.code });
      this.sawEverything = false;
      return;
    }
    this.#unanswered = 0;
    this.#take(this.#settled(listing), moment);
  }

  /** An answer that lists nothing at all and could be none is believed where nothing was known to be there. */
  #settled(listing: RemoteListing): RemoteListing {
    const { folders, files, unclear, complete, folder } = listing;
    const silent = !complete && folders.length + files.length + unclear.length === 0;
    return silent && this.#options.tree.shownChildren(folder).length === 0 ? { ...listing, complete: true } : listing;
  }

  #take(listing: RemoteListing, moment: number): void {
    const { tree, ignoredIn, clock, folders: only, unchanged } = this.#options;
    if (only !== undefined && unchanged?.has(listing) === true) {
      this.#count(listing, false, listing.files.length);
      return;
    }
    const ignored = ignoredIn(listing);
    const known = new Map(tree.shownChildren(listing.folder).map((row) => [row.id, row]));
    const inside = listing.folders.filter(({ id }) => !ignored.has(id));
    const arrived = new Set(inside.filter(({ id }) => !known.has(id) && tree.node(id) === null).map(({ id }) => id));
    const isNews = differs(listing, known, ignored);
    const folder = tree.node(listing.folder);
    // nearly all listings say what is known, and are not even written down
    const isWritten = isNews || ignored.size > 0 || folder?.unlisted === listing.complete || folder?.released === true;
    if (isWritten) tree.apply(listing, { moment, nowMs: clock.now(), ignored });
    // What is new, or was seen in passing and never listed, is unknown until its own listing has come; the walk may end before that.
    const isUnlisted = (id: RemoteId): boolean => (isWritten ? tree.node(id) : known.get(id))?.unlisted === true;
    const unknown = inside.filter(({ id }) => arrived.has(id) || isUnlisted(id));
    const wanted = only === undefined ? inside : unknown;
    for (const { id } of wanted) this.#meet(id);
    if (!showsAll(listing)) this.sawEverything = false;
    const { complete, unclear } = listing;
    const isSettled = !isWritten && folder !== null && complete && unclear.length === 0 && unknown.length === 0;
    if (isSettled) unchanged?.add(listing);
    this.#count(listing, isNews, listing.files.filter(({ id }) => !ignored.has(id)).length);
  }

  #count(listing: RemoteListing, isNews: boolean, files: number): void {
    const { onListing, onProgress } = this.#options;
    this.listed++;
    this.files += files;
    onListing?.(listing, isNews);
    onProgress?.({ listed: this.listed, waiting: this.#queue.length - this.#next });
  }

  #wakeAll(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const wake of idle) wake();
  }
}

/** Whether nothing may stand in the folder, or below it, unseen: what is missing elsewhere could have been moved there. */
export function showsAll({ complete, unclear }: RemoteListing): boolean {
  return complete && unclear.every((id) => kindOfId(id) !== 'folder');
}

/** Whether there is anything in the listing that the tree does not have, or anything in the tree that the listing lacks. */
function differs(
  { folders, files, unclear }: RemoteListing,
  known: ReadonlyMap<RemoteId, ShownChild>,
  ignored: ReadonlySet<RemoteId>,
): boolean {
  const doubtful = new Set(unclear);
  let expected = 0;
  for (const row of known.values()) if (row.absentSince === null && !doubtful.has(row.id)) expected++;
  const isNew = (item: RemoteFolder | RemoteFile): boolean => {
    if (ignored.has(item.id)) return false;
    expected--;
    const row = known.get(item.id);
    if (row === undefined || row.absentSince !== null || doubtful.has(item.id)) return true;
    if (row.name !== item.name) return true;
    if (item.kind === 'folder') return false;
    // by its short address a file is known for itself, though all else may be alike
    const isAnother = item.shortUrl !== null && row.shortUrl !== null && item.shortUrl !== row.shortUrl;
    return row.size !== item.size || isAnother;
  };
  return folders.some(isNew) || files.some(isNew) || expected !== 0;
}
