/** Where two mechanisms meet that are right one by one: structure against structure, names that are freed and taken again, numbers of files used anew. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Person } from '../support/person.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles, playRows, type Files, type Row } from './play.ts';

const byComputers = [
  ['A', 'B'],
  ['B', 'A'],
] as const;

const noBytes: NonNullable<Row['check']> = (_, passes) => {
  expect(
    countOf(
      passes.flatMap(({ calls }) => calls),
      'file/upload',
    ),
  ).toBe(0);
};

const rows: readonly Row[] = [
  {
    id: 'S370',
    title: 'a file that moves over another which the other side replaced loses no content',
    start: { x: '1', y: '2' },
    one: (person) => person.move('x', 'y'),
    other: async (person) => {
      await person.remove('x');
      await person.write('x', '3');
    },
    end: [{ y: '3' }, { x: '3', y: '1' }, { y: '1', 'y (conflict)': '3' }, { y: '3', 'y (conflict)': '1' }],
    by: [['A', 'web']],
  },
  {
    id: 'S371c',
    title: 'a folder takes the name of a removed one whose file it has got',
    start: { 'b/f': '1', 'd/g': '2' },
    one: async (person) => {
      await person.move('b/f', 'd/f');
      await person.remove('b');
      await person.move('d', 'b');
    },
    end: { 'b/f': '1', 'b/g': '2' },
    copies: 0,
    check: noBytes,
  },
  {
    id: 'S371',
    title: 'a file that moves over another takes its name, and the other goes to the trash',
    start: { x: '1', y: '2' },
    one: (person) => person.move('x', 'y'),
    end: { y: '1' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S379',
    title: 'a folder that got two names at once, with an edit under each, is one folder with both edits',
    start: { 'p/c1': '1', 'p/c2': '2' },
    one: async (person) => {
      await person.move('p', 'PL');
      await person.write('PL/c1', '1 edited');
    },
    other: async (person) => {
      await person.move('p', 'PR');
      await person.write('PR/c2', '2 edited');
    },
    end: [
      { 'PL/c1': '1 edited', 'PL/c2': '2 edited' },
      { 'PR/c1': '1 edited', 'PR/c2': '2 edited' },
    ],
    copies: 0,
  },
  {
    id: 'S381',
    title: 'what moves into a folder goes with the new name that the folder got elsewhere',
    start: { d: null, f: '1', 's/x': '2' },
    one: (person) => person.move('d', 'e'),
    other: async (person) => {
      await person.move('f', 'd/f');
      await person.move('s', 'd/s');
    },
    end: { 'e/f': '1', 'e/s/x': '2' },
    copies: 0,
    check: noBytes,
  },
  {
    id: 'S383',
    title: 'a file that moves into a folder renamed elsewhere, and is edited there, is sent once',
    start: { d: null, f: '1' },
    one: async (person) => {
      await person.move('f', 'd/f');
      await person.write('d/f', '2');
    },
    other: (person) => person.move('d', 'e'),
    end: { 'e/f': '2' },
    copies: 0,
    by: byComputers,
    check: (_, passes) => {
      expect(
        countOf(
          passes.flatMap(({ calls }) => calls),
          'file/upload',
        ),
      ).toBe(1);
    },
  },
  {
    id: 'S393',
    title: 'a file moves below the folder that took the place of another file',
    start: { x: 'old', g: '1' },
    one: async (person) => {
      await person.remove('x');
      await person.mkdir('x/sub');
      await person.move('g', 'x/sub/child');
    },
    end: { 'x/sub/child': '1' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S397',
    title: 'two files that move one after the other over a third leave the last',
    start: { o1: '1', o2: '2', t: '3' },
    one: async (person) => {
      await person.move('o1', 't');
      await person.move('o2', 't');
    },
    end: { t: '2' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S398',
    title: 'a folder merged into another by a file manager is the union, with what moved in its place',
    start: { 'src/dir/a': 'new a', 'src/dir/b': 'new b', 'src/dir/c': 'c', 'dst/dir/a': 'old a', 'dst/dir/z': 'z' },
    one: async (person) => {
      await person.move('src/dir/a', 'dst/dir/a');
      await person.move('src/dir/b', 'dst/dir/b');
      await person.move('src/dir/c', 'dst/dir/c');
      await person.remove('src/dir');
    },
    end: { src: null, 'dst/dir/a': 'new a', 'dst/dir/b': 'new b', 'dst/dir/c': 'c', 'dst/dir/z': 'z' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S399',
    title: 'a folder that takes the place of a removed one brings its own children and no others',
    start: { 'src/dir/a': 'a of src', 'src/dir/b': 'b', 'dst/dir/a': 'a of dst', 'dst/dir/old/deep': 'deep' },
    one: async (person) => {
      await person.remove('dst/dir');
      await person.move('src/dir', 'dst/dir');
    },
    end: { src: null, 'dst/dir/a': 'a of src', 'dst/dir/b': 'b' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S401',
    title: 'moves over files that were edited before or after keep what was written last',
    start: { 'dst/f1': 'd1', 'dst/f2': 'd2', 'src/f1': 's1', 'src/f2': 's2' },
    one: async (person) => {
      await person.write('dst/f1', 'd1 edited');
      await person.move('src/f2', 'dst/f2');
      await person.write('dst/f2', 's2 edited');
      await person.move('src/f1', 'dst/f1');
    },
    end: { src: null, 'dst/f1': 's1', 'dst/f2': 's2 edited' },
    news: 1,
    copies: 0,
  },
  {
    id: 'S402',
    title: 'files that are removed, made anew and moved over are as last written',
    start: { 'dst/f2': '1', 'final/f2': '2', 'src/f1': '3', 'src/f2': '4' },
    one: async (person) => {
      await person.write('src/f1', '3 edited');
      await person.move('src/f2', 'final/f2');
      await person.remove('src/f1');
      await person.remove('final/f2');
      await person.write('src/f1', 'anew 1');
      await person.write('final/f2', 'anew 2');
      await person.move('dst/f2', 'final/f2');
    },
    end: { dst: null, 'src/f1': 'anew 1', 'final/f2': '1' },
    copies: 0,
  },
  {
    id: 'S418',
    title: 'three files of one size and one time stamp that rotate are told apart',
    start: { a: '1', b: '2', c: '3' },
    one: async (person) => {
      await person.move('a', 't');
      await person.move('c', 'a');
      await person.move('b', 'c');
      await person.move('t', 'b');
    },
    end: { a: '3', b: '1', c: '2' },
    news: 0,
    copies: 0,
  },
  {
    id: 'S366',
    title: 'a file saved through another name keeps both contents where the other side moves a file to that name',
    start: { f: '1', g: '2' },
    one: async (person) => {
      await person.move('f', 'h');
      await person.write('f', '1 saved');
    },
    other: (person) => person.move('g', 'h'),
    end: [
      { f: '1 saved', h: '1', 'h (conflict)': '2' },
      { f: '1 saved', h: '2', 'h (conflict)': '1' },
    ],
    by: byComputers,
  },
];

playRows(rows);

describe('S363, S403, S405: a pass ends at one of its steps, and others go on before it comes back', () => {
  interface Story {
    readonly id: string;
    readonly start: Files;
    /** By whom, before the pass of A that is killed. */
    readonly by: string;
    readonly before: (person: Person) => Promise<void>;
    /** What B does afterwards, when it knows of all that is on the host. */
    readonly later: (person: Person) => Promise<void>;
    readonly end: Files;
  }
  const arrives: Omit<Story, 'id' | 'later' | 'end'> = {
    start: { other: 'o' },
    by: 'B',
    before: (person) => person.write('f', '2'),
  };
  const stories: readonly Story[] = [
    { ...arrives, id: 'S363 renamed', later: (person) => person.move('f', 'g'), end: { other: 'o', g: '2' } },
    { ...arrives, id: 'S363 removed', later: (person) => person.remove('f'), end: { other: 'o' } },
    { ...arrives, id: 'S363 edited', later: (person) => person.write('f', '3'), end: { other: 'o', f: '3' } },
    {
      id: 'S405',
      start: { f: '1' },
      by: 'B',
      before: (person) => person.write('f', '2'),
      later: async () => {},
      end: { f: '2' },
    },
    {
      id: 'S403',
      start: { 'd/f': '1' },
      by: 'A',
      before: async (person) => {
        await person.move('d/f', 'f');
        await person.remove('d');
        await person.write('f', '2');
      },
      later: async () => {},
      end: { f: '2' },
    },
  ];

  async function prepare(world: World, story: Story): Promise<void> {
    await begin(world, story.start);
    await story.before(world.person(story.by));
    if (story.by === 'B') await world.goodPass('B');
  }

  /** The test run takes turns with the steps; `YETISYNC_ALL_HABITS` takes all. */
  const stride = process.env['YETISYNC_ALL_HABITS'] === undefined ? 4 : 1;

  it.each(stories.map((story, nth) => [story.id, story, nth] as const))('%s', async (id, story, nth) => {
    const steps = await inWorld({ seed: `${id} whole`, memory: {} }, async (world) => {
      await prepare(world, story);
      const pass = await world.goodPass('A', { onCall: () => null });
      return { call: pass.calls.length, disk: pass.diskChanges };
    });
    for (const of of ['call', 'disk'] as const) {
      for (let at = 1 + (nth % stride); at <= steps[of]; at += stride) {
        await inWorld({ seed: `${id} ${of} ${at}`, memory: {} }, async (world) => {
          await prepare(world, story);
          const end = (_: unknown, number: number) => (number === at ? 'kill after' : null);
          await world.pass('A', of === 'call' ? { onCall: end } : { onDisk: end });
          await world.goodPass('B');
          await story.later(world.person('B'));
          if (at % 2 === 0) await world.goodPass('B');
          await world.clock.advance(3_600_000);
          await world.finish({ copies: 0, withoutFresh: true });
          expectFiles(world, story.end);
        });
      }
    }
  });
});

