/** What was done, run by run: for the person, for `undo`, and for the brake on removals. */
import { SyncError } from '../errors.ts';
import type { Side } from '../core/entry.ts';
import { ROOT } from '../core/path.ts';
import type { HistoryLine, HistoryQuery, PairState, RunSummary } from '../ports.ts';
import type { Database, Statement, Value } from './database.ts';
import { readCounts, readFacts } from './schema.ts';

type LineRow = Omit<HistoryLine, 'facts'> & { readonly run: number; readonly facts: string };
type RunRow = Omit<RunSummary, 'counts'> & { readonly counts: string };

export class HistoryRows {
  readonly #database: Database;
  readonly #path: string;
  /** Under which new lines are written; 0 before the first run of this process. */
  #run = 0;
  readonly #insert: Statement<never>;
  readonly #removals: Statement<{ removals: number }>;
  readonly #begin: Statement<never>;
  readonly #end: Statement<never>;
  readonly #runs: Statement<RunRow>;

  constructor(database: Database) {
    this.#database = database;
    this.#path = database.path;
    this.#insert = database.prepare(
      'INSERT INTO history (run, at, kind, side, path, reason, facts, removals) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#removals = database.prepare(
      'SELECT coalesce(sum(removals), 0) AS removals FROM history WHERE removals > 0 AND side = ? AND at >= ?',
    );
    this.#begin = database.prepare(`INSERT INTO run (started, counts) VALUES (?, '{}')`);
    this.#end = database.prepare('UPDATE run SET ended = ?, exit = ?, counts = ? WHERE run = ?');
    this.#runs = database.prepare(
      'SELECT run, started AS startedMs, ended AS endedMs, exit, counts FROM run ORDER BY run DESC LIMIT ?',
    );
  }

  /** Under which what is done is written down; 0: none was begun by this process. */
  get run(): number {
    return this.#run;
  }

  add(line: HistoryLine): void {
    const { atMs, kind, side, path, reason, facts } = line;
    this.#insert.run(this.#run, atMs, kind, side, path, reason, JSON.stringify(facts), removalsOf(line));
  }

  /** Newest first. */
  lines(query: HistoryQuery): ReturnType<PairState['history']> {
    const { path, ids = [], run, kind, sinceMs, limit } = query;
    const conditions = ['true'];
    const values: Value[] = [];
    const where = (condition: string, ...some: readonly Value[]): void => {
      conditions.push(condition);
      values.push(...some);
    };
    // '0' is the character after '/': what lies between is below the path.
    if (path !== undefined && path !== ROOT) {
      const alike = `path = ? OR (path > ? AND path < ?) OR facts ->> 'from' = ? OR facts ->> 'to' = ?`;
      const some = ids.map(() => '?').join(', ');
      const among = ids.length === 0 ? '' : ` OR facts ->> 'id' IN (${some}) OR facts ->> 'oldId' IN (${some})`;
      where(`(${alike}${among})`, path, `${path}/`, `${path}0`, path, path, ...ids, ...ids);
    }
    if (run !== undefined) where('run = ?', run);
    if (kind !== undefined) where('kind = ?', kind);
    if (sinceMs !== undefined) where('at >= ?', sinceMs);
    const rows = this.#database.prepare<LineRow>(`
      SELECT run, at AS atMs, kind, side, path, reason, facts FROM history
      WHERE ${conditions.join(' AND ')} ORDER BY number DESC LIMIT ?`);
    return rows.all(...values, limit).map((row) => ({ ...row, facts: this.#parsed(readFacts, row.facts) }));
  }

  removalsSince(sinceMs: number, side: Side): number {
    return this.#removals.get(side, sinceMs)?.removals ?? 0;
  }

  beginRun(startedMs: number): number {
    this.#run = this.#begin.run(startedMs).lastRow;
    return this.#run;
  }

  endRun(run: number, endedMs: number, exit: number, counts: Readonly<Record<string, number>>): void {
    this.#end.run(endedMs, exit, JSON.stringify(counts), run);
  }

  /** Newest first. */
  lastRuns(count: number): readonly RunSummary[] {
    return this.#runs.all(count).map((row) => ({ ...row, counts: this.#parsed(readCounts, row.counts) }));
  }

  #parsed<T>(read: (text: string) => T, text: string): T {
    try {
      return read(text);
    } catch (cause) {
      throw new SyncError('state/corrupt', { path: this.#path, detail: 'a line of history cannot be read', cause });
    }
  }
}

/** A folder's removal counts what it covers, where the line says how much that is. */
function removalsOf({ kind, facts }: HistoryLine): number {
  if (kind !== 'trash') return 0;
  const { count } = facts;
  return typeof count === 'number' && count >= 1 ? Math.floor(count) : 1;
}
