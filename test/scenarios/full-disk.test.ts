/**
 * The disk has no room, or refuses this or that call: no half file is seen, nothing is removed on the host for it, what fits goes on, and
 * once the disk is well again all comes right by itself.
 */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { fails } from '../support/faulty-disk.ts';
import { smallDisk } from '../support/small-disk.ts';
import { md5Of } from '../support/snapshot.ts';
import { diskChanging } from '../support/traffic.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { diskWith } from './meanwhile.ts';
import { begin, countOf, expectFiles } from './play.ts';

const kB = 1_000;
const MB = 1_000 * kB;
const content = (size: number, seed = 'x'): Buffer => Buffer.alloc(size, seed);

function problemsOf({ result }: Pass): (readonly [string, string])[] {
  return (result?.problems ?? []).map(({ path, code }) => [path, code] as const).sort();
}

describe('a disk without room', () => {
  it('S214, S337: takes what fits, leaves the rest where it is, and takes that once there is room', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').write('large', content(3 * MB));
      await world.person('web').write('small', content(100 * kB));
      const disk = smallDisk(6 * MB);
      const pass = await world.goodPass('A', { disk, onCall: () => null });
      expect(problemsOf(pass)).toEqual([['large', 'local/disk-full']]);
      expect(pass.changingCalls).toEqual([]);
      expect([...world.computer('A').shape().keys()]).toEqual(['f', 'small']);
      disk.free = 10 * MB;
      await world.goodPass('A', { disk, onCall: () => null });
      await world.finish({ copies: 0 });
    }));

  it('S214: does not promise the same room to several downloads at once', () =>
    inWorld({ config: { reserveDiskBytes: 10 * MB } }, async (world) => {
      await begin(world, { f: '1' });
      for (const name of ['a', 'b', 'c', 'd']) await world.person('web').write(name, content(2 * MB, name));
      const disk = smallDisk(15 * MB);
      const pass = await world.goodPass('A', { disk, onCall: () => null });
      expect(disk.free).toBeGreaterThanOrEqual(10 * MB);
      expect(problemsOf(pass).map(([, code]) => code)).toEqual(['local/disk-full', 'local/disk-full']);
      await world.finish({ copies: 0 });
    }));

  it('S214: that another program fills during a download keeps no part of it', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').write('f', content(3 * MB));
      await world.person('web').write('small', content(100));
      const disk = smallDisk(10 * MB);
      let isFull = false;
      const pass = await world.goodPass('A', {
        disk,
        onCall({ endpoint }) {
          if (endpoint === 'download' && !isFull) [isFull, disk.free] = [true, MB];
          return null;
        },
      });
      expect(problemsOf(pass)).toEqual([['f', 'local/disk-full']]);
      expect(pass.changingCalls).toEqual([]);
      expect(world.contentOf('A', 'f')).toBe(md5Of('1'));
      expect(world.computer('A').unfinished()).toEqual([]);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: content(3 * MB).toString(), small: content(100).toString() });
    }));

  it('S214: that a cut download filled, with no reserve, gives that room up and goes on', () =>
    inWorld({ config: { reserveDiskBytes: 0 } }, async (world) => {
      await begin(world, { f: '1', g: '2' });
      await world.person('web').write('large', content(5 * MB));
      const disk = smallDisk(20 * MB);
      let written = 0;
      const cut = await world.pass('A', {
        disk,
        onCall: ({ endpoint }) => (endpoint === 'download' && ++written > 0 ? 'kill after' : null),
      });
      expect(cut.wasKilled).toBe(true);
      // as if it had come that far, and others had taken the rest
      const [left] = world.computer('A').unfinished();
      writeFileSync(world.computer('A').path(`.yetisync/incoming/${left}`), content(4 * MB));
      disk.free = 0;
      await world.person('A').write('f', '3');
      const pass = await world.goodPass('A', { disk, onCall: () => null });
      expect(problemsOf(pass)).toEqual([['large', 'local/disk-full']]);
      expect(world.web.shape().get('f')).toBe(md5Of('3'));
      expect(world.computer('A').unfinished()).toEqual([]);
      await world.finish({ copies: 0 });
    }));
});

const workload = { replaced: '1', gone: '2', moved: '3', both: '4', 'folder/x': '5', keep: '0' };

async function prepare(world: World): Promise<void> {
  await begin(world, workload);
  const [web, a] = [world.person('web'), world.person('A')];
  await web.write('replaced', 'r');
  await web.remove('gone');
  await web.move('moved', 'folder/moved');
  await web.write('both', 'b');
  await a.write('both', 'mine');
  await web.write('new folder/new', 'n');
  await web.remove('folder/x');
}

async function expectDone(world: World): Promise<void> {
  await world.clock.advance(3_600_000);
  await world.finish({ copies: 1, withoutFresh: true });
  expectFiles(world, {
    replaced: 'r',
    'folder/moved': '3',
    both: 'b',
    'both (conflict)': 'mine',
    'new folder/new': 'n',
    keep: '0',
  });
}

const changing = [...diskChanging, 'renameSync'] as const;
const one = { computers: ['A'], habits: ['servers'] } as const;
/** How many calls there are that can fail. */
const calls = await inWorld(one, async (world) => {
  await prepare(world);
  let count = 0;
  await world.goodPass('A', {
    ...diskWith({
      call: changing,
      act: () => {
        count++;
      },
    }),
    onCall: () => null,
  });
  return count;
});
const codes = ['ENOSPC', 'EROFS', 'EIO', 'EMFILE', 'EDQUOT', 'EACCES'] as const;
const isThorough = process.env['YETISYNC_ALL_HABITS'] !== undefined;
const every = isThorough ? 1 : 3;

describe('a disk that refuses', () => {
  it.each(
    Array.from({ length: Math.ceil(calls / every) }, (_, nth) => [nth * every, codes[nth % codes.length]!] as const),
  )('S215: its changing call %i, with %s, loses nothing, and the next pass puts it right', (after, code) =>
    inWorld(one, async (world) => {
      await prepare(world);
      const pass = await world.pass('A', {
        ...diskWith({ call: changing, after, times: 1, act: fails(code) }),
        onCall: () => null,
      });
      expect([0, 1]).toContain(pass.exit);
      await expectDone(world);
    }),
  );

  it.each(
    [0, 0.3, 0.6, 0.9]
      .flatMap((share) => codes.map((code) => [share, code] as const))
      .filter((_, at) => isThorough || at % 4 === 1),
  )(
    'S215: all calls from %d of the way on, with %s, loses nothing, removes nothing on the host, and comes right when it is well again',
    (share, code) =>
      inWorld(one, async (world) => {
        await prepare(world);
        const before = world.web.shape();
        const pass = await world.pass('A', {
          ...diskWith({ call: changing, after: Math.floor(calls * share), act: fails(code) }),
          onCall: () => null,
        });
        expect(pass.exit).toBe(1);
        expect(countOf(pass.calls, 'file/delete') + countOf(pass.calls, 'folder/delete')).toBe(0);
        for (const path of before.keys()) expect(world.web.shape().has(path)).toBe(true);
        await expectDone(world);
      }),
  );
});
