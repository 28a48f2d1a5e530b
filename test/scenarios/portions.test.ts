/** Very much that is new is decided a portion at a time: with portions of two it has to come out the same. */
import { describe, expect, it } from 'vitest';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { begin, countOf } from './play.ts';

const tree = Object.fromEntries(Array.from({ length: 12 }, (_, nth) => [`d${nth % 4}/e${nth % 3}/f${nth}`, `${nth}`]));

describe.each(everyHabit)('on a host that is %s', (_, habits) => {
  it('a first sync sends each file once, and another computer fetches each once', () =>
    inWorld({ habits, portion: 2 }, async (world) => {
      for (const [path, content] of Object.entries(tree)) await world.person('A').write(path, content);
      const first = await world.goodPass('A');
      expect(countOf(first.calls, 'file/upload')).toBe(12);
      expect(first.result?.counts).toEqual({ 'createFolder remote': 16, upload: 12 });
      expect(first.result?.rounds).toBeGreaterThan(8);
      const second = await world.goodPass('B');
      expect(second.result?.counts).toEqual({ 'createFolder local': 16, download: 12 });
      await world.finish({ copies: 0 });
    }));

  it('edits, new files and a removal of the same day all arrive', () =>
    inWorld({ habits, portion: 2 }, async (world) => {
      await begin(world, tree);
      const A = world.person('A');
      for (const nth of [0, 1, 2, 3, 4]) await A.write(`d${nth % 4}/e${nth % 3}/f${nth}`, `new ${nth}`);
      for (const nth of [1, 2, 3, 4]) await A.write(`n/${nth}`, `n ${nth}`);
      await world.person('B').write('elsewhere', 'b');
      const { result } = await world.goodPass('A');
      expect(result?.counts).toMatchObject({ upload: 9 });
      await A.remove('d3');
      for (const nth of [5, 6, 7]) await A.write(`n/${nth}`, `n ${nth}`);
      await world.finish({ copies: 0 });
      expect(world.contentOf('B', 'd3/e0/f3')).toBeUndefined();
      expect(world.contentOf('B', 'n/7')).toBe(world.contentOf('A', 'n/7'));
    }));

  it('what is known goes, moves and changes among very much that is new', () =>
    inWorld({ habits, portion: 2 }, async (world) => {
      await begin(world, tree);
      const [A, web] = [world.person('A'), world.person('web')];
      for (const nth of [1, 2, 3, 4, 5, 6, 7]) await A.write(`n/${nth}`, `n ${nth}`);
      await A.move('d0', 'n/moved');
      await A.write('d0/e0/f0', 'another of that name');
      await A.remove('d1/e1/f1');
      await A.write('d2/e2/new', 'in what goes on the host');
      await web.remove('d2');
      await web.write('d3/e0/f3', 'edited there');
      await web.write('d3/e0/new', 'there');
      const { result } = await world.goodPass('A');
      expect(result?.counts).toMatchObject({
        'move remote': 3,
        upload: 9,
        download: 2,
        'trash remote': 1,
        'trash local': 3,
      });
      await world.finish({ copies: 0 });
      expect(world.contentOf('B', 'n/moved/e0/f0')).toBe(md5Of('0'));
      expect(world.contentOf('B', 'd0/e0/f0')).toBe(md5Of('another of that name'));
      expect(world.contentOf('B', 'd2/e2/new')).toBe(md5Of('in what goes on the host'));
      expect(world.contentOf('B', 'd2/e2/f2')).toBeUndefined();
      expect(world.contentOf('B', 'd1/e1/f1')).toBeUndefined();
    }));

  it('two computers that hold the same already agree, and what only one of them has arrives', () =>
    inWorld({ habits, portion: 2 }, async (world) => {
      for (const name of ['A', 'B']) {
        for (const [path, content] of Object.entries(tree)) await world.person(name).write(path, content);
      }
      for (const nth of [1, 2, 3, 4, 5]) {
        await world.person('A').write(`d0/a${nth}`, `of A ${nth}`);
        await world.person('B').write(`d0/b${nth}`, `of B ${nth}`);
      }
      await world.goodPass('B');
      const { calls, result } = await world.goodPass('A');
      expect(countOf(calls, 'file/upload')).toBe(5);
      expect(result?.counts).toMatchObject({ upload: 5, download: 5 });
      await world.finish({ copies: 0 });
    }));

  it('a file of which the host has one already meets it, whatever is decided before', () =>
    inWorld({ habits, portion: 2 }, async (world) => {
      for (const name of ['A', 'B']) {
        for (const [path, content] of Object.entries(tree)) await world.person(name).write(path, content);
      }
      await world.person('B').write('only', 'b');
      await world.goodPass('B');
      const { calls, result } = await world.goodPass('A');
      expect(countOf(calls, 'file/upload')).toBe(0);
      expect(result?.counts).toMatchObject({ download: 1 });
      await world.finish({ copies: 0 });
    }));
});
