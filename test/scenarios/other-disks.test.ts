/** Computers whose disks take two names for one: where case does not count, and where accents are kept in another form. */
import { describe, expect, it } from 'vitest';
import { realDisk } from '../../src/system/disk.ts';
import { faultyDisk, fails } from '../support/faulty-disk.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { begin, expectFiles } from './play.ts';
import type { Files } from './play.ts';

/** A on a disk that keeps all names apart has some files; B joins with another disk. */
async function withOtherDisk(
  spelling: 'caseless' | 'decomposed',
  files: Files,
  play: (world: World) => Promise<void>,
): Promise<void> {
  const options = { seed: 'other disks', computers: ['A'], memory: {}, spelling: { B: spelling } };
  await inWorld(options, async (world) => {
    await begin(world, files);
    world.addComputer('B');
    await world.goodPass('B');
    await play(world);
  });
}

describe('a disk on which case does not count', () => {
  it.each([
    ['S166', 'files', { Foo: '1', foo: '2', other: '3' }, 'Foo', 'foo'],
    ['S167', 'folders', { 'Dir/x': '1', 'dir/y': '2', other: '3' }, 'Dir', 'dir'],
  ])('%s: has the first of two %s, and lists the other', async (_id, _kind, files, first, second) => {
    await withOtherDisk('caseless', files, async (world) => {
      const told = await world.goodPass('B');
      expect(told.result?.problems.map(({ code, path }) => ({ code, path }))).toEqual([
        { code: 'name/unsupported', path: second },
      ]);
      expect(told).toMatchObject({ exit: 1, changingCalls: [], touched: [] });
      expect(told.result?.rounds).toBeLessThanOrEqual(2);
      expectFiles(world, files);
      // without the first there is room for the second
      await world.person('A').remove(first);
      await world.finish({ withoutFresh: true });
      expect(world.contentOf('B', second)).toBe(world.contentOf('A', second));
      expect(world.computer('B').has(first)).toBe(false);
    });
  });

  it.each(['A', 'B'])('S049: a name that %s spells otherwise is spelled so everywhere, and no byte travels', (who) =>
    withOtherDisk('caseless', { 'dir/f': '1' }, async (world) => {
      const before = world.passes.length;
      await world.person(who).move('dir/f', 'dir/F');
      await world.person(who).move('dir', 'DIR');
      await world.finish({ withoutFresh: true, copies: 0 });
      expectFiles(world, { 'DIR/F': '1' });
      const calls = world.passes.slice(before).flatMap((pass) => pass.calls.map(({ endpoint }) => endpoint));
      expect(calls).not.toContain('file/upload');
      expect(calls).not.toContain('download');
    }),
  );

  it('an edit there reaches the file under its own spelling', () =>
    withOtherDisk('caseless', { Foo: '1' }, async (world) => {
      world.ledger.wrote('B', 'Foo', md5Of('2'), md5Of('1'), false);
      await world.computer('B').put('fOO', Buffer.from('2'));
      await world.finish({ withoutFresh: true, copies: 0 });
      expectFiles(world, { Foo: '2' });
    }));
});

describe('a disk that refuses the names of devices, as on Windows', () => {
  it('S171: lists them, has all others, and the host keeps what it has', () =>
    inWorld({ seed: 'S171' }, async (world) => {
      const refused = { CON: '1', 'nul.txt': '2', 'd/aux.c': '3', lpt1: '4' };
      const fine = { 'some.nul.jpg': '5', console: '6', 'd/x': '7' };
      for (const [path, content] of Object.entries({ ...refused, ...fine }))
        await world.person('A').write(path, content);
      await world.goodPass('A');
      const disk = faultyDisk(realDisk);
      disk.on({
        call: ['open', 'link', 'rename', 'renameSync', 'mkdir'],
        path: /\/(con|nul|aux|lpt1)(\.[^/]*)?$/i,
        act: fails('EINVAL'),
      });
      for (let nth = 0; nth < 2; nth++) {
        const pass = await world.goodPass('B', { disk });
        expect(pass.result?.problems.map(({ path }) => path).sort()).toEqual(Object.keys(refused).sort());
        expect(pass).toMatchObject({ exit: 1, changingCalls: [] });
      }
      expect([...world.computer('B').shape().keys()].sort()).toEqual([...Object.keys(fine), 'd'].sort());
      await world.finish({ copies: 0 });
      expectFiles(world, { ...refused, ...fine });
    }));
});
