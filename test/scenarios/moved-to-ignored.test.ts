/** What is renamed, or moved, to where a rule leaves it out goes from where it was: for those whose rule it is, that is a removal. */
import { describe, expect, it } from 'vitest';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';

const targets = ['x.tmp', 'e/x.tmp', 'out/x'];
const config = { ignore: ['*.tmp', '/out/'] };
const isLeftOut = (path: string): boolean => /^(?:out|(?:e\/)?x\.tmp)(?:\/|$)/.test(path);
const seen = (world: World, name: string): readonly string[] => [...world.computer(name).shape().keys()].sort();

describe.each(targets)('on the host, to %s', (to) => {
  it.each(['f', 'd'])('S346: %s goes here, stays there, and comes back under its old name', (from) =>
    inWorld({ config }, async (world) => {
      const inside = from === 'd' ? ['d/i', 'd/j/k'] : ['f'];
      await begin(world, {
        g: '0',
        e: null,
        ...Object.fromEntries(inside.map((path, nth) => [path, `content ${nth}`])),
      });
      const before = seen(world, 'A');
      await world.person('web').move(from, to);
      const { found } = await world.computer('A').preview();
      // an ignored folder is not listed: what was moved into it looks like what was removed
      const why = to.startsWith('out') ? 'removed on the host' : 'given a name on the host that is ignored here';
      const [first, ...others] = found.operations;
      expect(first).toMatchObject({ kind: 'trash', side: 'local' });
      expect(first?.reason).toMatch(why);
      expect(others).toEqual([]);
      await world.finish({ apart: isLeftOut, withoutFresh: true });
      for (const name of ['A', 'B']) expect(seen(world, name)).toEqual(['e', 'g']);
      expect(world.web.find(to)).toBeDefined();
      await world.person('web').move(to, from);
      await world.finish({ copies: 0, apart: isLeftOut });
      for (const name of ['A', 'B']) expect(seen(world, name)).toEqual(before);
    }),
  );

  it('a file that is edited here meanwhile stays here, with the edit', () =>
    inWorld({ config }, async (world) => {
      await begin(world, { g: '0', e: null, f: '1' });
      await world.person('web').move('f', to);
      await world.person('A').write('f', 'edited');
      await world.finish({ copies: 0, apart: isLeftOut, withoutFresh: true });
      for (const name of ['A', 'B']) expect(world.contentOf(name, 'f')).toBe(md5Of('edited'));
      expect(world.web.shape().get(to)).toBe(md5Of('1'));
    }));

  it('a folder in which something is edited here meanwhile stays here, with that', () =>
    inWorld({ config }, async (world) => {
      await begin(world, { g: '0', e: null, 'd/i': '1', 'd/j': '2' });
      await world.person('web').move('d', to);
      await world.person('A').write('d/i', 'edited');
      await world.finish({ copies: 0, apart: isLeftOut, withoutFresh: true });
      for (const name of ['A', 'B']) expect(seen(world, name)).toEqual(['d', 'd/i', 'e', 'g']);
      expect(world.web.shape().get(`${to}/j`)).toBe(md5Of('2'));
    }));
});

it('a rename to what only one of two computers leaves out is a removal for that one alone', () =>
  inWorld({ computers: ['A', 'B'] }, async (world) => {
    await begin(world, { g: '0', f: '1' });
    world.computer('B').config = { ignore: ['*.tmp'] };
    await world.settle();
    await world.person('A').move('f', 'x.tmp');
    await world.finish({ apart: isLeftOut });
    expect(seen(world, 'A')).toEqual(['g', 'x.tmp']);
    expect(seen(world, 'B')).toEqual(['g']);
    world.computer('B').config = {};
    await world.finish({ copies: 0 });
    expectFiles(world, { g: '0', 'x.tmp': '1' });
  }));

describe.each(['removed', 'changed', 'renamed'])('by rules that are %s in the same moment', (how) => {
  const rows = ['A', 'web'].flatMap((who) =>
    ['rules', 'it'].flatMap((first) =>
      ['f', 'd'].flatMap((from) => ['x.tmp', 'e/x.tmp'].map((to) => [from, to, who, first] as const)),
    ),
  );
  it.each(rows)('%s stands under its new name, %s, and there alone (%s, %s first)', (from, to, who, first) =>
    inWorld({}, async (world) => {
      await begin(world, { g: '0', e: null, [from === 'f' ? 'f' : 'd/i']: '1', '.yetisyncignore': '*.tmp\n' });
      const person = world.person(who);
      const rules = async (): Promise<void> => {
        if (how === 'removed') await person.remove('.yetisyncignore');
        else if (how === 'renamed') await person.move('.yetisyncignore', 'old-rules');
        else await person.write('.yetisyncignore', '*.o\n');
      };
      if (first === 'rules') await rules();
      await person.move(from, to);
      if (first === 'it') await rules();
      await world.finish({ copies: 0 });
      expectFiles(world, {
        g: '0',
        e: null,
        [from === 'f' ? to : `${to}/i`]: '1',
        ...(how === 'changed' && { '.yetisyncignore': '*.o\n' }),
        ...(how === 'renamed' && { 'old-rules': '*.tmp\n' }),
      });
    }),
  );
});
