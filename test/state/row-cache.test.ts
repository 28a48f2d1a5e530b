/** What is kept of rows is what reading them would give, whatever was written and taken back in between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { RowCache } from '../../src/state/row-cache.ts';

it('is what reading gives, after writes, after transactions that came to nothing, and after a script', () => {
  const write = fc.record({ id: fc.nat(3), value: fc.nat(9), how: fc.constantFrom('well', 'fails', 'script') });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const { database } = openDatabase(':memory:');
      database.exec('CREATE TABLE some (id INTEGER PRIMARY KEY, value INTEGER)');
      const get = database.prepare<{ value: number }>('SELECT value FROM some WHERE id = ?');
      const put = database.prepare('INSERT OR REPLACE INTO some VALUES (?, ?)');
      const read = (id: number): number | null => get.get(id)?.value ?? null;
      const rows = new RowCache(read, () => database.upheavals);
      const compare = (): void => {
        for (let id = 0; id < 4; id++) expect([rows.get(id), rows.get(id)]).toEqual([read(id), read(id)]);
        expect([...rows.compared()].filter(({ kept, read: now }) => kept !== now)).toEqual([]);
      };
      for (const { id, value, how } of writes) {
        compare();
        try {
          database.transaction(() => {
            if (how === 'script') database.exec(`UPDATE some SET value = ${value}`);
            else {
              rows.changed(id);
              put.run(id, value);
            }
            compare();
            if (how === 'fails') throw new Error('taken back');
          });
        } catch {
          // as it was meant
        }
        compare();
      }
      database.close();
    }),
  );
});

it('asks once for what was not written in between', () => {
  let asked = 0;
  const rows = new RowCache(
    () => ++asked,
    () => 0,
  );
  for (let times = 0; times < 5; times++) rows.get('a row');
  expect(asked).toBe(1);
  rows.changed('another');
  rows.get('a row');
  expect(asked).toBe(1);
  rows.changed('a row');
  rows.get('a row');
  expect(asked).toBe(2);
});

it('keeps what is asked for again and again, and no more than some', () => {
  let asked = 0;
  const rows = new RowCache(
    (key: number) => (asked++, key),
    () => 0,
  );
  for (let key = 1; key < 5_000; key++) {
    expect(rows.get(key)).toBe(key);
    rows.get(0);
  }
  expect(asked).toBe(5_000);
  rows.get(1);
  expect(asked).toBe(5_001);
  expect([...rows.compared()].length).toBeLessThanOrEqual(2_000);
});

it('tells of a row that was written without a word', () => {
  let value = 1;
  const rows = new RowCache(
    () => value,
    () => 0,
  );
  rows.get('a row');
  value = 2;
  expect([...rows.compared()]).toEqual([{ key: 'a row', kept: 1, read: 2 }]);
});
