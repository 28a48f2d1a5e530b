/** Small facts that outlive a run. */
import type { FactKey, StateFacts } from '../ports.ts';
import type { Database, Statement } from './database.ts';

/** `pair` is the state's own: whose it is. */
type StoredKey = FactKey | 'pair';

export class FactRows implements StateFacts {
  readonly #get: Statement<{ value: string }>;
  readonly #put: Statement<never>;
  readonly #drop: Statement<never>;

  constructor(database: Database) {
    this.#get = database.prepare('SELECT value FROM fact WHERE key = ?');
    this.#put = database.prepare(
      'INSERT INTO fact VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#drop = database.prepare('DELETE FROM fact WHERE key = ?');
  }

  get(key: StoredKey): string | null {
    return this.#get.get(key)?.value ?? null;
  }

  set(key: StoredKey, value: string | null): void {
    if (value === null) this.#drop.run(key);
    else this.#put.run(key, value);
  }
}
