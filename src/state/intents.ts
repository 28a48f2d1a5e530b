/**
 * Our own acts, written down before they are done. Kept as JSON and read back by a strict schema: what cannot be read
 * as exactly one of them is damage, because to guess what was ours could cost a person's file.
 */
import { z } from 'zod';
import { SyncError } from '../errors.ts';
import { isLocalName } from '../core/path.ts';
import type { EntryNumber, Identity, Md5, NodeNumber, RemoteId, Stamp } from '../core/entry.ts';
import type { LocalName, RelPath, RemoteName } from '../core/path.ts';
import type { Intent, IntentNumber } from '../ports.ts';
import type { Counters } from './counters.ts';
import type { Database, Statement } from './database.ts';

const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
const isText = (value: unknown): value is string => typeof value === 'string';

const entry = z.custom<EntryNumber>(isNumber);
const node = z.custom<NodeNumber>(isNumber);
const id = z.custom<RemoteId>((value) => isText(value) && /^[df]\d+$/.test(value));
const md5 = z.custom<Md5>((value) => isText(value) && /^[0-9a-f]{32}$/.test(value));
const stamp = z.custom<Stamp>(isText);
const identity = z.custom<Identity>(isText);
const localName = z.custom<LocalName>((value) => isText(value) && isLocalName(value));
const remoteName = z.custom<RemoteName>(isText);
const path = z.custom<RelPath>((value) => isText(value) && (value === '' || value.split('/').every(isLocalName)));
const size = z.number().int().nonnegative();

const intentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('upload'),
    entry,
    node,
    stamp,
    size,
    parent: id,
    name: remoteName,
    replaces: id.nullable(),
    stagedName: z.string().nullable(),
    answer: z.strictObject({ id, md5 }).nullable(),
  }),
  z.strictObject({
    kind: z.literal('arrival'),
    entry,
    remote: id,
    path,
    parent: entry,
    localName,
    remoteName,
    size,
    md5,
    identity,
    changedAtMs: z.number(),
  }),
  z.strictObject({
    kind: z.literal('localMove'),
    entry,
    node,
    from: path,
    to: path,
    identity,
    conflict: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('localTrash'), entry, node, from: path, identity }),
]);

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
    const detail = `intent ${number} cannot be read`;
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch (cause) {
      throw new SyncError('state/corrupt', { path: this.#database.path, detail, cause });
    }
    const { data, error } = intentSchema.safeParse(value);
    if (data === undefined) throw new SyncError('state/corrupt', { path: this.#database.path, detail, cause: error });
    return data;
  }
}
