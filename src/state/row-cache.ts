/**
 * Rows as they were last read, each until it is written: one step asks for the same few rows again and again, and whoever walks up asks for the
 * folders above each file. What must hold: nobody sees a row that is no longer so, also after a transaction that came to nothing.
 */

/** So many rows are kept from the last reads, and as many from those before. */
const MOST = 1_000;

export class RowCache<Key, Row> {
  readonly #read: (key: Key) => Row;
  readonly #upheavals: () => number;
  #young = new Map<Key, Row>();
  #old = new Map<Key, Row>();
  #at = -1;

  /** `upheavals`: moves whenever rows may have changed without a word here, and with every transaction that came to nothing. */
  constructor(read: (key: Key) => Row, upheavals: () => number) {
    this.#read = read;
    this.#upheavals = upheavals;
  }

  get(key: Key): Row {
    this.#settle();
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const row = this.#old.get(key) ?? this.#read(key);
    this.#keep(key, row);
    return row;
  }

  /** As it was read just now by another way. */
  keep(key: Key, row: Row): void {
    this.#settle();
    this.#keep(key, row);
  }

  /** To be called around each write of the row: what is known of it holds no longer. */
  changed(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** All that is kept, with what a reading tells now. For checks. */
  *compared(): Generator<{ readonly key: Key; readonly kept: Row; readonly read: Row }> {
    this.#settle();
    for (const [key, kept] of new Map([...this.#old, ...this.#young])) yield { key, kept, read: this.#read(key) };
  }

  #keep(key: Key, row: Row): void {
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, row);
  }

  #settle(): void {
    const now = this.#upheavals();
    if (now !== this.#at) this.clear();
    this.#at = now;
  }
}
