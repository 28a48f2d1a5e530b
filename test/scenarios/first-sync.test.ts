/** The first pass of a computer: it finds files here, there, or on both sides, and no common past. */
import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { countOf, expectFiles, type Files } from './play.ts';

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

describe('a first pass that is killed halfway', () => {
  it('S010: goes on where it was: nothing is there twice, and what was sent is not sent again', () =>
    inWorld({ seed: 'S010' }, async (world) => {
      for (let at = 0; at < 100; at++) await world.person('A').write(`${at % 5}/${at}`, `content ${at}`);
      let sent = 0;
      const killed = await world.pass('A', {
        onCall: ({ endpoint }) => (endpoint === 'file/upload' && ++sent === 50 ? 'kill before' : null),
      });
      expect(killed.wasKilled).toBe(true);
      const { calls } = await world.goodPass('A');
      // 49 had been sent; of those that were on their way at that moment some may be sent once more
      expect(countOf(calls, 'file/upload')).toBeLessThanOrEqual(51 + 8);
      await world.finish({ copies: 0 });
    }));
});

/** Both sides are full before the first pass, and nobody knows a common past. */
describe('a first pass over two full sides', () => {
  const meetings: readonly {
    readonly id: string;
    readonly title: string;
    readonly here: Files;
    readonly there: Files;
    readonly end: Files | readonly Files[];
    readonly copies: number;
  }[] = [
    {
      id: 'S003',
      title: 'is a union where no path is on both',
      here: { 'here/a': '1', b: '2' },
      there: { 'there/c': '3', d: '4' },
      end: { 'here/a': '1', b: '2', 'there/c': '3', d: '4' },
      copies: 0,
    },
    {
      id: 'S004',
      title: 'sends nothing and copies nothing where both have the same',
      here: { 'd/a': '1', b: '22' },
      there: { 'd/a': '1', b: '22' },
      end: { 'd/a': '1', b: '22' },
      copies: 0,
    },
    {
      id: 'S005',
      title: 'keeps both where the contents have different sizes',
      here: { 'd/f': 'mine' },
      there: { 'd/f': 'their version' },
      end: { 'd/f': 'their version', 'd/f (conflict)': 'mine' },
      copies: 1,
    },
    {
      id: 'S006',
      title: 'keeps both where the contents differ and the sizes do not',
      here: { f: 'mine' },
      there: { f: 'your' },
      end: { f: 'your', 'f (conflict)': 'mine' },
      copies: 1,
    },
    {
      id: 'S007',
      title: 'keeps a file here and a folder of its name there',
      here: { x: 'file' },
      there: { 'x/in': '1', 'x/deep/in': '2' },
      end: { 'x (conflict)': 'file', 'x/in': '1', 'x/deep/in': '2' },
      copies: 1,
    },
    {
      id: 'S007',
      title: 'keeps a folder here and a file of its name there',
      here: { 'x/in': '1', 'x/deep/in': '2' },
      there: { x: 'file' },
      end: [
        { 'x (conflict)': 'file', 'x/in': '1', 'x/deep/in': '2' },
        { x: 'file', 'x (conflict)/in': '1', 'x (conflict)/deep/in': '2' },
      ],
      copies: 1,
    },
  ];
  it.each(meetings)('$id: $title', ({ id, title, here, there, end, copies }) =>
    inWorld({ seed: `${id} ${title}` }, async (world) => {
      for (const [path, content] of Object.entries(there)) await world.person('web').write(path, content ?? '');
      for (const [path, content] of Object.entries(here)) await world.person('A').write(path, content ?? '');
      await world.finish({ copies });
      expectFiles(world, end);
      if (id === 'S004') expect(world.passes.flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
    }),
  );

  it('S009: a full copy of the folder of another computer needs no byte', () =>
    inWorld({ seed: 'copied' }, async (world) => {
      for (const [path, content] of tree) await world.person('A').write(path, content);
      await world.goodPass('A');
      cpSync(world.computer('A').root, world.computer('B').root, {
        recursive: true,
        preserveTimestamps: true,
        filter: (path) => !path.includes('.yetisync'),
      });
      const before = world.passes.length;
      await world.finish({ copies: 0 });
      const changing = world.passes.slice(before).filter(({ computer }) => computer === 'B');
      expect(changing.flatMap(({ changingCalls, touched }) => [...changingCalls, ...touched])).toEqual([]);
    }));

  it('S013: makes the folder on the host once, and never again in the place of one that was known', () =>
    inWorld({ seed: 'host folder', remote: '/a/b/c' }, async (world) => {
      await world.person('A').write('f', '1');
      const { calls } = await world.goodPass('A');
      expect(countOf(calls, 'folder/create')).toBe(3);
      await world.settle();
      const folder = world.host.admin.tree(world.keys.accountId).find(({ name }) => name === 'c');
      await world.web.call('folder/delete', { folder_id: String(folder?.id) });
      const pass = await world.pass('A');
      expect(pass.exit).toBe(3);
      expect(pass.changingCalls).toEqual([]);
      expect(pass.touched).toEqual([]);
    }));
});
