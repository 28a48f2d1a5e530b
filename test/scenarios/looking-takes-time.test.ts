/**
 * A pass looks, decides and acts, and the world does not stand still meanwhile. What moved between two looks is not gone, what changed
 * between look and act is not touched, and the next looks put all right.
 */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync, lstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Watching } from '../support/watching.ts';
import type { World } from '../support/world.ts';
import { inWorld } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { beforeCall, diskWith, listingOf, to } from './meanwhile.ts';
import { begin, countOf, expectFiles } from './play.ts';

/** Lets a pass of A list `first` before `second`, and does `deed` between the two. */
function betweenListings(world: World, first: string, second: string, deed: () => Promise<void>) {
  const [isFirst, isSecond] = [listingOf(world, first), listingOf(world, second)];
  let isListed = false;
  world.hook.after = (call) => {
    if (isFirst(call)) isListed = true;
  };
  return beforeCall(isSecond, async () => {
    for (let turn = 0; !isListed && turn < 10_000; turn++) await new Promise(setImmediate);
    expect(isListed).toBe(true);
    world.hook.after = undefined;
    await deed();
  });
}

const many = (folder: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`${folder}/${at}`, `content ${at}`]));

describe('what moves on the host between two listings', () => {
  it.each([
    ['S129', 'seen nowhere', 'd2', 'd1'],
    ['S130', 'seen twice', 'd1', 'd2'],
  ])('%s: a file %s is moved, not removed or doubled, and no byte travels', (_, __, first, second) =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { 'd1/f': '1', d2: null });
      const before = world.passes.length;
      const move = () => world.person('web').move('d1/f', 'd2/f');
      await world.pass('A', betweenListings(world, first, second, move));
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd2/f': '1', d1: null });
      expectNoContent(world, before);
    }),
  );

  it.each([
    ['nowhere', 'd2', 'd1'],
    ['twice', 'd1', 'd2'],
  ])('S131: a folder seen %s keeps all that is in it, and no byte travels', (_, first, second) =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { ...many('d1/sub'), d2: null });
      const before = world.passes.length;
      const move = () => world.person('web').move('d1/sub', 'd2/sub');
      await world.pass('A', betweenListings(world, first, second, move));
      await world.finish({ copies: 0 });
      expectFiles(world, { ...many('d2/sub'), d1: null });
      expectNoContent(world, before);
    }),
  );

  it('S135: a folder that is moved on while its move is brought here ends where it was moved last', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1' });
      await world.person('web').move('d', 'e');
      const before = world.passes.length;
      const { disk } = diskWith({
        call: 'renameSync',
        path: /\/e$/,
        times: 1,
        act: () => void moved.push(world.person('web').move('e', 'g')),
      });
      const moved: Promise<void>[] = [];
      await world.pass('A', { disk, onCall: () => null });
      await Promise.all(moved);
      expect(moved).toHaveLength(1);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'g/f': '1' });
      expectNoContent(world, before);
    }));
});

describe('what changes while it is being fetched', () => {
  it('S134: a version that is replaced on the host meanwhile is followed by the next one', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('B').write('f', '2');
      await world.goodPass('B');
      await world.pass(
        'A',
        beforeCall(to('download'), () => world.person('web').write('f', '3')),
      );
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '3' });
    }));

  it.each([
    ['of another size', '9 with more'],
    ['of the same size, its time put back', '9'],
  ])('S137: a file that the person writes meanwhile, %s, is kept', (_, content) =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').write('f', '2');
      const a = world.computer('A');
      const { atime, mtime } = lstatSync(a.path('f'));
      await world.pass(
        'A',
        beforeCall(to('download'), async () => {
          await world.person('A').write('f', content);
          utimesSync(a.path('f'), atime, mtime);
        }),
      );
      await world.finish({ copies: 1 });
      expectFiles(world, { f: '2', 'f (conflict)': content });
    }),
  );

  it('S137: a file that is saved over the name in the last moment is kept', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').write('f', '2');
      const a = world.computer('A');
      world.ledger.wrote('A', 'f', md5Of('9'), md5Of('1'), false);
      const { disk } = diskWith({
        call: 'link',
        path: /\/f$/,
        times: 1,
        act: () => {
          writeFileSync(a.path('f.new'), '9');
          renameSync(a.path('f.new'), a.path('f'));
        },
      });
      await world.pass('A', { disk, onCall: () => null });
      await world.finish({ copies: 1 });
      expectFiles(world, { f: '2', 'f (conflict)': '9' });
    }));

  it('S142: a file comes to where the person has moved its folder meanwhile', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/sub/small': '1', 'd/other': '2' });
      await world.person('web').write('d/sub/big', 'big');
      await world.pass(
        'A',
        beforeCall(to('download'), () => world.person('A').move('d', 'e')),
      );
      expect(world.computer('A').has('d')).toBe(false);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'e/sub/small': '1', 'e/other': '2', 'e/sub/big': 'big' });
    }));
});