it('S367: two files of one name on the host keep their names there, however often computers pass', () =>
  inWorld({ seed: 'S367' }, async (world) => {
    await begin(world, { other: 'o' });
    await world.person('web').write('f', 'one');
    world.ledger.wrote('web', 'f', md5Of('two'), null, false);
    await world.web.upload('f', Buffer.from('two'));
    const before = world.passes.length;
    for (let round = 0; round < 3; round++) await world.passTogether('A', 'B');
    await world.settle();
    expect(world.passes.slice(before).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
  }));

it('S369: what another exchanges by three renames is waited for, not taken for two files of one name', () =>
  inWorld({ seed: 'S369' }, async (world) => {
    await begin(world, { a: '1', b: '2' });
    const [first, second] = [world.web.mustFind('a').id, world.web.mustFind('b').id];
    const rename = (id: number, name: string) => world.web.call('file/edit', { file_id: String(id), filename: name });
    await rename(first, 'b');
    const between = await world.goodPass('A');
    await rename(second, 'a');
    await world.finish({ copies: 0 });
    expect(between.changingCalls).toEqual([]);
    expectFiles(world, { a: '2', b: '1' });
  }));

it('S373: names that are exchanged again while the first exchange is carried over end as they were left', async () => {
  const calls = await inWorld({ seed: 'S373', memory: {} }, async (world) => {
    await begin(world, { a: '1', b: '2', c: '3' });
    await exchange(world, 'a', 'b');
    return (await world.goodPass('A', { onCall: () => null })).calls.length;
  });
  for (let at = 1; at <= calls; at++) {
    await inWorld({ seed: `S373 ${at}`, memory: {} }, async (world) => {
      await begin(world, { a: '1', b: '2', c: '3' });
      await exchange(world, 'a', 'b');
      await world.pass('A', {
        async onCall(_, number) {
          if (number === at) await exchange(world, at % 2 === 0 ? 'a' : 'c', 'b');
          return null;
        },
      });
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, at % 2 === 0 ? { a: '1', b: '2', c: '3' } : { a: '2', b: '3', c: '1' });
    });
  }
});

