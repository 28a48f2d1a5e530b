/**
 * The rows of the local tree. What must hold: one row a name in a folder, one row an entry, no row without its parent,
 * no ring; and every write touches the entries whose agreement hangs on it.
 */
import { ROOT_NODE } from '../core/entry.ts';
import type { EntryNumber, Identity, LocalEntry, LocalTrouble, Md5, NodeNumber, Stamp } from '../core/entry.ts';
import type { LocalName } from '../core/path.ts';
import type { KnownChild, KnownMark } from '../ports.ts';
import type { Database, Statement } from './database.ts';
import { inPages } from './in-pages.ts';
import { kindOf } from './kinds.ts';
import type { OpenIndex } from './open-index.ts';
import { RowCache } from './row-cache.ts';

/** The columns of a row, in this order. */
type LocalRow = readonly [
  node: NodeNumber,
  parent: NodeNumber | null,
  name: LocalName,
  kind: LocalEntry['kind'],
  size: number,
  identity: Identity,
  stamp: Stamp,
  changedAtMs: number,
  md5: Md5 | null,
  racy: 0 | 1,
  entry: EntryNumber | null,
  trouble: LocalTrouble | null,
  released: 0 | 1,
];
type KnownRow = readonly [...LocalRow, baseSize: number | null, baseMd5: Md5 | null];

/** A row to be written. `node: null`: a new one, or the one that stands there. */
export type LocalDraft = Omit<LocalEntry, 'node'> & { readonly node: NodeNumber | null };

const columns = `l.node, l.parent, l.name, l.kind, l.size, l.identity, l.stamp, l.changed_at, l.md5,
  l.racy, l.entry, l.trouble, l.released`;

export class LocalRows {
  readonly #index: OpenIndex;
  readonly #rows: RowCache<NodeNumber, LocalEntry | null>;
  /** Which row is linked to an entry. A row that is named here says itself whether it still is; that there is none is forgotten with each link. */
  readonly #linked: RowCache<EntryNumber, NodeNumber | null>;
  readonly #get: Statement<LocalRow>;
  readonly #at: Statement<LocalRow>;
  readonly #ofEntry: Statement<LocalRow>;
  readonly #children: Statement<LocalRow>;
  readonly #known: Statement<KnownRow>;
  readonly #marks: Statement<readonly [name: LocalName, mark: string | null]>;
  readonly #some: Statement<{ readonly node: NodeNumber; readonly kind: LocalEntry['kind'] }>;
  readonly #new: Statement<LocalRow>;
  readonly #troubled: Statement<LocalRow>;
  readonly #childEntries: Statement<{ entry: EntryNumber }>;
  readonly #below: Statement<{ node: NodeNumber; entry: EntryNumber | null }>;
  readonly #insert: Statement<never>;
  readonly #update: Statement<never>;
  readonly #move: Statement<never>;
  readonly #setEntry: Statement<never>;
  readonly #setTrouble: Statement<never>;
  readonly #learn: Statement<never>;
  readonly #detach: Statement<never>;
  readonly #drop: Statement<never>;
  readonly #dropIgnoreFile: Statement<never>;