describe('what changes between look and removal', () => {
  it('S138: a folder in which something new appears meanwhile stays, with that', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/a': '1', 'd/b': '2', keep: '0' });
      await world.person('web').remove('d');
      const a = world.computer('A');
      world.ledger.wrote('A', 'd/new', md5Of('n'), null, false);
      const { disk } = diskWith({
        call: 'rmdir',
        path: /\/d$/,
        times: 1,
        act: () => writeFileSync(a.path('d/new'), 'n'),
      });
      await world.pass('A', { disk, onCall: () => null });
      expect(world.contentOf('A', 'd/new')).toBe(md5Of('n'));
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/new': 'n', keep: '0' });
    }));

  it('S139: a version that another computer sent meanwhile is not removed with the one before', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      await world.person('B').write('f', '2');
      await world.person('A').remove('f');
      let isDone = false;
      await world.pass('A', {
        async onCall({ endpoint }) {
          // all is decided by the time the account's limits were asked for
          if (isDone || endpoint !== 'file/delete') return null;
          isDone = true;
          await world.goodPass('B');
          return null;
        },
      });
      expect(isDone).toBe(true);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '2', keep: '0' });
    }));

  it('S141: what was sent into a folder that is trashed meanwhile is sent again', () =>
    inWorld({ habits: ['servers'], isConcurrent: true }, async (world) => {
      await begin(world, { 'd/f': '1', keep: '0' });
      await world.person('A').write('d/new', 'n');
      await world.pass(
        'A',
        beforeCall(to('file/upload'), () => world.person('web').remove('d')),
      );
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/new': 'n', keep: '0' });
    }));

  it('S421: a file that is removed here while its rename on the host is followed goes there too', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      await world.person('web').move('f', 'g');
      const a = world.computer('A');
      const { disk } = diskWith({ call: 'link', path: /\/f$/, times: 1, act: () => rmSync(a.path('f')) });
      await world.pass('A', { disk, onCall: () => null });
      // a move is work, and so the file comes back under its new name
      await world.finish({ copies: 0 });
      expectFiles(world, { g: '1', keep: '0' });
    }));
});

describe('what takes another name on the host after it was looked at', () => {
  it.each([
    ['renamed', 'A2'],
    ['moved', 'd/A2'],
  ])(
    'does not leave a name that it has not, though it was about to be %s: what comes to that name waits',
    (_, target) =>
      inWorld({}, async (world) => {
        await begin(world, { 'd/x': 'x', 'e/a': '1', 'e/b': '2' });
        await world.person('A').move('e/a', target === 'A2' ? 'e/A2' : target);
        await world.person('A').move('e/b', 'e/c');
        const isListing = listingOf(world, 'e');
        let listings = 0;
        await world.goodPass('A', {
          onCall: async (call) => {
            if (isListing(call) && ++listings === 2) await world.person('web').move('e/a', 'e/c');
            return null;
          },
        });
        expect(listings).toBeGreaterThan(1);
        expect([...world.web.shape().keys()].filter((path) => path.includes('#'))).toEqual([]);
        await world.finish({ copies: 1 }); // two files were given one name by two people
      }),
  );
});

