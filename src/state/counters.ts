/** Numbers that only ever rise, kept so that none is given out twice, over restarts too. */
import { SyncError } from '../errors.ts';
import type { Database, Statement } from './database.ts';

export type CounterName = 'openings' | 'firstFreeEntry' | 'sweepBegun' | 'sweepCompleted';

export class Counters {
  readonly #path: string;
  readonly #get: Statement<{ value: number }>;
  readonly #raise: Statement<never>;

  constructor(database: Database) {
    this.#path = database.path;
    this.#get = database.prepare('SELECT value FROM counter WHERE name = ?');
    this.#raise = database.prepare('UPDATE counter SET value = max(value, ?) WHERE name = ?');
  }

  get(name: CounterName): number {
    const row = this.#get.get(name);
    if (row === undefined) throw new SyncError('state/corrupt', { path: this.#path, detail: `no counter ${name}` });
    return row.value;
  }

  /** Never lowers it. */
  raise(name: CounterName, to: number): void {
    this.#raise.run(to, name);
  }

  /** Raises it by one and returns what it is then. */
  next(name: CounterName): number {
    const value = this.get(name) + 1;
    this.raise(name, value);
    return value;
  }
}
