/**
 * Fresh looks at folders of the host. Before a call that moves, replaces or trashes, the folder is listed; one listing serves
 * all that happens there within two seconds. After uploads and moves into a folder, one listing serves the whole batch: what it does
 * not show does not count.
 *
 * Every listing is taken over into the remote tree, so the next round decides on what was seen here.
 */
import type { EntryNumber, RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import type { Clock, Remote, RemoteListing, RemoteTree } from '../ports.ts';
import type { Absences } from './absences.ts';

/** How long a listing counts as fresh, in milliseconds (design, section 5). */
const FRESH_MS = 2000;

export interface Looks {
  /** A listing of `folder` that was asked for at most two seconds ago. */
  before(folder: RemoteId): Promise<RemoteListing>;
  /** This pass moved, renamed or trashed (`now: null`) an item of the folder `from`: what was listed before shows it so from now on. */
  changed(id: RemoteId, from: RemoteId, now: OwnChange | null): void;
  /** It proved to be another one than what is to be done there was decided on: the next look is a new one. */
  forget(folder: RemoteId): void;
  /** A listing of `folder` that is asked for now. */
  now(folder: RemoteId): Promise<RemoteListing>;
  /** Announces an operation that will put something into the folder `entry` and then call `after`, or `withdraw`. */
  expect(entry: EntryNumber): void;
  /** Resolves with a listing of `folder` asked for after this call, once all announced operations of `entry` have come this far. */
  after(entry: EntryNumber, folder: RemoteId): Promise<RemoteListing>;
  /** An announced operation will not come. */
  withdraw(entry: EntryNumber): void;
}

/** Where an item went by this pass's own doing. */
export interface OwnChange {
  readonly parent: RemoteId;
  readonly name: RemoteName;
}

interface Batch {
  expected: number;
  folder: RemoteId | null;
  readonly waiting: { resolve: (listing: RemoteListing) => void; reject: (error: unknown) => void }[];
}

export interface LooksOptions {
  readonly remote: Pick<Remote, 'list'>;
  readonly tree: RemoteTree;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Children that this computer leaves out (ignored, excluded), by a folder's listing. */
  readonly ignoredIn: (listing: RemoteListing) => ReadonlySet<RemoteId>;
  readonly absences: Pick<Absences, 'changed'>;
}

export function makeLooks({ remote, tree, clock, signal, ignoredIn, absences }: LooksOptions): Looks {
  const fresh = new Map<RemoteId, { readonly askedAt: number; listing: Promise<RemoteListing> }>();
  const batches = new Map<EntryNumber, Batch>();

  const ask = (folder: RemoteId): Promise<RemoteListing> => {
    const moment = tree.moment();
    const askedAt = clock.monotonic();
    const listing = remote.list(folder, { signal }).then((answer) => {
      tree.apply(answer, { moment, nowMs: clock.now(), ignored: ignoredIn(answer) });
      return answer;
    });
    const kept = { askedAt, listing };
    // in the order in which they were asked for, and none longer than it serves: a pass may list very many
    for (const [id, other] of fresh) {
      if (askedAt - other.askedAt <= FRESH_MS) break;
      fresh.delete(id);
    }
    fresh.delete(folder);
    fresh.set(folder, kept);
    listing.catch(() => fresh.get(folder) === kept && fresh.delete(folder)); // the caller has the error; a failed look serves nobody else
    return listing;
  };

  const batchOf = (entry: EntryNumber): Batch => {
    const known = batches.get(entry);
    if (known !== undefined) return known;
    const batch: Batch = { expected: 0, folder: null, waiting: [] };
    batches.set(entry, batch);
    return batch;
  };
  const arrived = (entry: EntryNumber, batch: Batch): void => {
    batch.expected = Math.max(0, batch.expected - 1);
    if (batch.expected > 0) return;
    batches.delete(entry);
    if (batch.folder === null || batch.waiting.length === 0) return;
    const waiting = batch.waiting.splice(0);
    ask(batch.folder).then(
      (listing) => waiting.forEach(({ resolve }) => resolve(listing)),
      (error: unknown) => waiting.forEach(({ reject }) => reject(error)),
    );
  };

  return {
    before(folder) {
      const kept = fresh.get(folder);
      return kept !== undefined && clock.monotonic() - kept.askedAt <= FRESH_MS ? kept.listing : ask(folder);
    },
    changed(id, from, now) {
      absences.changed(id);
      const kept = fresh.get(from);
      if (kept === undefined) return;
      kept.listing = kept.listing.then((listing) => withChange(listing, id, now));
      kept.listing.catch(() => undefined); // whoever asked has the error, and nobody may come to use this one
    },
    forget: (folder) => void fresh.delete(folder),
    now: ask,
    expect(entry) {
      batchOf(entry).expected += 1;
    },
    after(entry, folder) {
      const batch = batchOf(entry);
      batch.folder = folder;
      return new Promise((resolve, reject) => {
        batch.waiting.push({ resolve, reject });
        arrived(entry, batch);
      });
    },
    withdraw(entry) {
      arrived(entry, batchOf(entry));
    },
  };
}

/** Items that came from elsewhere are not put in: what is looked for in a listing is what may stand in the way, or has to be there still. */
function withChange(listing: RemoteListing, id: RemoteId, now: OwnChange | null): RemoteListing {
  const stays = now !== null && now.parent === listing.folder;
  const adjust = <T extends { readonly id: RemoteId; readonly name: RemoteName }>(items: readonly T[]): readonly T[] =>
    items.flatMap((item) => (item.id !== id ? [item] : stays ? [{ ...item, name: now.name }] : []));
  return { ...listing, files: adjust(listing.files), folders: adjust(listing.folders) };
}