describe('what comes while a pass is at work', () => {
  it('S133: files that are made meanwhile are found by the next pass', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1' });
      await world.person('A').write('d/first', 'first');
      const late = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`d/late ${at}`, `late ${at}`]));
      await world.pass(
        'A',
        beforeCall(to('file/upload'), async () => {
          for (const [path, content] of Object.entries(late)) await world.person('A').write(path, content);
        }),
      );
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/f': '1', 'd/first': 'first', ...late });
    }));

  it('S143: a folder that is moved again while it is being sent arrives whole', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { keep: '0' });
      const a = world.computer('A');
      for (const [path, content] of Object.entries(many('pasted/sub'))) await world.person('A').write(path, content);
      let uploads = 0;
      await world.pass('A', {
        async onCall({ endpoint }) {
          if (endpoint === 'file/upload' && ++uploads === 8) {
            mkdirSync(a.path('elsewhere'));
            world.ledger.made('A', 'elsewhere');
            await world.person('A').move('pasted', 'elsewhere/moved');
          }
          return null;
        },
      });
      await world.finish({ copies: 0 });
      expectFiles(world, { ...many('elsewhere/moved/sub'), keep: '0' });
    }));

  it('S419: an edit made after the file was looked at, and before the look at the tree ended, is found by the next pass', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'a/f': '1', 'z/g': '2' });
      const a = world.computer('A');
      world.ledger.wrote('A', 'z/g', md5Of('9'), md5Of('2'), false);
      const { atime, mtime } = lstatSync(a.path('z/g'));
      let isRead = false;
      const { disk } = diskWith(
        { call: 'lstatSync', path: /\/z\/g$/, act: () => void (isRead = true) },
        {
          call: 'readdir',
          path: /\/a$/,
          times: 1,
          act: () => {
            expect(isRead).toBe(true);
            writeFileSync(a.path('z/g'), '9');
            utimesSync(a.path('z/g'), atime, mtime);
          },
        },
      );
      await world.pass('A', { disk, onCall: () => null });
      await world.finish({ copies: 0 });
      expectFiles(world, { 'a/f': '1', 'z/g': '9' });
    }));
});

function expectNoContent(world: World, before: number): void {
  const calls = world.passes.slice(before).flatMap((pass) => pass.calls);
  // the computer that is set up anew at the end is not among them
  expect({ up: countOf(calls, 'file/upload'), down: countOf(calls, 'download') - freshDownloads(world) }).toEqual({
    up: 0,
    down: 0,
  });
}

function freshDownloads(world: World): number {
  const fresh = world.passes.filter(({ computer }) => computer.startsWith('fresh'));
  return countOf(
    fresh.flatMap((pass) => pass.calls),
    'download',
  );
}

it('a folder that is renamed while what is in it is listed for its removal stays', () =>
  inWorld({ habits: ['servers'], memory: {} }, async (world) => {
    await begin(world, { 'd/x': '1', 'd/s/y': '2', 'd/s/t/z': '3' });
    await world.person('A').remove('d');
    const isOfFolder = listingOf(world, 'd');
    let listings = 0;
    await world.pass('A', {
      onCall: async (call) => {
        // the pass lists it from above; then the removal, from below
        if (!isOfFolder(call) || ++listings !== 2) return null;
        await world.clock.advance(5_000);
        await world.person('web').move('d', 'e');
        return null;
      },
    });
    expect(listings).toBe(2);
    await world.finish({ copies: 0 });
    expectFiles(world, { 'e/x': '1', 'e/s/y': '2', 'e/s/t/z': '3' });
  }));

it('a folder that goes here again in the pass that made it on the host goes there in a round or two', () =>
  inWorld({ habits: ['servers'], memory: {} }, async (world) => {
    await begin(world, { k: '0' });
    const a = world.person('A');
    await a.mkdir('d');
    await a.write('e/f', '1');
    const news = new Watching();
    let made = 0;
    const pass = await world.goodPass('A', {
      news,
      onCall: async ({ endpoint }) => {
        // `d` is made, and the listing that was asked for beforehand does not have it
        if (endpoint !== 'folder/create' || ++made !== 2) return null;
        await a.remove('d');
        await a.write('d', '2');
        news.come();
        return null;
      },
    });
    expect(pass.result?.rounds).toBeLessThan(8);
    await world.finish({ copies: 0 });
    expectFiles(world, { k: '0', d: '2', 'e/f': '1' });
  }));
