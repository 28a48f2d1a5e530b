/**
 * The rows of base. What must hold: no two entries have one remote id, none but outdated ones share a place, and no
 * local or remote row is linked to an entry that base does not have.
 */
import { ROOT_ENTRY } from '../core/entry.ts';
import type {
  BaseEntry,
  EntryKind,
  EntryNumber,
  Identity,
  LocalEntry,
  Md5,
  RemoteEntry,
  RemoteId,
} from '../core/entry.ts';
import type { LocalName, RemoteName } from '../core/path.ts';
import type { Counters } from './counters.ts';
import type { Database, Statement } from './database.ts';
import type { LocalRows } from './local-rows.ts';
import { inPages } from './in-pages.ts';
import { kindOf } from './kinds.ts';
import type { OpenIndex } from './open-index.ts';
import type { RemoteRows } from './remote-rows.ts';
import { RowCache } from './row-cache.ts';

/** The columns of a row, in this order. */
type BaseRow = readonly [
  entry: EntryNumber,
  parent: EntryNumber | null,
  kind: EntryKind,
  localName: LocalName,
  remoteName: RemoteName,
  remoteId: RemoteId,
  size: number,
  md5: Md5 | null,
  identity: Identity,
  stamp: BaseEntry['stamp'],
  putSweep: number,
  movedSweep: number,
];

const columns = `entry, parent, kind, local_name, remote_name, remote_id, size, md5, identity, stamp, put_sweep, moved_sweep`;

export class BaseRows {
  readonly #database: Database;
  readonly #index: OpenIndex;
  readonly #counters: Counters;
  readonly #local: LocalRows;
  readonly #remote: RemoteRows;
  readonly #rows: RowCache<EntryNumber, BaseEntry | null>;
  readonly #get: Statement<BaseRow>;
  readonly #ofRemote: Statement<BaseRow>;
  readonly #at: Statement<BaseRow>;
  readonly #children: Statement<BaseRow>;
  readonly #open: Statement<BaseRow>;
  readonly #namedApart: Statement<BaseRow>;
  readonly #otherNames: Statement<BaseRow>;
  readonly #ofSize: Statement<{ id: RemoteId }>;
  readonly #ofContent: Statement<{ id: RemoteId }>;
  readonly #count: Statement<{ entries: number }>;
  readonly #below: Statement<{ entry: EntryNumber }>;
  readonly #displace: Statement<never>;
  readonly #put: Statement<never>;
  readonly #vouch: Statement<never>;
  readonly #setRemote: Statement<never>;
  readonly #drop: Statement<never>;
  /** Asked for with each row that is recorded; right as long as no more transactions came to nothing. */
  #rootId: { readonly id: RemoteId | null; readonly undone: number } | null = null;

  #writes = 0;

