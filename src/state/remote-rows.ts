/**
 * The rows of the remote tree. What must hold: one row an id, one row an entry; every write touches the entries whose
 * agreement hangs on it. That no folder stands below itself is seen to by those who write (remote-ring.ts).
 */
import { kindOfId } from '../core/entry.ts';
import type { EntryNumber, Md5, RemoteEntry, RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import type { ShownChild } from '../core/remote-items.ts';
import type { Database, Statement } from './database.ts';
import { inPages } from './in-pages.ts';
import { kindOf } from './kinds.ts';
import type { OpenIndex } from './open-index.ts';
import { RowCache } from './row-cache.ts';

/** The columns of a row, in this order. */
type RemoteRow = readonly [
  id: RemoteId,
  parent: RemoteId | null,
  kind: RemoteEntry['kind'],
  name: RemoteName,
  size: number,
  md5: Md5 | null,
  entry: EntryNumber | null,
  firstSeenMs: number,
  absentSince: number | null,
  unlisted: 0 | 1,
  released: 0 | 1,
  written: number,
  shortUrl: string | null,
];

/** What listings showed of a row. */
type ShownRow = readonly [
  id: RemoteId,
  name: RemoteName,
  size: number,
  absentSince: number | null,
  unlisted: 0 | 1,
  shortUrl: string | null,
];

/** A row with the moment at which it was recorded; 0 for one that only listings told of. */
export interface WrittenRow {
  readonly row: RemoteEntry;
  readonly moment: number;
  /** By which the host told of the file; `null`: it did not yet, or this is a folder. */
  readonly shortUrl: string | null;
}

const columns =
  'id, parent, kind, name, size, md5, entry, first_seen, absent_since, unlisted, released, written, short_url';

const below = `WITH RECURSIVE below (id) AS (
    SELECT ? UNION SELECT r.id FROM remote r JOIN below ON r.parent = below.id
  )`;

export class RemoteRows {
  readonly #index: OpenIndex;
  readonly #leftOut = new Set<RemoteId>();
  readonly #rows: RowCache<RemoteId, WrittenRow | null>;
  /** Which row is linked to an entry: see local-rows.ts. */
  readonly #linked: RowCache<EntryNumber, RemoteId | null>;
  readonly #get: Statement<RemoteRow>;
  readonly #ofEntry: Statement<RemoteRow>;
  readonly #children: Statement<RemoteRow>;
  readonly #present: Statement<RemoteRow>;
  readonly #shown: Statement<ShownRow>;
  readonly #at: Statement<RemoteRow>;
  readonly #new: Statement<RemoteRow>;
  readonly #absentBefore: Statement<{ id: RemoteId }>;
  readonly #folders: Statement<{ id: RemoteId }>;
  readonly #childEntries: Statement<{ entry: EntryNumber }>;
  readonly #below: Statement<{ id: RemoteId; entry: EntryNumber | null }>;
  readonly #fileBelow: Statement<unknown>;
  readonly #insert: Statement<never>;
  readonly #update: Statement<never>;
  readonly #move: Statement<never>;
  readonly #setEntry: Statement<never>;
  readonly #setUnlisted: Statement<never>;
  readonly #learn: Statement<never>;
  readonly #adopt: Statement<never>;
  readonly #drop: Statement<never>;
  readonly #setShortUrl: Statement<never>;
  readonly #keepShortUrl: Statement<never>;
  readonly #vanished: Statement<{ readonly shortUrl: string }>;
  readonly #forgetVanished: Statement<never>;

  #writes = 0;

  constructor(database: Database, index: OpenIndex) {
    const write = (sql: string): Statement<never> => database.prepareWrite(sql, () => this.#writes++);
    this.#index = index;
    this.#get = database.prepareTuples(`SELECT ${columns} FROM remote WHERE id = ?`);
    this.#ofEntry = database.prepareTuples(`SELECT ${columns} FROM remote WHERE entry = ?`);
    this.#children = database.prepareTuples(`SELECT ${columns} FROM remote WHERE parent = ? ORDER BY name, id`);
    this.#present = database.prepareTuples(
      `SELECT ${columns} FROM remote WHERE parent = ? AND absent_since IS NULL ORDER BY name, id`,
    );
    this.#shown = database.prepareTuples(
      'SELECT id, name, size, absent_since, unlisted, short_url FROM remote WHERE parent = ?',
    );
    this.#at = database.prepareTuples(
      `SELECT ${columns} FROM remote WHERE parent = ? AND name = ? AND absent_since IS NULL ORDER BY id`,
    );
    this.#new = database.prepareTuples(
      `SELECT ${columns} FROM remote WHERE entry IS NULL AND absent_since IS NULL AND id > ? ORDER BY id LIMIT ?`,
    );
    this.#absentBefore = database.prepare('SELECT id FROM remote WHERE absent_since < ?');
    this.#folders = database.prepare("SELECT id FROM remote WHERE kind = 'folder' AND absent_since IS NULL");
    this.#childEntries = database.prepare('SELECT entry FROM remote WHERE parent = ? AND entry IS NOT NULL');
    this.#below = database.prepare(`${below} SELECT r.id, r.entry FROM below CROSS JOIN remote r ON r.id = below.id`);
    this.#fileBelow = database.prepare(`${below} SELECT 1 FROM remote WHERE id IN below AND kind = 'file' LIMIT 1`);
    this.#insert = write(`
      INSERT INTO remote (parent, name, entry, kind, size, md5, first_seen, absent_since, unlisted, released, written, id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#update = write(`
      UPDATE remote SET kind = ?, size = ?, md5 = ?, first_seen = ?, absent_since = ?, unlisted = ?, released = ?,
        written = ? WHERE id = ?`);
    this.#move = write('UPDATE remote SET parent = ?, name = ? WHERE id = ?');
    this.#setEntry = write('UPDATE remote SET entry = ? WHERE id = ?');
    this.#setUnlisted = write('UPDATE remote SET unlisted = ? WHERE id = ?');
    this.#learn = write('UPDATE remote SET md5 = ? WHERE id = ?');
    this.#adopt = write('UPDATE remote SET parent = ? WHERE parent = ?');
    this.#drop = write('DELETE FROM remote WHERE id = ?');
    this.#setShortUrl = write('UPDATE remote SET short_url = ? WHERE id = ?');
    this.#keepShortUrl = write(`
      INSERT OR REPLACE INTO vanished (id, short_url)
      SELECT id, short_url FROM remote WHERE id = ? AND short_url IS NOT NULL
        AND EXISTS (SELECT 1 FROM base WHERE remote_id = remote.id)`);
    this.#vanished = database.prepare('SELECT short_url AS shortUrl FROM vanished WHERE id = ?');
    // of what no listing shows: it moves nothing that listings are compared with
    this.#forgetVanished = database.prepare(
      'DELETE FROM vanished WHERE NOT EXISTS (SELECT 1 FROM base WHERE remote_id = vanished.id)',
    );
    const upheavals = (): number => database.upheavals;
    this.#rows = new RowCache((id) => writtenOf(this.#get.get(id)), upheavals);
    this.#linked = new RowCache((entry) => this.#readLinked(entry), upheavals);
  }

  /** How often rows were written through this, or were about to be: it moves with each of them. */
  get writes(): number {
    return this.#writes;
  }

  /** Rows were written past this. */
  noteWrite(): void {
    this.#writes++;
  }

  get(id: RemoteId): RemoteEntry | null {
    return this.#rows.get(id)?.row ?? null;
  }

  /** With the moment at which it was recorded. */
  written(id: RemoteId): WrittenRow | null {
    return this.#rows.get(id);
  }

  ofEntry(entry: EntryNumber): RemoteEntry | null {
    const id = this.#linked.get(entry);
    const row = id === null ? null : this.get(id);
    if (row === null || row.entry === entry) return row;
    this.#linked.changed(entry);
    const other = this.#linked.get(entry);
    return other === null ? null : this.get(other);
  }

  /** Absent ones too. */
  children(parent: RemoteId): readonly RemoteEntry[] {
    return this.#children.all(parent).map(asEntry);
  }

  /** Absent ones too, with the moments at which they were recorded. */
  writtenChildren(parent: RemoteId): readonly WrittenRow[] {
    return this.#children.all(parent).map(asWritten);
  }

  /** Absent ones too. */
  shownChildren(parent: RemoteId): readonly ShownChild[] {
    return this.#shown.all(parent).map(asShown);
  }

  presentChildren(parent: RemoteId): readonly RemoteEntry[] {
    return this.#present.all(parent).map(asEntry);
  }

  presentAt(parent: RemoteId, name: RemoteName): readonly RemoteEntry[] {
    return this.#at.all(parent, name).map(asEntry);
  }

  /** Present ones that are linked to no entry. */
  unlinked(): Iterable<RemoteEntry> {
    return inPages(
      '',
      (id, most) => this.#new.all(id, most).map(asEntry),
      ({ id }): string => id,
    );
  }

  /** Present ones, the pair's own too. */
  folders(): readonly RemoteId[] {
    return this.#folders.all().map(({ id }) => id);
  }

  absentBefore(sweep: number): readonly RemoteId[] {
    return this.#absentBefore.all(sweep).map(({ id }) => id);
  }

  /** The id, if there is a row for it, and all below it, each after the folder that it is in. */
  withAllBelow(id: RemoteId): readonly { readonly id: RemoteId; readonly entry: EntryNumber | null }[] {
    return this.#below.all(id);
  }

  hasFileBelow(id: RemoteId): boolean {
    return this.#fileBelow.get(id) !== undefined;
  }

  /** New or changed; whatever else was linked to its entry no longer is. */
  put(row: RemoteEntry, written: number): void {
    const before = this.get(row.id);
    this.#free(row.entry, row.id);
    this.#changed(row.id, row.entry);
    this.#leftOut.delete(row.id);
    if (before === null) this.#insert.run(row.parent, row.name, row.entry, ...seenOf(row, written));
    else this.#change(before, row, written);
    this.#index.touch(before?.entry ?? null);
    this.#index.touch(row.entry);
    if ((before?.entry ?? null) !== row.entry) this.#touchChildren(row.id);
  }

  /** What the host told of the file; of one that no listing shows any more too, as long as base knows it. */
  shortUrl(id: RemoteId): string | null {
    return this.written(id)?.shortUrl ?? this.#vanished.get(id)?.shortUrl ?? null;
  }

  setShortUrl(id: RemoteId, shortUrl: string): void {
    this.#changed(id, null);
    this.#setShortUrl.run(shortUrl, id);
  }

  forgetVanished(): void {
    this.#forgetVanished.run();
  }

  /** Links the id to `entry`, and no other id from then on. */
  setEntry(id: RemoteId, entry: EntryNumber | null): void {
    const before = this.get(id);
    if (before === null || before.entry === entry) return;
    this.#free(entry, id);
    this.#changed(id, entry);
    this.#setEntry.run(entry, id);
    this.#index.touch(before.entry);
    this.#index.touch(entry);
    this.#touchChildren(id);
  }

  setUnlisted(id: RemoteId, unlisted: boolean): void {
    this.#changed(id, null);
    this.#setUnlisted.run(unlisted ? 1 : 0, id);
  }

  learn(id: RemoteId, md5: Md5 | null): void {
    this.#changed(id, null);
    this.#learn.run(md5, id);
  }

  /** The children of one folder are taken to be those of another. */
  reparent(from: RemoteId, to: RemoteId): void {
    this.#touchChildren(from);
    this.#rows.clear();
    this.#adopt.run(to, from);
  }

  /** With all below it, but never the pair's own folder. Returns the ids that went. */
  drop(id: RemoteId): readonly RemoteId[] {
    const row = this.get(id);
    if (row === null || row.parent === null) return [];
    const gone = this.withAllBelow(id);
    for (const each of gone) this.#remove(each.id, each.entry);
    return gone.map((each) => each.id);
  }

  /** Drops what stands under a name now that is left out. Why it went is remembered as long as this process lasts: it is told, and nothing hangs on it. */
  leaveOut(id: RemoteId): void {
    this.drop(id);
    this.#leftOut.add(id);
  }

  isLeftOut(id: RemoteId): boolean {
    return this.#leftOut.has(id);
  }

  /** The row of the pair's own folder goes, because another takes its place. */
  dropRoot(row: RemoteEntry): void {
    this.#remove(row.id, row.entry);
  }

  /** What is remembered and is not what the database says. There must never be anything. For checks. */
  misremembered(): readonly string[] {
    return [
      ...[...this.#rows.compared()].flatMap(({ key, kept, read }) =>
        JSON.stringify(kept) === JSON.stringify(read) ? [] : [`remote row ${key}`],
      ),
      ...[...this.#linked.compared()].flatMap(({ key, kept, read }) =>
        kept === null && read !== null ? [`remote row of entry ${key}`] : [],
      ),
    ];
  }

  #readLinked(entry: EntryNumber): RemoteId | null {
    const written = writtenOf(this.#ofEntry.get(entry));
    if (written !== null) this.#rows.keep(written.row.id, written);
    return written?.row.id ?? null;
  }

  /** The row is written, and linked to `entry` by it. */
  #changed(id: RemoteId, entry: EntryNumber | null): void {
    this.#rows.changed(id);
    if (entry !== null) this.#linked.changed(entry);
  }

  /** What an index is made of is written only where it changed: see local-rows.ts. */
  #change(before: RemoteEntry, row: RemoteEntry, written: number): void {
    this.#update.run(...seenOf(row, written));
    if (before.parent !== row.parent || before.name !== row.name) this.#move.run(row.parent, row.name, row.id);
    if (before.entry !== row.entry) this.#setEntry.run(row.entry, row.id);
  }

  #remove(id: RemoteId, entry: EntryNumber | null): void {
    if (kindOfId(id) === 'file') this.#keepShortUrl.run(id);
    this.#changed(id, null);
    this.#drop.run(id);
    this.#index.touch(entry);
  }

  #free(entry: EntryNumber | null, id: RemoteId): void {
    if (entry === null) return;
    const holder = this.ofEntry(entry);
    if (holder !== null && holder.id !== id) this.setEntry(holder.id, null);
  }

  /** What the folder is linked to decides whether its children are where base has them. */
  #touchChildren(id: RemoteId): void {
    if (kindOfId(id) === 'file') return;
    for (const { entry } of this.#childEntries.all(id)) this.#index.touch(entry);
  }
}

function writtenOf(row: RemoteRow | undefined): WrittenRow | null {
  return row === undefined ? null : asWritten(row);
}

/** By index and into one literal: see local-rows.ts. */
function asEntry(row: RemoteRow): RemoteEntry {
  return {
    id: row[0],
    parent: row[1],
    kind: kindOf(row[2]),
    name: row[3],
    size: row[4],
    md5: row[5],
    entry: row[6],
    firstSeenMs: row[7],
    absentSince: row[8],
    unlisted: row[9] === 1,
    released: row[10] === 1,
  };
}

function asShown(row: ShownRow): ShownChild {
  return {
    id: row[0],
    name: row[1],
    size: row[2],
    absentSince: row[3],
    unlisted: row[4] === 1,
    shortUrl: row[5],
  };
}

function asWritten(row: RemoteRow): WrittenRow {
  return { row: asEntry(row), moment: row[11], shortUrl: row[12] };
}

/** What is known of a row, without its place and its link; the id last. */
function seenOf({ id, size, md5, firstSeenMs, absentSince, unlisted, released }: RemoteEntry, written: number) {
  return [kindOfId(id), size, md5, firstSeenMs, absentSince, unlisted ? 1 : 0, released ? 1 : 0, written, id] as const;
}
