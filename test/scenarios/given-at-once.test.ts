/** Two computers bring different things to one name at the same moment: one of them keeps it, the other is kept as a conflict copy. */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';
import type { Files } from './play.ts';

/** A pass of `late`, and one of the other at the moment at which `late`'s call that gives the name is under way. */
async function passBetween(world: World, late: string): Promise<void> {
  let isDone = false;
  await world.pass(late, {
    onCall: async ({ endpoint }) => {
      if (/^(file|folder)\/(edit|upload|create)$/.test(endpoint) && !isDone) {
        isDone = true;
        await world.pass(late === 'A' ? 'B' : 'A');
      }
      return null;
    },
  });
}

interface Row {
  readonly title: string;
  readonly start: Files;
  readonly one: (world: World) => Promise<unknown>;
  readonly other: (world: World) => Promise<unknown>;
  readonly ends: readonly Files[];
}

const rows: readonly Row[] = [
  {
    title: 'two files that are renamed',
    start: { a: '1', b: '2' },
    one: (world) => world.person('A').move('a', 'c'),
    other: (world) => world.person('B').move('b', 'c'),
    ends: [{ c: '1', 'c (conflict)': '2' }],
  },
  {
    title: 'two files that are moved over a third one',
    start: { a: '1', b: '2', c: '3' },
    one: (world) => world.person('A').move('a', 'c'),
    other: (world) => world.person('B').move('b', 'c'),
    ends: [{ c: '1', 'c (conflict)': '2' }],
  },
  {
    title: 'a file that is moved and one that is new',
    start: { a: '1' },
    one: (world) => world.person('A').move('a', 'c'),
    other: (world) => world.person('B').write('c', '2'),
    ends: [{ c: '1', 'c (conflict)': '2' }],
  },
  {
    title: 'two folders that are renamed',
    start: { 'a/x': '1', 'b/x': '2' },
    one: (world) => world.person('A').move('a', 'c'),
    other: (world) => world.person('B').move('b', 'c'),
    ends: [{ 'c/x': '1', 'c (conflict)/x': '2' }],
  },
  {
    title: 'a folder that is renamed and one that is new',
    start: { 'a/x': '1' },
    one: (world) => world.person('A').move('a', 'c'),
    other: (world) => world.person('B').write('c/x', '2'),
    ends: [
      { 'c/x': '1', 'c (conflict)/x': '2' },
      { 'c/x': '1', 'c/x (conflict)': '2' },
    ],
  },
];

describe.each(rows)('$title', ({ start, one, other, ends }) => {
  it.each(['documented', 'servers', 'ghosts'].flatMap((habit) => ['A', 'B'].map((late) => [habit, late] as const)))(
    'host %s, %s is late',
    (habit, late) =>
      inWorld({ seed: `given ${habit} ${late}`, habits: [habit as 'documented'], memory: {} }, async (world) => {
        await begin(world, start);
        await one(world);
        await other(world);
        await passBetween(world, late);
        await world.finish({ copies: 1, withoutFresh: true });
        expectFiles(world, ends);
        const paths = world.web.items().map(({ path }) => path);
        expect(new Set(paths).size).toBe(paths.length);
      }),
  );
});