async function exchange(world: World, one: string, other: string): Promise<void> {
  const person = world.person('A');
  await person.move(one, 'aside');
  await person.move(other, one);
  await person.move('aside', other);
}

it('S374, S365: the number of a file that was saved anew says nothing about the next file that gets it', () =>
  inWorld({ seed: 'S374' }, async (world) => {
    await begin(world, { f: '1' });
    const { root } = world.computer('A');
    const person = world.person('A');
    const was = lstatSync(join(root, 'f')).ino;
    await person.move('f', 'saving');
    await person.write('f', '1');
    await person.remove('saving');
    // the disk gives the number that is free to one of the next files, as a rule to the very next
    for (let at = 0; at < 20 && !world.steps.includes('the same number'); at++) {
      await person.write(`g${at}`, '1');
      if (lstatSync(join(root, `g${at}`)).ino === was) world.note('the same number');
    }
    await world.person('B').write('g0', '1');
    const before = world.passes.length;
    await world.settle();
    const calls = world.passes.slice(before).flatMap((pass) => pass.calls);
    expect(calls.filter(({ endpoint }) => endpoint === 'file/delete')).toEqual([]);
    await world.finish({ copies: 0 });
    expect(world.web.shape().get('f')).toBe(md5Of('1'));
  }));

it.each(['files', 'folders'] as const)(
  'S395: %s that take names which were freed a pass before are renamed, not sent',
  (kind) =>
    inWorld({ seed: `S395 ${kind}` }, async (world) => {
      const inside = kind === 'files' ? '' : '/x';
      await begin(world, { [`a${inside}`]: 'A', [`b${inside}`]: 'B' });
      await world.person('A').move('a', 'c');
      await world.goodPass('A');
      await world.person('A').move('b', 'a');
      const before = world.passes.length;
      await world.finish({ copies: 0 });
      const calls = world.passes.slice(before).flatMap((pass) => pass.calls);
      expect([countOf(calls, 'file/upload'), countOf(calls, 'download')]).toEqual([0, 2]);
      expectFiles(world, { [`a${inside}`]: 'B', [`c${inside}`]: 'A' });
    }),
);

it('S358: a tree of 120 levels comes and goes', () =>
  inWorld({ seed: 'S358', config: { holdRemovals: { percent: 100, count: 100_000 } } }, async (world) => {
    const person = world.person('A');
    await person.write('plain', 'p');
    await person.write(`${'d/'.repeat(120)}f`, 'deep');
    for (const name of ['A', 'B']) expect((await world.goodPass(name)).exit).toBe(0);
    expect(world.person('B').shape().size).toBe(122);
    await person.remove('d');
    for (const name of ['A', 'B']) expect((await world.goodPass(name)).exit).toBe(0);
    expect([...world.person('B').shape().keys()]).toEqual(['plain']);
  }));
