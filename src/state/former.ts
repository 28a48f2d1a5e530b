/**
 * What base said of each entry before a run first changed it: by this a run is taken back. Kept as long as the trash is, for what a run
 * replaced or removed is found there. What must hold: an entry has one row for each run that did something with it, and none for a run
 * that only took note.
 */
import { ROOT_ENTRY } from '../core/entry.ts';
import type { EntryKind, EntryNumber, Md5, RemoteId } from '../core/entry.ts';
import type { LocalName } from '../core/path.ts';
import type { Changed, Former } from '../core/undo.ts';
import type { BaseRows } from './base-rows.ts';
import type { Database, Statement } from './database.ts';

interface Row {
  readonly entry: EntryNumber;
  /** `null`: there was no such entry. */
  readonly kind: EntryKind | null;
  readonly parent: EntryNumber;
  readonly localName: LocalName;
  readonly remoteId: RemoteId;
  readonly size: number;
  readonly md5: Md5 | null;
}

const columns = 'entry, kind, parent, local_name AS localName, remote_id AS remoteId, size, md5';

export class FormerRows {
  readonly #base: Pick<BaseRows, 'get'>;
  readonly #keep: Statement<never>;
  readonly #of: Statement<Row>;
  readonly #at: Statement<Row>;
  readonly #next: Statement<Row>;
  readonly #prune: Statement<never>;

  constructor(database: Database, base: Pick<BaseRows, 'get'>) {
    this.#base = base;
    this.#keep = database.prepare('INSERT OR IGNORE INTO former VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#of = database.prepare(`SELECT ${columns} FROM former WHERE run = ? ORDER BY entry`);
    this.#at = database.prepare(`SELECT ${columns} FROM former WHERE entry = ? AND run = ?`);
    this.#next = database.prepare(`SELECT ${columns} FROM former WHERE entry = ? AND run > ? ORDER BY run LIMIT 1`);
    this.#prune = database.prepare('DELETE FROM former WHERE run IN (SELECT run FROM run WHERE started < ?)');
  }

  /** To be called before `run` changes the entry; later calls of the same run change nothing. */
  keep(run: number, entry: EntryNumber): void {
    if (run === 0 || entry === ROOT_ENTRY) return;
    const row = this.#base.get(entry);
    if (row === null) this.#keep.run(run, entry, null, null, null, null, null, null);
    else this.#keep.run(run, entry, row.kind, row.parent, row.localName, row.remoteId, row.size, row.md5);
  }

  /** In the order in which the entries were made. */
  changedBy(run: number): readonly Changed[] {
    return this.#of
      .all(run)
      .map((row) => ({ entry: row.entry, before: formerOf(row), after: this.#after(row.entry, run) }));
  }

  /** As base had the entry when `run` began. */
  before(entry: EntryNumber, run: number): Former | null {
    const own = this.#at.get(entry, run);
    return own === undefined ? this.#after(entry, run) : formerOf(own);
  }

  prune(beforeMs: number): void {
    this.#prune.run(beforeMs);
  }

  #after(entry: EntryNumber, run: number): Former | null {
    const next = this.#next.get(entry, run);
    if (next !== undefined) return formerOf(next);
    const now = this.#base.get(entry);
    if (now === null || now.parent === null) return null;
    const { kind, parent, localName, remoteId, size, md5 } = now;
    return { kind, parent, localName, remoteId, size, md5 };
  }
}

function formerOf({ kind, parent, localName, remoteId, size, md5 }: Row): Former | null {
  return kind === null ? null : { kind, parent, localName, remoteId, size, md5 };
}
