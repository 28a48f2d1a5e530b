/** `verify` says that both sides are equal when they are, names what is not, and changes nothing on either side. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitOfVerified } from '../../src/compose/verify.ts';
import type { Verified } from '../../src/compose/verify.ts';
import type { Disk, DiskStat } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';
import { fails } from '../support/faulty-disk.ts';
import { isChanging } from '../support/traffic.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { diskWith } from './meanwhile.ts';
import { begin, countOf } from './play.ts';

async function verified(
  world: World,
  isThorough: boolean,
  disk?: Disk,
): Promise<{ found: Verified; downloads: number }> {
  const host = world.web.shape();
  const { found, calls, touched } = await world
    .computer('A')
    .verify({ isThorough, ...(disk === undefined ? {} : { disk }) });
  expect(touched).toEqual([]);
  expect(calls.filter(isChanging)).toEqual([]);
  expect(world.web.shape()).toEqual(host);
  return { found, downloads: countOf(calls, 'download') };
}

function named({ differences, problems }: Verified): string[] {
  return [
    ...differences.map((it) =>
      it.kind === 'open' ? `${it.operation.kind} ${it.operation.path}` : `${it.kind} ${it.path}`,
    ),
    ...problems.map(({ path, code }) => `${code} ${path}`),
  ].sort();
}

const files = { f: 'one', 'd/g': 'two', 'd/sub/h': 'three', empty: null };

describe('equal sides', () => {
  it.each([
    ['by what is known, without reading a byte', false],
    ['by reading every byte', true],
  ])('are found equal, %s', (_, isThorough) =>
    inWorld({}, async (world) => {
      await begin(world, files);
      const { found, downloads } = await verified(world, isThorough);
      expect(found).toMatchObject({ files: 3, folders: 3, bytes: 11, readBytes: isThorough ? 22 : 0 });
      expect(named(found)).toEqual([]);
      expect(exitOfVerified(found)).toBe(0);
      expect(downloads).toBe(isThorough ? 3 : 0);
    }),
  );

  it('are found equal before the first pass, by reading what both sides have', () =>
    inWorld({}, async (world) => {
      await world.person('web').write('f', 'same');
      await world.person('A').write('f', 'same');
      const { found } = await verified(world, false);
      expect(named(found)).toEqual(['unread f']);
      expect(exitOfVerified(found)).toBe(1);
      const { found: thorough } = await verified(world, true);
      expect(named(thorough)).toEqual([]);
      expect(thorough.files).toBe(1);
      expect(exitOfVerified(thorough)).toBe(0);
    }));

  it('with an empty file and a link besides are equal: these are listed, and are no difference', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: 'one' });
      await world.person('A').write('nothing', '');
      symlinkSync('nowhere', world.computer('A').path('link'));
      const { found } = await verified(world, true);
      expect(named(found)).toEqual(['local/special link', 'remote/empty-file nothing']);
      expect(exitOfVerified(found)).toBe(0);
    }));
});

describe('sides that are not equal', () => {
  it.each([false, true])('are named, path by path (read: %s)', (isThorough) =>
    inWorld({}, async (world) => {
      await begin(world, { ...files, old: 'old', gone: 'gone' });
      await world.person('A').write('f', 'edited');
      await world.person('A').write('new', 'n');
      await world.person('web').write('d/g', 'edited there');
      await world.person('web').remove('gone');
      await world.person('A').move('old', 'renamed');
      const { found } = await verified(world, isThorough);
      expect(named(found)).toEqual(['download d/g', 'move renamed', 'trash gone', 'upload f', 'upload new']);
      expect(found.files).toBe(1);
      expect(exitOfVerified(found)).toBe(1);
    }),
  );

  it('of one size and no common past are named with the content that differs', () =>
    inWorld({}, async (world) => {
      await world.person('web').write('f', 'here');
      await world.person('A').write('f', 'else');
      const { found } = await verified(world, true);
      expect(named(found)).toEqual(['content f']);
      expect(exitOfVerified(found)).toBe(1);
    }));

  it('show by reading alone where a file went bad here, and its size and times are as they were', () =>
    inWorld({}, async (world) => {
      await begin(world, files);
      const a = world.computer('A');
      world.clock.jumpWall(Date.now() + 3_600_000 - world.clock.now());
      await world.settle();
      const stat = realDisk.lstatSync(a.path('d/g'));
      writeFileSync(a.path('d/g'), 'bad');
      const unchanged = (path: string, now: DiskStat): DiskStat => (path.endsWith('/g') ? stat : now);
      const disk: Disk = {
        ...realDisk,
        lstat: async (path) => unchanged(path, await realDisk.lstat(path)),
        lstatSync: (path) => unchanged(path, realDisk.lstatSync(path)),
        async open(path, mode) {
          const file = await realDisk.open(path, mode);
          const original = file.stat.bind(file);
          file.stat = async () => unchanged(path, await original());
          return file;
        },
      };
      expect(exitOfVerified((await verified(world, false, disk)).found)).toBe(0);
      const { found } = await verified(world, true, disk);
      expect(found.differences).toMatchObject([{ kind: 'content', path: 'd/g', side: 'local' }]);
      expect(exitOfVerified(found)).toBe(1);
    }));

  it('are not called equal where a file here may not be read', () =>
    inWorld({}, async (world) => {
      await begin(world, files);
      const { disk } = diskWith({ call: 'open', path: /\/f$/, act: fails('EACCES') });
      const { found } = await verified(world, true, disk);
      expect(named(found)).toEqual(['local/unreadable f']);
      expect(exitOfVerified(found)).toBe(1);
    }));
});
