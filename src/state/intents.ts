/**
 * Our own acts, written down before they are done. What cannot be read back as exactly one of them is damage, because to
 * guess what was ours could cost a person's file.
 */
import { SyncError } from '../errors.ts';
import type { RemoteId } from '../core/entry.ts';
import type { Intent, IntentNumber } from '../ports.ts';
import type { Counters } from './counters.ts';
import type { Database, Statement } from './database.ts';
import { readIntent } from './schema.ts';

export class IntentRows {
  readonly #database: Database;
  readonly #counters: Counters;
  readonly #all: Statement<{ number: IntentNumber; body: string }>;
  readonly #insert: Statement<never>;
  readonly #update: Statement<never>;
  readonly #drop: Statement<never>;

  constructor(database: Database, counters: Counters) {
    this.#database = database;
    this.#counters = counters;
    this.#all = database.prepare('SELECT number, body FROM intent ORDER BY number');
    this.#insert = database.prepare('INSERT INTO intent (body) VALUES (?)');
    this.#update = database.prepare('UPDATE intent SET body = ? WHERE number = ?');
    this.#drop = database.prepare('DELETE FROM intent WHERE number = ?');
  }

  begin(intent: Intent, durable: boolean): IntentNumber {
    const body = JSON.stringify(intent);
    const write = () =>
      this.#database.transaction(() => {
        // An entry that only an intent names must not be given out to something else after a crash.
        this.#counters.raise('firstFreeEntry', intent.entry + 1);
        return this.#insert.run(body).lastRow;
      });
    return (durable ? this.#durably(write) : write()) as IntentNumber;
  }

  note(number: IntentNumber, intent: Intent): void {
    this.#update.run(JSON.stringify(intent), number);
  }

  end(number: IntentNumber): void {
    this.#drop.run(number);
  }

  /** The ids of what uploads put on the host which have not come to their end. */
  answers(): ReadonlySet<RemoteId> {
    return new Set(this.all().flatMap(({ intent }) => (intent.kind === 'upload' ? (intent.answer ?? []) : [])));
  }

  all(): readonly { readonly number: IntentNumber; readonly intent: Intent }[] {
    return this.#all.all().map(({ number, body }) => ({ number, intent: this.#read(number, body) }));
  }

  /** What is committed by `write`, and everything committed before, is on the disk when this returns. */
  #durably<T>(write: () => T): T {
    this.#database.pragma('synchronous = FULL');
    try {
      return write();
    } finally {
      this.#database.pragma('synchronous = NORMAL');
    }
  }

  #read(number: IntentNumber, body: string): Intent {
    try {
      return readIntent(body);
    } catch (cause) {
      throw new SyncError('state/corrupt', {
        path: this.#database.path,
        detail: `intent ${number} cannot be read`,
        cause,
      });
    }
  }
}
