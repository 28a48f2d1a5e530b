/** Two computers that begin, or make the same things, at the same moment: everything comes together, nothing is there twice. */
import { describe, expect, it } from 'vitest';
import { everyHabit } from './hosts.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

const tree: Readonly<Record<string, string>> = {
  top: 'top',
  'd/one': 'one',
  'd/e/two': 'two',
  'd/e/f/three': 'three',
  'g/four': 'four',
};

describe('S011: the same new tree on both, an empty host, first passes at the same moment', () => {
  for (const [name, habits] of everyHabit) {
    it(`ends with one folder and one file a path (host ${name})`, async () => {
      await inWorld({ seed: `S011 ${name}`, habits }, async (world) => {
        for (const computer of ['A', 'B']) {
          for (const [path, content] of Object.entries(tree)) await world.person(computer).write(path, content);
        }
        await Promise.all(['A', 'B'].map((computer) => world.pass(computer)));
        await world.settle();
        await world.finish({ copies: 0 });
        const files = [...world.web.shape()].filter(([, value]) => value !== 'folder').map(([path]) => path);
        expect(files.sort()).toEqual(Object.keys(tree).sort());
      });
    });
  }
});

describe('folders of one name made by both, with other things in them', () => {
  for (const [name, habits] of everyHabit) {
    it(`merge, and what clashes is kept as one copy (host ${name})`, async () => {
      await inWorld({ seed: `twins ${name}`, habits }, async (world) => {
        await world.person('A').write('old', 'old');
        await world.finish({ withoutFresh: true });
        for (const computer of ['A', 'B']) {
          await world.person(computer).write(`d/only ${computer}`, computer);
          await world.person(computer).write('d/e/same', 'same');
          await world.person(computer).write('d/e/clash', `clash ${computer}`);
        }
        await Promise.all(['A', 'B'].map((computer) => world.pass(computer)));
        await world.settle();
        await world.finish({ copies: 1 });
      });
    });
  }
});

describe.each(everyHabit)('in the moment between the look and the call (host %s)', (name, habits) => {
  it.each([
    ['the folder first', 'A', 'file/upload'],
    ['the file first', 'B', 'folder/create'],
  ])('S098: a file and a folder of one name: the file becomes the copy, %s', (_, late, endpoint) =>
    inWorld({ seed: `S098 ${name} ${late}`, habits, memory: {} }, async (world) => {
      await begin(world, { old: 'old' });
      await world.person('A').write('x', '1');
      await world.person('B').write('x/in', '2');
      await passBefore(endpoint, late, world);
      const passes = world.passes.length;
      await world.finish({ copies: 1 });
      const calls = world.passes.slice(passes).flatMap((pass) => pass.calls);
      expect(calls.filter((call) => call.endpoint === 'file/delete')).toEqual([]);
      expectFiles(world, { old: 'old', 'x/in': '2', 'x (conflict)': '1' });
    }),
  );

  it.each([
    ['with equal bytes are one', '1', 0],
    ['with other bytes are that and a copy', '2', 1],
  ])('S061, S126: files of one name %s, whichever of them has the lower id', (_, content, copies) =>
    inWorld({ seed: `S126 ${name} ${content}`, habits, memory: {} }, async (world) => {
      await begin(world, { old: 'old' });
      await world.person('A').write('.x', '1');
      await world.person('B').write('.x', content);
      await passBefore('file/edit', 'A', world); // what A sent has the lower id, and gets its name later
      await world.finish({ copies });
      expectFiles(world, { old: 'old', ...(copies === 0 ? { '.x': '1' } : { '.x': '1', '.x (conflict)': '2' }) });
    }),
  );
});

/** A pass of `late`; directly before its call of `endpoint` the other one makes a whole pass. */
async function passBefore(endpoint: string, late: string, world: World): Promise<void> {
  let isMet = false;
  await world.goodPass(late, {
    onCall: async (call) => {
      if (call.endpoint !== endpoint || isMet) return null;
      isMet = true;
      await world.goodPass(late === 'A' ? 'B' : 'A');
      return null;
    },
  });
  expect(isMet).toBe(true);
}

