/** What waits: paths that could not be synced, and removals that a person must approve. Each list is replaced whole. */
import type { RemoteId } from '../core/entry.ts';
import { meaningOf } from '../errors.ts';
import type { Clock, HeldRemoval, KnownProblem } from '../ports.ts';
import type { Database, Statement } from './database.ts';

type HeldRow = Omit<HeldRemoval, 'approved'> & { readonly approved: 0 | 1 };

export class ProblemRows {
  readonly #database: Database;
  readonly #all: Statement<KnownProblem>;
  readonly #clear: Statement<never>;
  readonly #insert: Statement<never>;

  constructor(database: Database) {
    this.#database = database;
    this.#all = database.prepare(`
      SELECT path, code, detail, fingerprint, since AS sinceMs, tries, next_try AS nextTryMs
      FROM problem ORDER BY number`);
    this.#clear = database.prepare('DELETE FROM problem');
    this.#insert = database.prepare(`
      INSERT INTO problem (path, code, detail, fingerprint, since, tries, next_try) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  }

  /** Without those of a code that this version no longer has: they are met again, or they are not. */
  all(): readonly KnownProblem[] {
    return this.#all.all().filter(({ code }) => meaningOf(code) !== undefined);
  }

  replace(problems: readonly KnownProblem[]): void {
    this.#database.transaction(() => {
      this.#clear.run();
      for (const { path, code, detail, fingerprint, sinceMs, tries, nextTryMs } of problems) {
        this.#insert.run(path, code, detail, fingerprint, sinceMs, tries, nextTryMs);
      }
    });
  }
}

export class HeldRows {
  readonly #database: Database;
  readonly #all: Statement<HeldRow>;
  readonly #clear: Statement<never>;
  readonly #insert: Statement<never>;

  constructor(database: Database) {
    this.#database = database;
    this.#all = database.prepare(`
      SELECT side, path, entry, entry_kind AS entryKind, fingerprint, approved, since AS sinceMs
      FROM held ORDER BY number`);
    this.#clear = database.prepare('DELETE FROM held');
    this.#insert = database.prepare(`
      INSERT INTO held (side, path, entry, entry_kind, fingerprint, approved, since) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  }

  all(): readonly HeldRemoval[] {
    return this.#all.all().map((row) => ({ ...row, approved: row.approved === 1 }));
  }

  replace(held: readonly HeldRemoval[]): void {
    this.#database.transaction(() => {
      this.#clear.run();
      for (const { side, path, entry, entryKind, fingerprint, approved, sinceMs } of held) {
        this.#insert.run(side, path, entry, entryKind, fingerprint, approved ? 1 : 0, sinceMs);
      }
    });
  }
}

/** Ids that this computer put into the host's trash: some hosts go on listing folders that are there. */
export class TrashedRows {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #has: Statement<unknown>;
  readonly #insert: Statement<never>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#has = database.prepare('SELECT 1 FROM trashed WHERE id = ?');
    this.#insert = database.prepare(
      'INSERT INTO trashed VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
    );
  }

  has(id: RemoteId): boolean {
    return this.#has.get(id) !== undefined;
  }

  remember(ids: readonly RemoteId[]): void {
    this.#database.transaction(() => {
      for (const id of ids) this.#insert.run(id, this.#clock.now());
    });
  }
}