  constructor(database: Database, index: OpenIndex) {
    this.#index = index;
    this.#get = database.prepareTuples(`SELECT ${columns} FROM local l WHERE node = ?`);
    this.#at = database.prepareTuples(`SELECT ${columns} FROM local l WHERE parent = ? AND name = ?`);
    this.#ofEntry = database.prepareTuples(`SELECT ${columns} FROM local l WHERE entry = ?`);
    this.#children = database.prepareTuples(`SELECT ${columns} FROM local l WHERE parent = ? ORDER BY name`);
    this.#known = database.prepareTuples(`
      SELECT ${columns}, b.size, b.md5
      FROM local l LEFT JOIN base b ON b.entry = l.entry WHERE l.parent = ? AND l.name > ? ORDER BY l.name LIMIT ?`);
    // The mark is `markOf` of core/entry.ts, of what has nothing else that a look would have to ask for.
    this.#marks = database.prepareTuples(`
      SELECT name, CASE
        WHEN racy = 0 AND (kind = 'folder' OR (kind = 'file' AND md5 IS NOT NULL AND trouble IS NULL))
        THEN kind || ' ' || stamp || ' ' || identity END
      FROM local WHERE parent = ? AND name > ? ORDER BY name LIMIT ?`);
    this.#some = database.prepare('SELECT node, kind FROM local WHERE parent = ? LIMIT ?');
    this.#new = database.prepareTuples(
      `SELECT ${columns} FROM local l WHERE entry IS NULL AND node > ? ORDER BY node LIMIT ?`,
    );
    this.#troubled = database.prepareTuples(
      `SELECT ${columns} FROM local l WHERE trouble IS NOT NULL AND kind = 'folder' ORDER BY node`,
    );
    this.#childEntries = database.prepare('SELECT entry FROM local WHERE parent = ? AND entry IS NOT NULL');
    this.#below = database.prepare(`
      WITH RECURSIVE below (node) AS (
        SELECT ? UNION SELECT l.node FROM local l JOIN below ON l.parent = below.node
      )
      SELECT node, entry FROM local WHERE node IN below`);
    this.#insert = database.prepare(`
      INSERT INTO local (node, parent, name, entry, kind, size, identity, stamp, changed_at, md5, racy, trouble, released)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#update = database.prepare(`
      UPDATE local SET kind = ?, size = ?, identity = ?, stamp = ?, changed_at = ?, md5 = ?, racy = ?, trouble = ?,
        released = ? WHERE node = ?`);
    this.#move = database.prepare('UPDATE local SET parent = ?, name = ? WHERE node = ?');
    this.#setEntry = database.prepare('UPDATE local SET entry = ? WHERE node = ?');
    this.#setTrouble = database.prepare('UPDATE local SET trouble = ? WHERE node = ?');
    this.#learn = database.prepare('UPDATE local SET md5 = ? WHERE node = ? AND stamp = ?');
    this.#detach = database.prepare('UPDATE local SET parent = NULL WHERE node = ?');
    this.#drop = database.prepare('DELETE FROM local WHERE node = ?');
    this.#dropIgnoreFile = database.prepare('DELETE FROM ignore_file WHERE node = ?');
    const upheavals = (): number => database.upheavals;
    this.#rows = new RowCache((node) => entryOf(this.#get.get(node)), upheavals);
    this.#linked = new RowCache((entry) => this.#readLinked(entry), upheavals);
  }

  get(node: NodeNumber): LocalEntry | null {
    return this.#rows.get(node);
  }

  at(parent: NodeNumber, name: LocalName): LocalEntry | null {
    return entryOf(this.#at.get(parent, name));
  }

  ofEntry(entry: EntryNumber): LocalEntry | null {
    const node = this.#linked.get(entry);
    const row = node === null ? null : this.get(node);
    if (row === null || row.entry === entry) return row;
    this.#linked.changed(entry);
    const other = this.#linked.get(entry);
    return other === null ? null : this.get(other);
  }

  children(parent: NodeNumber): readonly LocalEntry[] {
    return this.#children.all(parent).map(asEntry);
  }

  /** With what base holds of each; at most so many whose names come after this one. */
  known(parent: NodeNumber, after: LocalName | '' = '', most = -1): readonly KnownChild[] {
    return this.#known.all(parent, after, most).map(asKnown);
  }

  /** At most so many whose names come after this one. */
  marks(parent: NodeNumber, after: LocalName | '', most: number): readonly KnownMark[] {
    return this.#marks.all(parent, after, most).map(asMark);
  }

  /** Any of the children, at most so many. */
  some(parent: NodeNumber, most: number): readonly { readonly node: NodeNumber; readonly kind: LocalEntry['kind'] }[] {
    return this.#some.all(parent, most);
  }

  /** Those that are linked to no entry. */
  unlinked(): Iterable<LocalEntry> {
    return inPages(
      0,
      (node, most) => this.#new.all(node, most).map(asEntry),
      ({ node }): number => node,
    );
  }

  /** Folders that could not be read, or whose rules could not. */
  troubledFolders(): readonly LocalEntry[] {
    return this.#troubled.all().map(asEntry);
  }

  /** The node, if there is a row for it, and all below it. */
  withAllBelow(node: NodeNumber): readonly { readonly node: NodeNumber; readonly entry: EntryNumber | null }[] {
    return this.#below.all(node);
  }

  /** A new row, at a name where none stands and linked to an entry that no other is linked to. */
  insert(row: LocalDraft): NodeNumber {
    const { lastRow } = this.#insert.run(row.node, row.parent, row.name, row.entry, ...seenOf(row));
    const node = lastRow as NodeNumber;
    this.#changed(node, row.entry);
    this.#index.touch(row.entry);
    return node;
  }

  /**
   * The row of `before` becomes `row`; where it stands must be free, and the entry too. What an index is made of is
   * written only where it changed: SQLite would write the index anew, changed or not.
   */
  update(before: LocalEntry, row: LocalDraft): void {
    const { node } = before;
    this.#changed(node, row.entry);
    this.#update.run(...seenOf(row), node);
    if (before.parent !== row.parent || before.name !== row.name) this.#move.run(row.parent, row.name, node);
    if (before.entry !== row.entry) {
      this.#setEntry.run(row.entry, node);
      this.#touchChildren(node);
    }
    this.#index.touch(before.entry);
    this.#index.touch(row.entry);
  }

  /**
   * Puts a row where `row` says, whatever stands there: what has the same number or, for `node: null`, the same kind is
   * changed and keeps what is below it; anything else at that name goes, with all below. A row that another folder lost
   * in the meantime is not stored (`null`): the next look at the disk finds it.
   */
  put(row: LocalDraft): NodeNumber | null {
    const { parent } = row;
    if (parent !== null && this.get(parent) === null) {
      if (row.node !== null) this.drop(row.node);
      return null;
    }
    const occupant = parent === null ? null : this.at(parent, row.name);
    const before = row.node === null ? (occupant?.kind === row.kind ? occupant : null) : this.get(row.node);
    if (before !== null && parent !== null && before.parent !== parent && this.#isWithin(parent, before.node)) {
      // A folder inside itself is nowhere on any disk; the rows would become a ring that no path leads to.
      return null;
    }
    if (occupant !== null && occupant.node !== before?.node) {
      if (before !== null) this.detach(before.node);
      this.drop(occupant.node);
    }
    this.#free(row.entry, before?.node ?? null);
    if (before === null) return this.insert(row);
    this.update(before, row);
    return before.node;
  }

  /** Takes the row from its place until `update` gives it another in the same transaction: then others may exchange theirs. */
  detach(node: NodeNumber): void {
    this.#changed(node, null);
    this.#detach.run(node);
  }

  /** Links the node to `entry`, and no other node from then on. */
  setEntry(node: NodeNumber, entry: EntryNumber | null): void {
    const before = this.get(node);
    if (before === null || before.entry === entry) return;
    this.#free(entry, node);
    this.#changed(node, entry);
    this.#setEntry.run(entry, node);
    this.#index.touch(before.entry);
    this.#index.touch(entry);
    this.#touchChildren(node);
  }

  setTrouble(row: LocalEntry, trouble: LocalTrouble | null): void {
    if (row.trouble === trouble) return;
    this.#changed(row.node, null);
    this.#setTrouble.run(trouble, row.node);
    this.#index.touch(row.entry);
  }

  /** Keeps the content that was read while the file had `stamp`; does nothing if it has another by now. */
  learn(node: NodeNumber, stamp: Stamp, md5: Md5): void {
    this.#changed(node, null);
    const { changes } = this.#learn.run(md5, node, stamp);
    if (changes > 0) this.#index.touch(this.get(node)?.entry ?? null);
  }

  /** With all below it. The root stays. */
  drop(node: NodeNumber): void {
    if (node === ROOT_NODE) return;
    for (const row of this.withAllBelow(node)) {
      this.#changed(row.node, null);
      this.#drop.run(row.node);
      this.#dropIgnoreFile.run(row.node);
      this.#index.touch(row.entry);
    }
  }

  /** What is remembered and is not what the database says. There must never be anything. For checks. */
  misremembered(): readonly string[] {
    return [
      ...[...this.#rows.compared()].flatMap(({ key, kept, read }) =>
        JSON.stringify(kept) === JSON.stringify(read) ? [] : [`local row ${key}`],
      ),
      // one that is named may be outdated: it is asked itself
      ...[...this.#linked.compared()].flatMap(({ key, kept, read }) =>
        kept === null && read !== null ? [`local row of entry ${key}`] : [],
      ),
    ];
  }

  #readLinked(entry: EntryNumber): NodeNumber | null {
    const row = entryOf(this.#ofEntry.get(entry));
    if (row !== null) this.#rows.keep(row.node, row);
    return row?.node ?? null;
  }

  /** The row is written, and linked to `entry` by it. */
  #changed(node: NodeNumber, entry: EntryNumber | null): void {
    this.#rows.changed(node);
    if (entry !== null) this.#linked.changed(entry);
  }

  /** Unlinks whatever but `node` is linked to `entry`. */
  #free(entry: EntryNumber | null, node: NodeNumber | null): void {
    if (entry === null) return;
    const holder = this.ofEntry(entry);
    if (holder !== null && holder.node !== node) this.setEntry(holder.node, null);
  }

  /** What the folder is linked to decides whether its children are where base has them. */
  #touchChildren(node: NodeNumber): void {
    for (const { entry } of this.#childEntries.all(node)) this.#index.touch(entry);
  }

  #isWithin(node: NodeNumber, folder: NodeNumber): boolean {
    for (let at: NodeNumber | null = node; at !== null; at = this.get(at)?.parent ?? null) {
      if (at === folder) return true;
    }
    return false;
  }
}

function entryOf(row: LocalRow | undefined): LocalEntry | null {
  return row === undefined ? null : asEntry(row);
}

/** By index and into one literal: taking the tuple apart by pattern costs a scan five times as much. */
function asEntry(row: LocalRow): LocalEntry {
  return {
    node: row[0],
    parent: row[1],
    name: row[2],
    kind: kindOf(row[3]),
    size: row[4],
    identity: row[5],
    stamp: row[6],
    changedAtMs: row[7],
    md5: row[8],
    racy: row[9] === 1,
    entry: row[10],
    trouble: row[11],
    released: row[12] === 1,
  };
}

function asKnown(row: KnownRow): KnownChild {
  return {
    node: row[0],
    parent: row[1],
    name: row[2],
    kind: kindOf(row[3]),
    size: row[4],
    identity: row[5],
    stamp: row[6],
    changedAtMs: row[7],
    md5: row[8],
    racy: row[9] === 1,
    entry: row[10],
    trouble: row[11],
    released: row[12] === 1,
    baseSize: row[13],
    baseMd5: row[14],
  };
}

function asMark(row: readonly [name: LocalName, mark: string | null]): KnownMark {
  return { name: row[0], mark: row[1] };
}

/** What is seen of a row, without its place and its link. */
function seenOf({ kind, size, identity, stamp, changedAtMs, md5, racy, trouble, released }: LocalDraft) {
  return [kind, size, identity, stamp, changedAtMs, md5, racy ? 1 : 0, trouble, released ? 1 : 0] as const;
}