  constructor(
    database: Database,
    { index, counters, local, remote }: { index: OpenIndex; counters: Counters; local: LocalRows; remote: RemoteRows },
  ) {
    this.#database = database;
    const write = (sql: string): Statement<never> => database.prepareWrite(sql, () => this.#writes++);
    this.#index = index;
    this.#counters = counters;
    this.#local = local;
    this.#remote = remote;
    this.#get = database.prepareTuples(`SELECT ${columns} FROM base WHERE entry = ?`);
    this.#ofRemote = database.prepareTuples(`SELECT ${columns} FROM base WHERE remote_id = ?`);
    this.#at = database.prepareTuples(
      `SELECT ${columns} FROM base WHERE parent = ? AND local_name = ? ORDER BY displaced LIMIT 1`,
    );
    this.#children = database.prepareTuples(
      `SELECT ${columns} FROM base WHERE parent = ? ORDER BY local_name, displaced`,
    );
    this.#open = database.prepareTuples(
      `SELECT ${columns} FROM base WHERE open = 1 AND entry > ? ORDER BY entry LIMIT ?`,
    );
    this.#namedApart = database.prepareTuples(
      `SELECT ${columns} FROM base WHERE local_name <> remote_name AND parent IS NOT NULL ORDER BY entry`,
    );
    this.#otherNames = database.prepareTuples(
      `SELECT ${columns} FROM base WHERE local_name <> remote_name AND parent IS NOT NULL ORDER BY entry`,
    );
    const onHost = `SELECT r.id AS id FROM base b JOIN remote r ON r.id = b.remote_id AND r.absent_since IS NULL
      WHERE b.kind = 'file' AND b.size = ?`;
    this.#ofSize = database.prepare(`${onHost} LIMIT 1`);
    this.#ofContent = database.prepare(`${onHost} AND b.md5 = ? LIMIT 8`);
    this.#count = database.prepare('SELECT count(*) AS entries FROM base WHERE parent IS NOT NULL');
    this.#below = database.prepare(`
      WITH RECURSIVE below (entry) AS (
        SELECT ? UNION SELECT b.entry FROM base b JOIN below ON b.parent = below.entry
      )
      SELECT entry FROM base WHERE entry IN below`);
    this.#displace = write(
      'UPDATE base SET displaced = entry WHERE parent = ? AND local_name = ? AND displaced = 0 AND entry <> ?',
    );
    this.#put = write(`
      INSERT INTO base (${columns}, open, displaced) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)
      ON CONFLICT (entry) DO UPDATE SET parent = excluded.parent, kind = excluded.kind,
        local_name = excluded.local_name, remote_name = excluded.remote_name, remote_id = excluded.remote_id,
        size = excluded.size, md5 = excluded.md5, identity = excluded.identity, stamp = excluded.stamp, put_sweep = excluded.put_sweep,
        moved_sweep = excluded.moved_sweep,
        displaced = 0`);
    this.#vouch = write('UPDATE base SET stamp = ?, identity = ? WHERE entry = ? AND md5 = ?');
    this.#setRemote = write('UPDATE base SET remote_id = ? WHERE entry = ?');
    this.#drop = write('DELETE FROM base WHERE entry = ?');
    this.#rows = new RowCache(
      (entry) => entryOf(this.#get.get(entry)),
      () => database.upheavals,
    );
  }

  /** How often rows were written through this, or were about to be: it moves with each of them. */
  get writes(): number {
    return this.#writes;
  }

  get(entry: EntryNumber): BaseEntry | null {
    return this.#rows.get(entry);
  }

  ofRemote(id: RemoteId): BaseEntry | null {
    return entryOf(this.#ofRemote.get(id));
  }

  /** The pair's own folder; `null`: there are no roots yet. */
  get rootId(): RemoteId | null {
    const { undone } = this.#database;
    if (this.#rootId?.undone !== undone) this.#rootId = { id: this.get(ROOT_ENTRY)?.remoteId ?? null, undone };
    return this.#rootId.id;
  }

  /** The entry that has its place there; where another took the place of an outdated one, that other. */
  at(parent: EntryNumber, name: LocalName): BaseEntry | null {
    return entryOf(this.#at.get(parent, name));
  }

  children(parent: EntryNumber): readonly BaseEntry[] {
    return this.#children.all(parent).map(asEntry);
  }

  open(): Iterable<BaseEntry> {
    return inPages(
      0,
      (entry, most) => this.#open.all(entry, most).map(asEntry),
      ({ entry }): number => entry,
    );
  }

  /** Without the root, whose names mean nothing. */
  namedApart(): readonly BaseEntry[] {
    return this.#namedApart.all().map(asEntry);
  }

  /** Those that have another name on the host than here. Reads every row. */
  withOtherNames(): readonly BaseEntry[] {
    return this.#otherNames.all().map(asEntry);
  }

  /** A file that both sides agreed on, and that the host shows still, of that size, and with that content where it is given. */
  fileOnHost(size: number, md5: Md5 | null, isLeaving: (id: RemoteId) => boolean = () => false): RemoteEntry | null {
    const found = md5 === null ? this.#ofSize.all(size) : this.#ofContent.all(size, md5);
    const [first] = found;
    const chosen = found.find(({ id }) => !isLeaving(id)) ?? first;
    return chosen === undefined ? null : this.#remote.get(chosen.id);
  }

  /** Without the root. */
  count(): number {
    return this.#count.get()?.entries ?? 0;
  }

  /** The entry, if base has it, and all below it. */
  withAllBelow(entry: EntryNumber): readonly EntryNumber[] {
    return this.#below.all(entry).map((row) => row.entry);
  }

  /**
   * New or changed. The latest word wins: an entry that stood at the same place is outdated from then on, one that had
   * the same remote id is forgotten, which makes its local row new: nothing is lost, at worst it is compared again.
   */
  put(row: BaseEntry): void {
    const rival = this.ofRemote(row.remoteId);
    if (rival !== null && rival.entry !== row.entry) this.drop(rival.entry);
    this.#rows.changed(row.entry);
    this.#displace.run(row.parent, row.localName, row.entry);
    this.#put.run(
      row.entry,
      row.parent,
      row.kind,
      row.localName,
      row.remoteName,
      row.remoteId,
      row.size,
      row.md5,
      row.identity,
      row.stamp,
      row.putSweep,
      row.movedSweep,
    );
    if (row.entry === ROOT_ENTRY) this.#rootId = null;
    this.#counters.raise('firstFreeEntry', row.entry + 1);
    this.#index.touch(row.entry);
    this.#claim(row);
  }

  /**
   * The file was read with this stamp and held what base has. Agreement does not depend on it. Another file of equal content may have
   * taken its place, and the inode of the former one be given to any other: this one is known by its own from now on.
   */
  vouch(entry: EntryNumber, { stamp, identity }: Pick<LocalEntry, 'stamp' | 'identity'>, md5: Md5): void {
    this.#rows.changed(entry);
    this.#vouch.run(stamp, identity, entry, md5);
  }

  /** The entry has another id on the host from now on. For the root alone: others change by `put`. */
  setRemote(entry: EntryNumber, id: RemoteId): void {
    this.#rows.changed(entry);
    this.#setRemote.run(id, entry);
    this.#rootId = null;
    this.#index.touch(entry);
  }

  /** What was linked to it is new from now on. */
  drop(entry: EntryNumber): void {
    this.#rows.changed(entry);
    this.#drop.run(entry);
    const local = this.#local.ofEntry(entry);
    if (local !== null) this.#local.setEntry(local.node, null);
    const remote = this.#remote.ofEntry(entry);
    if (remote !== null) this.#remote.setEntry(remote.id, null);
  }

  /** What is remembered and is not what the database says. There must never be anything. For checks. */
  misremembered(): readonly string[] {
    return [...this.#rows.compared()].flatMap(({ key, kept, read }) =>
      JSON.stringify(kept) === JSON.stringify(read) ? [] : [`base row ${key}`],
    );
  }

  /** A remote row whose id base knows is linked to it, whichever of the two was written first. */
  #claim({ entry, remoteId }: BaseEntry): void {
    const row = this.#remote.get(remoteId);
    if (row !== null && row.entry === null && this.#remote.ofEntry(entry) === null)
      this.#remote.setEntry(remoteId, entry);
  }
}

function entryOf(row: BaseRow | undefined): BaseEntry | null {
  return row === undefined ? null : asEntry(row);
}

/** By index and into one literal: see local-rows.ts. */
function asEntry(row: BaseRow): BaseEntry {
  const [localName, remoteName] = [row[3], row[4]];
  const isOneName = (localName as string) === remoteName;
  return {
    entry: row[0],
    parent: row[1],
    kind: kindOf(row[2]),
    localName,
    remoteName: isOneName ? (localName as string as RemoteName) : remoteName, // one text in memory, not two
    remoteId: row[5],
    size: row[6],
    md5: row[7],
    identity: row[8],
    stamp: row[9],
    putSweep: row[10],
    movedSweep: row[11],
  };
}
