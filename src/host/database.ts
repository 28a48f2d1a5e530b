/**
 * The host's SQLite database: schema, typed rows, and durable changes that share their fsync.
 *
 * Group commit: `change` runs at once inside a transaction that everybody shares until the end of the event loop's
 * turn or, where the disk is still busy with the group before, until that is done. The commit itself does not sync (`synchronous = NORMAL` in WAL mode writes the log in order, checksummed, and
 * syncs it before any checkpoint); the log file is then synced off the main thread, one sync for all commits made
 * meanwhile. `settled` resolves after that sync, and no answer leaves before it: what was answered survives a crash
 * of the machine, and eight clients at once pay for one sync.
 */
import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { isWithoutCompiledPart, SyncError, type ErrorCode } from '../errors.ts';
import { SCHEMA_VERSION, stepsFrom } from './schema.ts';

export type SqlValue = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Database {
  get(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** Only inside `change`. `lastId` is the row id of the last insert. */
  run(sql: string, ...values: readonly SqlValue[]): { readonly changed: number; readonly lastId: number };
  /** Runs `work` as one change: when it throws, nothing of it stays. Seen by later reads at once, durable at `settled`. */
  change<T>(work: () => T): T;
  /** Resolves once everything changed so far is on the disk; rejects where it could not be written. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Opens or creates the database; `undefined` keeps it in memory. Throws `host/locked`, `state/corrupt`, `state/newer` or `state/unwritable`. */
export function openDatabase(path: string | undefined): Database {
  try {
    if (path !== undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const sqlite = new Sqlite(path ?? ':memory:', { timeout: 0 });
    try {
      prepareSchema(sqlite);
      return new SqliteDatabase(sqlite, path);
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof SyncError) throw error;
    const detail = error instanceof Error ? error.message.split('\n')[0] : undefined;
    throw new SyncError(openFailure(error), {
      cause: error,
      ...(path === undefined ? {} : { path }),
      ...(detail === undefined ? {} : { detail }),
    });
  }
}

function prepareSchema(sqlite: Sqlite.Database): void {
  // Exclusive: a second host on the same folder would hand out the same ids. It also spares the shared-memory file.
  sqlite.pragma('locking_mode = EXCLUSIVE');
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  sqlite.pragma('wal_autocheckpoint = 8000');
  sqlite.pragma('journal_size_limit = 67108864');
  sqlite.pragma('cache_size = -65536');
  const version = sqlite.pragma('user_version', { simple: true });
  if (typeof version === 'number' && version > SCHEMA_VERSION) throw new SyncError('state/newer');
  const steps = stepsFrom(typeof version === 'number' ? version : 0);
  if (steps.length > 0) {
    sqlite.transaction(() => {
      for (const step of steps) sqlite.exec(step);
      sqlite.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  }
}

function openFailure(error: unknown): ErrorCode {
  if (isWithoutCompiledPart(error)) return 'install/incomplete';
  const code = error instanceof Sqlite.SqliteError ? error.code : '';
  if (code.startsWith('SQLITE_BUSY')) return 'host/locked';
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) return 'state/corrupt';
  return 'state/unwritable';
}

/** The package binds `?` by position but `?1` by name. */
type Binding = readonly [Readonly<Record<string, SqlValue>>] | readonly SqlValue[];
interface Statement {
  readonly prepared: Sqlite.Statement<unknown[], Row>;
  readonly bind: (values: readonly SqlValue[]) => Binding;
}

/** Changes that reach the disk together. */
interface Group {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class SqliteDatabase implements Database {
  readonly #sqlite: Sqlite.Database;
  readonly #statements = new Map<string, Statement>();
  /** The log file, for syncing; undefined in memory, where each change commits by itself. */
  readonly #log: number | undefined;
  #open: Group | undefined;
  #committed: Group[] = [];
  #syncing = false;
  #depth = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(sqlite: Sqlite.Database, path: string | undefined) {
    this.#sqlite = sqlite;
    if (path === undefined) return;
    // The log file exists from the first write on and stays until the database is closed.
    sqlite.exec('BEGIN IMMEDIATE; UPDATE accounts SET id = id WHERE id = -1; COMMIT');
    this.#log = openSync(`${path}-wal`, 'a+');
    syncFolder(dirname(path));
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    const { prepared, bind } = this.#prepare(sql);
    return prepared.get(...bind(values));
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    const { prepared, bind } = this.#prepare(sql);
    return prepared.all(...bind(values));
  }

  run(sql: string, ...values: readonly SqlValue[]): { changed: number; lastId: number } {
    if (this.#depth === 0) throw new SyncError('bug', { detail: 'a write outside a change' });
    const { prepared, bind } = this.#prepare(sql);
    const { changes, lastInsertRowid } = prepared.run(...bind(values));
    return { changed: changes, lastId: Number(lastInsertRowid) };
  }

  change<T>(work: () => T): T {
    if (this.#log !== undefined && this.#open === undefined) this.#begin();
    const mark = `change${this.#depth}`;
    this.#command(`SAVEPOINT ${mark}`);
    this.#depth += 1;
    try {
      const result = work();
      this.#command(`RELEASE ${mark}`);
      return result;
    } catch (error) {
      // A full disk can make SQLite roll the whole transaction back by itself: then there is no savepoint to go back to.
      if (this.#sqlite.inTransaction) this.#command(`ROLLBACK TO ${mark}`, `RELEASE ${mark}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  settled(): Promise<void> {
    return this.#last;
  }

  async close(): Promise<void> {
    this.#commit();
    await this.#last.catch(() => undefined); // whoever waited for it has been told
    this.#statements.clear();
    this.#sqlite.close();
    if (this.#log !== undefined) closeSync(this.#log);
  }

  #begin(): void {
    this.#command('BEGIN IMMEDIATE');
    let resolve = (): void => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const done = new Promise<void>((res, rej) => {
      resolve = res;
      reject = rej;
    });
    done.catch(() => undefined); // the callers that wait hear of it; one that does not wait must not end the program
    this.#open = { done, resolve, reject };
    this.#last = done;
    setImmediate(() => {
      // While the disk is busy, the group stays open: it could not be synced earlier, and so takes in more.
      if (!this.#syncing) this.#commit();
    });
  }

  #commit(): void {
    const group = this.#open;
    if (group === undefined) return;
    this.#open = undefined;
    try {
      if (!this.#sqlite.inTransaction) throw new SyncError('local/disk-full');
      this.#command('COMMIT');
    } catch (error) {
      if (this.#sqlite.inTransaction) this.#command('ROLLBACK');
      group.reject(error);
      return;
    }
    this.#committed.push(group);
    this.#sync();
  }

  #sync(): void {
    if (this.#syncing || this.#committed.length === 0 || this.#log === undefined) return;
    const groups = this.#committed;
    this.#committed = [];
    this.#syncing = true;
    fdatasync(this.#log, (error) => {
      this.#syncing = false;
      for (const group of groups) {
        if (error === null) group.resolve();
        else group.reject(error);
      }
      this.#commit();
      this.#sync();
    });
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = {
      prepared: this.#sqlite.prepare<unknown[], Row>(sql),
      bind: /\?\d/.test(sql) ? bindByNumber : bindByPosition,
    };
    this.#statements.set(sql, statement);
    return statement;
  }

  #command(...commands: readonly string[]): void {
    for (const command of commands) this.#prepare(command).prepared.run();
  }
}

function bindByPosition(values: readonly SqlValue[]): Binding {
  return [...values];
}

function bindByNumber(values: readonly SqlValue[]): Binding {
  return [Object.fromEntries(values.map((value, index) => [String(index + 1), value]))];
}

/** Returns once the entries of the folder are on the disk. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

// Columns, checked: a row that does not hold what the schema says is a damaged database.

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw damaged(column);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function blobOrNull(row: Row, column: string): Uint8Array | null {
  const value = row[column];
  if (value === null || value instanceof Uint8Array) return value;
  throw damaged(column);
}

function damaged(column: string): SyncError {
  return new SyncError('state/corrupt', { detail: `column ${column}` });
}
