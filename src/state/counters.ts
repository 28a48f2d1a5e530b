/** Numbers that only ever rise, kept so that none is given out twice, over restarts too. */
import { SyncError } from '../errors.ts';
import type { Database, Statement } from './database.ts';

export type CounterName = 'openings' | 'firstFreeEntry' | 'sweepBegun' | 'sweepCompleted';

export class Counters {
  readonly #database: Database;
  /** What is in the database, as far as it was read or written; nobody else writes it. */
  readonly #known = new Map<CounterName, number>();
  /** As the database counted them when `#known` was last right. */
  #undone: number;
  readonly #get: Statement<{ value: number }>;
  readonly #raise: Statement<never>;

  constructor(database: Database) {
    this.#database = database;
    this.#undone = database.undone;
    this.#get = database.prepare('SELECT value FROM counter WHERE name = ?');
    this.#raise = database.prepare('UPDATE counter SET value = max(value, ?) WHERE name = ?');
  }

  get(name: CounterName): number {
    const known = this.#remembered().get(name);
    if (known !== undefined) return known;
    const row = this.#get.get(name);
    if (row === undefined) {
      throw new SyncError('state/corrupt', { path: this.#database.path, detail: `no counter ${name}` });
    }
    this.#known.set(name, row.value);
    return row.value;
  }

  /** Never lowers it. */
  raise(name: CounterName, to: number): void {
    if (to <= this.get(name)) return;
    this.#raise.run(to, name);
    this.#known.set(name, to);
  }

  /** Raises it by one and returns what it is then. */
  next(name: CounterName): number {
    const value = this.get(name) + 1;
    this.raise(name, value);
    return value;
  }

  /** A transaction that came to nothing took its raises with it. */
  #remembered(): ReadonlyMap<CounterName, number> {
    if (this.#undone !== this.#database.undone) this.#known.clear();
    this.#undone = this.#database.undone;
    return this.#known;
  }
}
