/** The first pass of a computer: it finds files here, there, or on both sides, and no common past. */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { countOf } from './play.ts';

const tree: readonly (readonly [string, string])[] = [
  ['a.txt', 'first'],
  ['d/b.txt', 'second'],
  ['d/e/c.txt', 'third'],
];

describe.each(everyHabit)('on a host that is %s', (_, habits) => {
  it('S001: sends each file and each folder once, also an empty one', () =>
    inWorld({ habits }, async (world) => {
      for (const [path, content] of tree) await world.person('A').write(path, content);
      await world.person('A').mkdir('empty/inside');
      const { calls } = await world.goodPass('A');
      expect(countOf(calls, 'file/upload')).toBe(3);
      expect(countOf(calls, 'folder/create')).toBe(5); // with the pair's own
      await world.finish({ copies: 0 });
    }));

  it('S002: fetches everything into an empty folder and changes nothing on the host', () =>
    inWorld({ habits }, async (world) => {
      for (const [path, content] of tree) await world.person('web').write(path, content);
      await world.person('web').mkdir('empty/inside');
      const { calls, changingCalls } = await world.goodPass('A');
      expect(changingCalls).toEqual([]);
      expect(countOf(calls, 'download')).toBe(3);
      await world.finish({ copies: 0 });
    }));
});
