/**
 * Edits that the times and sizes of files hide, and times that say nothing: clocks that jump, dates out of range, a tree copied to a new disk,
 * inodes given out again. Every edit is found, and where nothing changed nothing travels.
 */
import { cpSync, lstatSync, renameSync, truncateSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Disk, DiskFile, DiskStat } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

/** The real disk, whose stats of some paths are altered. */
function diskSeeing(alter: (path: string, stat: DiskStat) => DiskStat): Disk {
  const file = (path: string, opened: DiskFile): DiskFile => ({
    stat: async () => alter(path, await opened.stat()),
    read: (buffer, position) => opened.read(buffer, position),
    write: (data, position) => opened.write(data, position),
    truncate: (size) => opened.truncate(size),
    chmod: (mode) => opened.chmod(mode),
    chown: (uid, gid) => opened.chown(uid, gid),
    sync: () => opened.sync(),
    close: () => opened.close(),
  });
  return {
    ...realDisk,
    lstat: async (path) => alter(path, await realDisk.lstat(path)),
    lstatSync: (path) => alter(path, realDisk.lstatSync(path)),
    open: async (path, mode) => file(path, await realDisk.open(path, mode)),
  };
}

/** The world's clock goes as the disk's does, so much ahead. */
function followDisk(world: World, aheadMs: number): void {
  world.clock.jumpWall(Date.now() + aheadMs - world.clock.now());
}

async function rewriteHidden(world: World, path: string, content: string): Promise<void> {
  const file = world.computer('A').path(path);
  const { atime, mtime } = lstatSync(file);
  await world.person('A').write(path, content);
  utimesSync(file, atime, mtime);
}

function traffic(world: World, from: number): { up: number; down: number } {
  const calls = world.passes.slice(from).flatMap((pass) => pass.calls);
  return { up: countOf(calls, 'file/upload'), down: countOf(calls, 'download') };
}

describe('an edit', () => {
  it('S230: that leaves the size, with the time put back, is found', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      followDisk(world, 3_600_000);
      await world.settle();
      await rewriteHidden(world, 'f', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '2', keep: '0' });
    }));

  it('S231: within the tick of the clock in which the file was synced, which leaves no trace at all, is found', () =>
    inWorld({}, async (world) => {
      const atNs = BigInt(Date.now()) * 1_000_000n;
      // one moment for both writes, as on a disk that counts coarsely
      const disk = diskSeeing((path, stat) => (/\/f$/.test(path) ? { ...stat, mtimeNs: atNs, ctimeNs: atNs } : stat));
      await world.person('A').write('f', '1');
      world.clock.jumpWall(Number(atNs / 1_000_000n) - world.clock.now() + 1);
      await world.goodPass('A', { disk, onCall: () => null });
      await world.goodPass('A', { disk, onCall: () => null });
      await world.person('A').write('f', '2');
      await world.goodPass('A', { disk, onCall: () => null });
      expectFiles(world, { f: '2' });
      world.clock.jumpWall(60_000);
      await world.goodPass('A', { disk, onCall: () => null });
      await world.finish({ copies: 0, withoutFresh: true });
    }));

  it('S237: of a file that takes the name of a renamed one, with its size and time, is told from it', () =>
    inWorld({}, async (world) => {
      await begin(world, { a: '1', keep: '0' });
      followDisk(world, 3_600_000);
      await world.settle();
      await world.person('A').move('a', 'b');
      await rewriteHidden(world, 'b', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { b: '2', keep: '0' });
    }));
});

