import { expect, it } from 'vitest';
import { inPages } from '../../src/state/in-pages.ts';

it.each([0, 1, 499, 500, 501, 1_000, 1_203])(
  '%i rows come once each and in order, however many pages they fill',
  (count) => {
    const rows = Array.from({ length: count }, (_, at) => ({ key: 3 * at + 1 }));
    let reads = 0;
    const after = (key: number, most: number) => {
      reads++;
      return rows.filter((row) => row.key > key).slice(0, most);
    };
    expect([...inPages(0, after, ({ key }) => key)]).toEqual(rows);
    expect(reads).toBe(Math.floor(count / 500) + 1);
  },
);
