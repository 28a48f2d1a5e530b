/**
 * The remote tree as sweeps read and write it. What must hold: a listing takes nothing back that was recorded after it
 * was asked for; a folder is not gone before a whole sweep missed it.
 */
import { kindOfId } from '../core/entry.ts';
import type { RemoteEntry, RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import { isElsewhere } from '../core/places.ts';
import type { ShownChild } from '../core/remote-items.ts';
import type { Steps } from '../core/steps.ts';
import type { RemoteFile, RemoteFolder, RemoteListing, RemoteTree } from '../ports.ts';
import type { Counters } from './counters.ts';
import { SyncError } from '../errors.ts';
import { letGoOfId } from './let-go.ts';
import type { Rows } from './let-go.ts';
import type { Moments } from './moments.ts';
import type { OpenIndex } from './open-index.ts';
import { keepOutOfRing } from './remote-ring.ts';
import type { WrittenRow } from './remote-rows.ts';

interface ApplyOptions {
  readonly moment: number;
  readonly nowMs: number;
  readonly ignored: ReadonlySet<RemoteId>;
}

/** So many rows of a folder that is gone are dropped in one transaction. */
const DROPPED_AT_ONCE = 250;

export class StoredRemoteTree implements RemoteTree {
  readonly #rows: Rows;
  readonly #index: OpenIndex;
  readonly #counters: Counters;
  readonly #moments: Moments;

  constructor(rows: Rows, services: { index: OpenIndex; counters: Counters; moments: Moments }) {
    this.#rows = rows;
    this.#index = services.index;
    this.#counters = services.counters;
    this.#moments = services.moments;
  }

  /** Absent folders too: a sweep that can list one knows that it is there. */
  children(folder: RemoteId): readonly RemoteEntry[] {
    return this.#rows.remote.children(folder);
  }

  shownChildren(folder: RemoteId): readonly ShownChild[] {
    return this.#rows.remote.shownChildren(folder);
  }

  node(id: RemoteId): RemoteEntry | null {
    return this.#rows.remote.get(id);
  }

  folders(): readonly RemoteId[] {
    return this.#rows.remote.folders();
  }

  get revision(): number {
    return this.#rows.remote.writes + this.#rows.base.writes;
  }

  moment(): number {
    return this.#moments.now();
  }

  beginSweep(): number {
    this.#moments.beginSweep();
    return this.#counters.next('sweepBegun');
  }

  /**
   * The listing of a folder that has no row (dropped since, or outside the pair) is passed over. Ids that this computer
   * trashed are kept like any other; that they are ghosts is decided when new ones are asked for. Throws `remote/renewed` where an
   * id is another file's by now; then nothing of the listing is taken over.
   */
  apply(listing: RemoteListing, options: ApplyOptions): void {
    this.#index.write(() => {
      const folder = this.#rows.remote.get(listing.folder);
      if (folder === null) return;
      const known = new Map(this.#rows.remote.writtenChildren(folder.id).map((child) => [child.row.id, child]));
      this.#checkFiles(listing.files, known);
      for (const item of [...listing.folders, ...listing.files]) {
        if (!options.ignored.has(item.id)) this.#take(folder.id, item, known.get(item.id), options);
      }
      this.#letGo(listing, known, options.ignored);
      this.#miss(listing, known, options);
      if (folder.released && listing.complete && options.ignored.size === 0) this.#takeBack(folder.id, options.moment);
      if (folder.unlisted === listing.complete) this.#rows.remote.setUnlisted(folder.id, !listing.complete);
    });
  }

  /** A released folder that nothing is left alone in is one like any other again, and compared as if it were new. */
  #takeBack(id: RemoteId, asked: number): void {
    const written = this.#rows.remote.written(id);
    if (written === null || written.moment > asked) return;
    if (this.#rows.remote.writtenChildren(id).some(({ row }) => row.released)) return;
    this.#rows.remote.put({ ...written.row, released: false }, written.moment);
  }

  unlisted(folder: RemoteId): void {
    this.#rows.remote.setUnlisted(folder, true);
  }

  *endSweepInSteps(sweep: number): Steps<void> {
    const { remote } = this.#rows;
    for (const top of remote.absentBefore(sweep)) {
      if (remote.get(top)?.parent === null) continue; // the pair's own folder is never missed, and nothing in it goes for its sake
      // From below: however far this comes, nothing is left without the folder that it is in.
      const ids = remote.withAllBelow(top).map(({ id }) => id);
      for (let end = ids.length; end > 0; end -= DROPPED_AT_ONCE) {
        this.#index.write(() => {
          for (const id of ids.slice(Math.max(0, end - DROPPED_AT_ONCE), end).reverse()) remote.drop(id);
        });
        yield;
      }
    }
    this.#index.write(() => {
      remote.forgetVanished();
      this.#counters.raise('sweepCompleted', sweep);
    });
  }

  /** A host that was put back to an older state, or begun anew, hands ids out again: then nothing that is known of it holds any more. */
  #checkFiles(files: readonly RemoteFile[], known: ReadonlyMap<RemoteId, WrittenRow>): void {
    for (const { id, name, shortUrl } of files) {
      if (shortUrl === null) continue;
      const child = known.get(id);
      const before = child === undefined ? this.#rows.remote.shortUrl(id) : child.shortUrl;
      if (before !== null && before !== shortUrl) throw new SyncError('remote/renewed', { detail: name });
    }
  }

  #take(folder: RemoteId, item: RemoteFolder | RemoteFile, child: WrittenRow | undefined, options: ApplyOptions): void {
    const written = child ?? this.#rows.remote.written(item.id);
    const size = item.kind === 'file' ? item.size : 0;
    const isToldAnew = item.kind === 'file' && item.shortUrl !== null && (written?.shortUrl ?? null) === null;
    if (written === null) {
      if (this.#moments.droppedAfter(item.id, options.moment)) return;
      this.#rows.remote.put(this.#fresh(folder, item, size, options.nowMs), 0);
      if (isToldAnew) this.#rows.remote.setShortUrl(item.id, item.shortUrl);
      return;
    }
    if (isToldAnew) this.#rows.remote.setShortUrl(item.id, item.shortUrl);
    const { row: before, moment } = written;
    // The pair's own folder is nobody's child, and no folder its own.
    if (before.parent === null || item.id === folder || moment > options.moment) return;
    const same = before.parent === folder && before.name === item.name && before.size === size;
    if (same && before.absentSince === null) return;
    const isMovedFolder = item.kind === 'folder' && before.parent !== folder;
    if (isMovedFolder && !keepOutOfRing(item.id, folder, this.#rows, this.#counters)) return;
    // Content never changes under an id. A host that says so nevertheless is not believed about either.
    const md5 = before.size === size ? before.md5 : null;
    const isMoved = before.parent !== folder || before.name !== item.name;
    const firstSeenMs = isMoved ? options.nowMs : before.firstSeenMs;
    this.#rows.remote.put(
      { ...before, parent: folder, name: item.name, size, md5, firstSeenMs, absentSince: null },
      moment,
    );
  }

  #fresh(folder: RemoteId, item: RemoteFolder | RemoteFile, size: number, nowMs: number): RemoteEntry {
    const base = this.#rows.base.ofRemote(item.id);
    const free = base !== null && this.#rows.remote.ofEntry(base.entry) === null;
    return {
      id: item.id,
      parent: folder,
      kind: kindOfId(item.id),
      name: item.name,
      size,
      md5: free && base.size === size ? base.md5 : null,
      entry: free ? base.entry : null,
      firstSeenMs: nowMs,
      absentSince: null,
      unlisted: item.kind === 'folder', // until its own listing has come it is unknown, not empty
      released: false,
    };
  }

  #letGo(listing: RemoteListing, known: ReadonlyMap<RemoteId, unknown>, ignored: ReadonlySet<RemoteId>): void {
    if (ignored.size === 0) return;
    const names = new Map([...listing.folders, ...listing.files].map(({ id, name }) => [id, name]));
    for (const id of new Set([...names.keys(), ...known.keys()])) {
      if (!ignored.has(id)) continue;
      if (this.#isAway(id, names.get(id), listing.folder)) this.#rows.remote.leaveOut(id);
      else letGoOfId(this.#rows, id);
    }
  }

  /**
   * No rule came to where it was, but it was put to where there is one: that is a removal. What is ignored at its old place as well is let go of
   * by the scan here.
   */
  #isAway(id: RemoteId, name: RemoteName | undefined, folder: RemoteId): boolean {
    const { base, remote } = this.#rows;
    const known = base.ofRemote(id);
    if (known === null || name === undefined) return false;
    return isElsewhere(known, { name, parent: remote.get(folder)?.entry ?? null });
  }

  /** What the folder held and the listing does not show. */
  #miss(listing: RemoteListing, known: ReadonlyMap<RemoteId, WrittenRow>, { moment }: ApplyOptions): void {
    // Any of them may be the item that came without an id.
    if (!listing.complete) return;
    const listed = new Set([...listing.folders, ...listing.files].map(({ id }) => id).concat(listing.unclear));
    for (const child of known.values()) {
      const { id } = child.row;
      if (listed.has(id) || child.moment > moment) continue;
      // Read anew: it may have been let go of with something above.
      const row = this.#rows.remote.get(id);
      if (row === null) continue;
      if (row.kind === 'file') this.#rows.remote.drop(id);
      else if (row.absentSince === null) {
        this.#rows.remote.put({ ...row, absentSince: this.#counters.get('sweepBegun') }, child.moment);
      }
    }
  }
}