describe('times', () => {
  it('S233: out of the ordinary cost nothing, and hide no edit', () =>
    inWorld({}, async (world) => {
      const times = [0, -86_400, 4_294_967_295, 1_700_000_000.123456];
      await begin(world, Object.fromEntries(times.map((_, at) => [`f${at}`, `content ${at}`])));
      times.forEach((time, at) => utimesSync(world.computer('A').path(`f${at}`), time, time));
      const before = world.passes.length;
      await world.finish({ withoutFresh: true });
      expect(traffic(world, before)).toEqual({ up: 0, down: 0 });
      for (const [at, time] of times.entries()) {
        await world.person('A').write(`f${at}`, `edited! ${at}`);
        utimesSync(world.computer('A').path(`f${at}`), time, time);
      }
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, Object.fromEntries(times.map((_, at) => [`f${at}`, `edited! ${at}`])));
    }));

  it.each([86_400_000, -86_400_000, 3_600_000, -3_600_000])(
    'S234: of a clock that jumps by %i ms, at rest and within a pass, send nothing and hold nothing up',
    (jump) =>
      inWorld({ config: { settleMs: 2_000 } }, async (world) => {
        await begin(world, { f: '1', 'd/g': '2' });
        followDisk(world, 60_000);
        const before = world.passes.length;
        world.clock.jumpWall(jump);
        await world.settle();
        expect(traffic(world, before)).toEqual({ up: 0, down: 0 });
        await world.person('A').write('f', '3');
        await world.person('web').write('d/g', '4');
        let isDone = false;
        await world.goodPass('A', {
          onCall: () => {
            if (!isDone) world.clock.jumpWall(jump);
            isDone = true;
            return null;
          },
        });
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { f: '3', 'd/g': '4' });
      }),
  );
});

it('S238: a folder that was copied to a new disk whole costs no byte, and loses nothing', () =>
  inWorld({}, async (world) => {
    await begin(world, { f: '1', 'd/g': '2', 'd/sub/h': '3', empty: null });
    const a = world.computer('A');
    renameSync(a.root, `${a.root}-old`);
    cpSync(`${a.root}-old`, a.root, { recursive: true, preserveTimestamps: true });
    const before = world.passes.length;
    await world.finish({ copies: 0, withoutFresh: true });
    expectFiles(world, { f: '1', 'd/g': '2', 'd/sub/h': '3', empty: null });
    expect(traffic(world, before)).toEqual({ up: 0, down: 0 });
    expect(world.passes.slice(before).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
  }));

it('S422: a new folder that got the inode of a removed one is not taken for it', () =>
  inWorld({}, async (world) => {
    const a = world.computer('A');
    // without birth times, as on some disks
    let freed: bigint | null = null;
    const disk = diskSeeing((path, stat) => ({
      ...stat,
      birthtimeNs: 0n,
      ...(freed !== null && /\/n$/.test(path) ? { ino: freed } : {}),
    }));
    const pass = (): Promise<unknown> => world.goodPass('A', { disk, onCall: () => null });
    await world.person('A').write('d/f', '1');
    await world.person('A').write('keep', '0');
    await pass();
    freed = lstatSync(a.path('d'), { bigint: true }).ino;
    await world.person('A').remove('d');
    await world.person('A').write('n/other', '2');
    await pass();
    await pass();
    expectFiles(world, { 'n/other': '2', keep: '0' });
    // one removed, one made: nothing was renamed
    expect(
      countOf(
        world.passes.flatMap((it) => it.calls),
        'folder/edit',
      ),
    ).toBe(0);
    expect(
      countOf(
        world.passes.flatMap((it) => it.calls),
        'folder/delete',
      ),
    ).toBe(1);
  }));

it('S205: files that a power cut left empty are not taken for edits, and the host keeps what it has', () =>
  inWorld({}, async (world) => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`d/${at}`, `content ${at}`]));
    for (const [path, content] of Object.entries(files)) await world.person('web').write(path, content);
    await world.settle();
    for (const path of Object.keys(files)) truncateSync(world.computer('A').path(path), 0);
    const before = world.passes.length;
    await world.settle();
    expect(world.passes.slice(before).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
    expectFiles(world, files);
    expect(world.passes.at(-2)?.result?.problems.map(({ code }) => code)).toEqual(Array(12).fill('local/emptied'));
  }));
