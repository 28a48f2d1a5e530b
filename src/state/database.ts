/**
 * The one door to SQLite: opens a file the way the state needs it and turns every failure of the engine into one of
 * ours. What must hold: no type and no error of the package leaves this file.
 */
import Sqlite from 'better-sqlite3';
import { isWithoutCompiledPart, SyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** What a column can hold. Whole numbers stay below 2^53; larger ones (nanoseconds, inodes) are kept as text. */
export type Value = string | number | null;

/**
 * A prepared statement, made at its first use and used for the life of the database: a pass needs a part of the
 * hundred that there are. `Row` is what its columns are: the tables are STRICT and carry CHECKs, so the engine itself
 * refuses anything else.
 */
export class Statement<Row> {
  readonly #prepare: () => Sqlite.Statement<Value[], Row>;
  readonly #path: string;
  readonly #onRun: (() => void) | undefined;
  #statement: Sqlite.Statement<Value[], Row> | undefined;

  constructor(prepare: () => Sqlite.Statement<Value[], Row>, path: string, onRun?: () => void) {
    this.#prepare = prepare;
    this.#path = path;
    this.#onRun = onRun;
  }

  get(...values: Value[]): Row | undefined {
    try {
      return this.#prepared().get(...values);
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  all(...values: Value[]): Row[] {
    try {
      return this.#prepared().all(...values);
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  /** Returns the number of rows that changed, and the row number of the last insert. */
  run(...values: Value[]): { readonly changes: number; readonly lastRow: number } {
    this.#onRun?.();
    try {
      const { changes, lastInsertRowid } = this.#prepared().run(...values);
      return { changes, lastRow: Number(lastInsertRowid) };
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  #prepared(): Sqlite.Statement<Value[], Row> {
    return (this.#statement ??= this.#prepare());
  }
}

export class Database {
  /** As it was asked for; `:memory:` for one without a file. */
  readonly path: string;
  readonly #db: Sqlite.Database;
  /** Prepared, because each small transaction would have them parsed anew. */
  readonly #begin: Sqlite.Statement;
  readonly #beginDeferred: Sqlite.Statement;
  readonly #commit: Sqlite.Statement;
  readonly #changes: Statement<{ changes: number }>;
  #undone = 0;
  #scripts = 0;

  constructor(db: Sqlite.Database, path: string) {
    this.#db = db;
    this.path = path;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#beginDeferred = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
    this.#changes = this.prepare('SELECT total_changes() AS changes');
  }

  /** How many transactions came to nothing: what was remembered of the rows meanwhile may be wrong. */
  get undone(): number {
    return this.#undone;
  }

  /** Moves with all that was not written row by row, and with every transaction that came to nothing: what was kept of rows may be wrong. */
  get upheavals(): number {
    return this.#undone + this.#scripts;
  }

  /** How many rows were written through this since it was opened, those of transactions that came to nothing too. */
  get changes(): number {
    return this.#changes.get()?.changes ?? 0;
  }

  prepare<Row>(sql: string): Statement<Row> {
    return new Statement(() => this.#db.prepare<Value[], Row>(sql), this.path);
  }

  /** A statement that writes; `onRun` is called before each run. */
  prepareWrite(sql: string, onRun: () => void): Statement<never> {
    return new Statement(() => this.#db.prepare<Value[], never>(sql), this.path, onRun);
  }

  /** As `prepare`, with each row as a tuple of its columns: half the cost, for what a scan reads by the thousand. */
  prepareTuples<Row extends readonly Value[]>(sql: string): Statement<Row> {
    return new Statement(() => this.#db.prepare<Value[], Row>(sql).raw(), this.path);
  }

  exec(sql: string): void {
    this.#scripts++;
    this.#guarded(() => this.#db.exec(sql));
  }

  /** The first column of the first row that a PRAGMA answers. */
  pragma(text: string): unknown {
    return this.#guarded(() => this.#db.pragma(text, { simple: true }));
  }

  /** All of `work` or, if it throws, nothing of it. Inside another transaction it is part of that one. */
  transaction<T>(work: () => T): T {
    return this.#transact(this.#begin, work);
  }

  /** As `transaction`, but takes from attached databases only what it needs: who only reads there keeps nobody waiting. */
  deferredTransaction<T>(work: () => T): T {
    return this.#transact(this.#beginDeferred, work);
  }

  #transact<T>(begin: Sqlite.Statement, work: () => T): T {
    if (this.#db.inTransaction) return work();
    this.#guarded(() => begin.run());
    try {
      const result = work();
      this.#guarded(() => this.#commit.run());
      return result;
    } catch (error) {
      this.#undone++;
      // SQLite has rolled back by itself after some failures (disk full); a second ROLLBACK would hide the first error.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#guarded(() => this.#db.close());
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translated(error, this.path);
    }
  }
}

/** How long another process may keep the file busy, in milliseconds. The event loop stands still meanwhile. */
const busyMs = 2_000;

/**
 * Opens the file, or makes it. `found`: whether there was one.
 * Throws `state/unwritable`, `state/corrupt` (not a database) or `state/locked`.
 */
export function openDatabase(path: string): { readonly database: Database; readonly found: boolean } {
  const { db, found } = openFile(path);
  const database = new Database(db, path);
  try {
    database.pragma('journal_mode = WAL');
    // A power cut may cost the last commits (they are observed anew), never the file. Intents ask for more.
    database.pragma('synchronous = NORMAL');
    database.pragma('journal_size_limit = 67108864');
    // Four times the usual: pages that many records touch are brought over once instead of each time.
    database.pragma('wal_autocheckpoint = 4000');
    database.pragma('cache_size = -16384');
    database.pragma('temp_store = MEMORY');
  } catch (error) {
    db.close();
    throw error;
  }
  return { database, found };
}

function openFile(path: string): { readonly db: Sqlite.Database; readonly found: boolean } {
  if (path !== ':memory:') {
    try {
      return { db: new Sqlite(path, { fileMustExist: true, timeout: busyMs }), found: true };
    } catch (error) {
      if (!isMissing(error)) throw translated(error, path);
    }
  }
  try {
    return { db: new Sqlite(path, { timeout: busyMs }), found: false };
  } catch (error) {
    throw translated(error, path);
  }
}

/** Whether there is a file that can be opened; makes none. */
export function isDatabaseFile(path: string): boolean {
  try {
    new Sqlite(path, { readonly: true, fileMustExist: true }).close();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw translated(error, path);
  }
}

/** A plain database file that takes a copy: without a journal in a second file, synced when a transaction ends. */
export function openCopy(path: string): Database {
  try {
    const database = new Database(new Sqlite(path, { timeout: 0 }), path);
    database.pragma('journal_mode = DELETE');
    database.pragma('synchronous = FULL');
    return database;
  } catch (error) {
    throw translated(error, path);
  }
}

/**
 * Takes the exclusive lock of a file made for nothing else. The operating system gives it up with the process, however
 * that ends. Throws `state/locked` at once if someone has it.
 */
export function openExclusively(path: string): { close(): void } {
  let db: Sqlite.Database;
  try {
    db = new Sqlite(path, { timeout: 0 });
  } catch (error) {
    throw translated(error, path);
  }
  try {
    // Not WAL: there readers and writers do not exclude each other. In memory, for nothing is ever written: on a full disk
    // the lock must still be had, so that what fills it can be taken away.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw translated(error, path);
  }
  // Closing twice is no error to the package either.
  return { close: () => db.close() };
}

/** The package looks for the folder itself, before SQLite does. */
function isWithoutFolder(error: unknown): error is TypeError {
  return error instanceof TypeError && error.message.includes('directory does not exist');
}

function isMissing(error: unknown): boolean {
  if (isWithoutFolder(error)) return true;
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_CANTOPEN');
}

/** A failure of the engine in our words; anything else as it is. */
function translated(error: unknown, path: string): unknown {
  if (isWithoutCompiledPart(error)) {
    return new SyncError('install/incomplete', { detail: error.message.split('\n')[0] ?? '', cause: error });
  }
  if (error instanceof Sqlite.SqliteError) {
    // The second is what it says when the memory that processes share cannot be laid out on the disk.
    const isFull = error.code === 'SQLITE_FULL' || error.code === 'SQLITE_IOERR_SHMSIZE';
    const detail = `${isFull ? 'the disk is full' : error.message}, ${error.code}`;
    return new SyncError(codeOf(error.code), { path, detail, cause: error });
  }
  if (isWithoutFolder(error)) {
    return new SyncError('state/unwritable', { path, detail: 'its folder does not exist', cause: error });
  }
  return error;
}

function codeOf(code: string): ErrorCode {
  const is = (...families: string[]) => families.some((family) => code === family || code.startsWith(`${family}_`));
  // A short read is a file that ends before its header says so.
  if (is('SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR_SHORT_READ')) return 'state/corrupt';
  if (is('SQLITE_BUSY', 'SQLITE_LOCKED')) return 'state/locked';
  if (is('SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM')) return 'state/unwritable';
  return 'bug';
}
