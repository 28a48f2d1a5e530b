/** Names that one side cannot hold or writes otherwise, and names that leave what is synced. */
import { readdirSync, renameSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

const composed = 'caf\u00e9';
const decomposed = 'cafe\u0301';

describe('names in two forms of one letter', () => {
  it.each(['file', 'folder'])(
    'S157: a %s that a disk gives back in the other form is renamed once, and no byte travels',
    (kind) =>
      inWorld({ seed: `S157 ${kind}` }, async (world) => {
        const path = (name: string): string => (kind === 'file' ? name : `${name}/x`);
        await begin(world, { [path(composed)]: '1' });
        world.ledger.moved('B', [path(composed)], [path(decomposed)], []);
        world.ledger.made('B', decomposed);
        renameSync(world.computer('B').path(composed), world.computer('B').path(decomposed));
        const passes = world.passes.length;
        await world.finish({ copies: 0 });
        expectFiles(world, { [path(decomposed)]: '1' });
        const own = world.passes.slice(passes).filter(({ computer }) => computer === 'A' || computer === 'B');
        expect(own.flatMap((pass) => pass.changingCalls).length).toBe(1);
        expect(
          countOf(
            own.flatMap((pass) => pass.calls),
            'download',
          ),
        ).toBe(0);
      }),
  );

  it('S155: both forms beside each other stay two files', () =>
    inWorld({ seed: 'S155' }, async (world) => {
      await world.person('A').write(composed, '1');
      await world.person('A').write(decomposed, '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { [composed]: '1', [decomposed]: '2' });
    }));
});

describe('a name of the host that no call could give', () => {
  it.each(
    ['h i', 'й'.repeat(50)].flatMap((name) => [
      [name, 'A'],
      [name, 'B'],
    ]),
  )('such as to a second %s, is one like any other: edited, moved, renamed and removed by %s', (name, who) =>
    inWorld({ seed: 'numbered', habits: ['servers'] }, async (world) => {
      await begin(world, { [name]: '1' });
      await world.person('web').mkdir('d');
      const { web } = world;
      await web.program.upload(name, Buffer.from('2'), String(web.mustFind('d').parentId));
      const odd = ` (2).${name}`;
      world.ledger.wrote('web', odd, md5Of('2'), null, false);
      expect(web.shape().get(odd)).toBe(md5Of('2'));
      await world.finish({ copies: 0 });
      const person = world.person(who);
      for (const [deed, paths] of [
        [() => person.write(odd, '3'), { [odd]: '3', d: null }],
        [() => person.move(odd, `d/${odd}`), { [`d/${odd}`]: '3' }],
        [() => person.write(`d/${odd}`, '4'), { [`d/${odd}`]: '4' }],
        [() => person.move(`d/${odd}`, 'd/plain'), { 'd/plain': '4' }],
        [() => person.remove('d/plain'), { d: null }],
      ] as const) {
        await deed();
        await world.finish({ copies: 0 });
        expectFiles(world, { [name]: '1', ...paths });
      }
    }),
  );
});

describe('a name on the disk that is no text', () => {
  it('S159: is held back with all that is in it and listed; the others go on, and it is never taken for removed', () =>
    inWorld({ seed: 'S159' }, async (world) => {
      await begin(world, { f: '1', 'd/x': '2' });
      const { root } = world.computer('A');
      const odd = (name: string): Buffer => Buffer.concat([Buffer.from(`${root}/${name}`), Buffer.from([0xe4])]);
      writeFileSync(odd('odd'), 'content');
      mkdirSync(odd('folder'));
      writeFileSync(Buffer.concat([odd('folder'), Buffer.from('/inside')]), 'content');
      renameSync(join(root, 'd'), odd('moved'));
      await world.person('A').write('f', 'edited');
      for (let nth = 0; nth < 2; nth++) {
        const pass = await world.goodPass('A');
        expect(pass.exit).toBe(1);
        expect(pass.result?.problems.map(({ code }) => code)).toEqual(Array(3).fill('name/not-utf8'));
        expect(countOf(pass.changingCalls, 'file/upload')).toBe(nth === 0 ? 1 : 0);
      }
      expect(readdirSync(root).length).toBe(5);
      renameSync(odd('moved'), join(root, 'd'));
      rmSync(odd('odd'));
      rmSync(odd('folder'), { recursive: true });
      await world.finish({ copies: 0 });
      expectFiles(world, { f: 'edited', 'd/x': '2' });
    }));
});

describe('a name that is left out', () => {
  it('S170: a file that gets one goes on the other side, and comes back with its old name', () =>
    inWorld({ seed: 'S170', config: { ignore: ['*.iso'] } }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      const { root } = world.computer('A');
      renameSync(join(root, 'f'), join(root, 'f.iso'));
      await world.settle();
      expect([...world.computer('B').shape().keys()]).toEqual(['keep']);
      expect(world.computer('A').has('f.iso')).toBe(true);
      renameSync(join(root, 'f.iso'), join(root, 'f'));
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', keep: '0' });
    }));
});
