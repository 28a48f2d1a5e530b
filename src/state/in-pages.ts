/**
 * Reads many rows a page at a time, in the order of their key: nobody waits for a hundred thousand rows at once, and they need not be held
 * all together. What is written between two pages shows in those that come after it: whoever needs one state of the trees sees to that
 * by the view's revision.
 */
const PAGE = 500;

/** `after` reads at most so many rows whose keys come after the given one. */
export function* inPages<Row, Key>(
  first: Key,
  after: (key: Key, most: number) => readonly Row[],
  keyOf: (row: Row) => Key,
): Generator<Row, undefined, undefined> {
  for (let key = first; ;) {
    const rows = after(key, PAGE);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    key = keyOf(last);
  }
}