it.each(everyHabit)(
  'a folder that comes to the host with content while a pass is about to make the same is not sent into (host %s)',
  (_, habits) =>
    inWorld({ seed: 'comes with content', habits, memory: {} }, async (world) => {
      await begin(world, { old: 'old' });
      await world.person('A').write('d/e/f', '1');
      await world.person('A').write('d/g', 'mine');
      let listings = 0;
      const pass = await world.goodPass('A', {
        onCall: async ({ endpoint }) => {
          // the sweep has seen the host without it, the look before the folder is made shows it
          if (endpoint === 'folder/listing' && ++listings === 3) {
            await world.person('web').write('d/e/f', '1');
            await world.person('web').write('d/h', 'theirs');
          }
          return null;
        },
      });
      expect(listings).toBeGreaterThan(2);
      expect(countOf(pass.calls, 'file/upload')).toBe(1);
      await world.finish({ copies: 0 });
      expectFiles(world, { old: 'old', 'd/e/f': '1', 'd/g': 'mine', 'd/h': 'theirs' });
    }),
);

it.each([
  ['A', 'B'],
  ['B', 'A'],
] as const)(
  'an equal file that both sent at once is there once, though both were killed before they knew (%s begins again)',
  (first, second) =>
    inWorld({ seed: `both killed ${first}`, memory: {} }, async (world) => {
      await begin(world, { 'd/old': 'old' });
      for (const name of ['A', 'B']) await world.person(name).write('d/f', 'equal');
      const sendAndDie = (name: string, meanwhile: () => Promise<unknown>) =>
        world.pass(name, {
          onCall: async ({ endpoint }) => {
            if (endpoint !== 'file/upload') return null;
            await meanwhile();
            return 'kill after';
          },
        });
      await sendAndDie('B', () => sendAndDie('A', () => Promise.resolve()));
      expect(world.web.items().filter(({ md5 }) => md5 === md5Of('equal'))).toHaveLength(2);
      await world.pass(first);
      await world.pass(second);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/old': 'old', 'd/f': 'equal' });
    }),
);

describe('a folder that three computers make at the same moment', () => {
  const three = { memory: {}, habits: ['servers'], computers: ['A', 'B', 'C'] } as const;
  const makeAll = async (world: World, paths: readonly string[]): Promise<void> => {
    await begin(world, { k: '0' });
    for (const [nth, name] of ['A', 'B', 'C'].entries()) await world.person(name).write(paths[nth] ?? '', String(nth));
  };

  it.each(['1', '2', '3'])('passes side by side: every content is kept (%s)', (seed) =>
    inWorld({ ...three, seed, isConcurrent: true }, async (world) => {
      await makeAll(world, ['d/a', 'd/b', 'd/a']);
      for (let nth = 0; nth < 3; nth++) await world.passTogether('A', 'B', 'C');
      await world.finish({ copies: 1, withoutFresh: true });
    }),
  );

  const orders = [
    ['A', 'B', 'C'],
    ['C', 'B', 'A'],
    ['B', 'C', 'A'],
    ['C', 'A', 'B'],
  ];
  it.each(
    [
      ['d/a', 'd/b', 'd/a'],
      ['d/a', 'd/b', 'd/c'],
      ['d/s/a', 'd/s/b', 'd/s/a'],
    ].flatMap((paths) => orders.map((order) => [paths.join(' '), order.join(' '), paths, order] as const)),
  )('%s becomes one folder, whoever goes on first (%s)', (_, __, paths, order) =>
    inWorld(three, async (world) => {
      await makeAll(world, paths);
      const passAfter = (name: string, before: () => Promise<unknown>) => async (): Promise<void> => {
        let isDone = false;
        await world.pass(name, {
          onCall: async ({ endpoint }) => {
            if (endpoint === 'folder/create' && !isDone) {
              isDone = true;
              await before();
            }
            return null;
          },
        });
      };
      await passAfter(
        'C',
        passAfter('B', () => world.pass('A')),
      )();
      expect(world.web.items().filter(({ path }) => path === 'd').length).toBe(3);
      await world.settle({ order });
      await world.finish({ copies: new Set(paths).size === 3 ? 0 : 1, withoutFresh: true });
      expect(world.web.items().filter(({ path }) => path === 'd').length).toBe(1);
    }),
  );
});

it.each([
  ['B', 'A', 'C'],
  ['B', 'C', 'A'],
])('three write one new file, two of them the same: one copy (%s, %s, %s)', (...order) =>
  inWorld({ memory: {}, habits: ['servers'], computers: ['A', 'B', 'C'] }, async (world) => {
    await begin(world, { k: '0' });
    await world.person('A').write('f', '2');
    await world.person('B').write('f', '3');
    await world.person('C').write('f', '2');
    for (const name of order) await world.pass(name);
    await world.finish({ copies: 1, withoutFresh: true });
    expectFiles(world, { k: '0', f: '3', 'f (conflict)': '2' });
  }),
);
