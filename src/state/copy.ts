/**
 * A copy of a state database in another file, made in one transaction of that file: after a crash at any moment the
 * copy is either whole or as it was before. (`VACUUM INTO` leaves half a file, and cannot replace one.)
 */
import { SyncError } from '../errors.ts';
import { openCopy } from './database.ts';
import type { Database } from './database.ts';

/** Copies the database at `source` into `target`, replacing what a former copy held. Throws `state/…`. */
export function copyTo(target: string, source: string): void {
  const copy = openCopy(target);
  try {
    fill(copy, source);
  } finally {
    copy.close();
  }
}

/**
 * Fills `copy` with all that the file `source` holds; it must be there. Another process may be at work with it: it is read
 * as it stood at one moment, and never kept waiting. Throws `state/corrupt` if the source is damaged.
 */
export function fill(copy: Database, source: string): void {
  try {
    copyAll(copy, source);
  } catch (error) {
    // What is wrong is wrong with the source, whatever name the copy goes by.
    if (!(error instanceof SyncError) || error.path !== copy.path || copy.path !== ':memory:') throw error;
    const { code, detail, cause } = error;
    throw new SyncError(code, { path: source, ...(detail === undefined ? {} : { detail }), cause });
  }
}

function copyAll(copy: Database, source: string): void {
  copy.prepare('ATTACH ? AS source').run(source);
  copy.deferredTransaction(() => {
    const answer = copy.pragma('source.quick_check(1)');
    if (answer !== 'ok') throw new SyncError('state/corrupt', { path: source, detail: String(answer) });
    for (const { name } of tables(copy, 'main')) copy.exec(`DROP TABLE ${quoted(name)}`);
    for (const { name, sql } of tables(copy, 'source')) {
      copy.exec(sql);
      copy.exec(`INSERT INTO main.${quoted(name)} SELECT * FROM source.${quoted(name)}`);
    }
    // After the rows: to build an index once is cheaper than to keep it in order.
    for (const { sql } of others(copy)) copy.exec(sql);
    copySequences(copy);
    copy.pragma(`main.user_version = ${String(copy.pragma('source.user_version'))}`);
  });
  copy.exec('DETACH source');
}

function tables(database: Database, schema: 'main' | 'source'): { name: string; sql: string }[] {
  return database
    .prepare<{ name: string; sql: string }>(
      `SELECT name, sql FROM ${schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
    )
    .all();
}

function others(database: Database): { sql: string }[] {
  return database
    .prepare<{ sql: string }>(`SELECT sql FROM source.sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL`)
    .all();
}

/** The numbers that AUTOINCREMENT has given out: rows alone would forget those of rows that are gone. */
function copySequences(database: Database): void {
  const kept = database.prepare(`SELECT 1 FROM source.sqlite_schema WHERE name = 'sqlite_sequence'`).get();
  if (kept === undefined) return;
  database.exec('DELETE FROM main.sqlite_sequence');
  database.exec('INSERT INTO main.sqlite_sequence SELECT * FROM source.sqlite_sequence');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
