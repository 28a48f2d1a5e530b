/**
 * Rows that were read, for as long as nothing is written: one step asks for the same few rows again and again, and a sweep for the folders above
 * each folder. What must hold: nobody sees a row that is no longer so, also after a transaction that came to nothing.
 */

/** So many rows are kept; then it begins anew. */
const MOST = 1_000;

export class Memo<Key, Row> {
  readonly #read: (key: Key) => Row;
  readonly #writes: () => number;
  readonly #rows = new Map<Key, Row>();
  #at = -1;

  /** `writes`: moves with every write, and with every one that was taken back. */
  constructor(read: (key: Key) => Row, writes: () => number) {
    this.#read = read;
    this.#writes = writes;
  }

  get(key: Key): Row {
    const now = this.#writes();
    if (now !== this.#at || this.#rows.size >= MOST) this.#rows.clear();
    this.#at = now;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#read(key);
    this.#rows.set(key, row);
    return row;
  }
}
