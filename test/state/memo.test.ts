/** What is remembered of rows is what reading them would give, whatever was written and taken back in between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { Memo } from '../../src/state/memo.ts';

it('is what reading gives, after writes and after transactions that came to nothing', () => {
  const write = fc.record({ id: fc.nat(3), value: fc.nat(9), fails: fc.boolean() });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const { database } = openDatabase(':memory:');
      database.exec('CREATE TABLE some (id INTEGER PRIMARY KEY, value INTEGER)');
      const get = database.prepare<{ value: number }>('SELECT value FROM some WHERE id = ?');
      const put = database.prepare('INSERT OR REPLACE INTO some VALUES (?, ?)');
      const read = (id: number): number | null => get.get(id)?.value ?? null;
      const memo = new Memo(read, () => database.writes);
      const compare = (): void => {
        for (let id = 0; id < 4; id++) expect([memo.get(id), memo.get(id)]).toEqual([read(id), read(id)]);
      };
      for (const { id, value, fails } of writes) {
        compare();
        try {
          database.transaction(() => {
            put.run(id, value);
            compare();
            if (fails) throw new Error('taken back');
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
  const memo = new Memo(
    () => ++asked,
    () => 0,
  );
  for (let times = 0; times < 5; times++) memo.get('a row');
  expect(asked).toBe(1);
});

it('keeps no more than some', () => {
  let asked = 0;
  const memo = new Memo(
    (key: number) => (asked++, key),
    () => 0,
  );
  for (let key = 0; key < 5_000; key++) expect(memo.get(key)).toBe(key);
  memo.get(0);
  expect(asked).toBe(5_001);
});
