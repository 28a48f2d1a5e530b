/**
 * What stands in the tree and is no file or folder: links, pipes, sockets, folders of another disk. They are left alone, nothing is read
 * or written through them, and what they stand in the place of stays on the host.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Disk, DiskStat } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';
import type { PassOptions } from '../support/computer.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

const isBelow = (folder: string) => (path: string) => path === folder || path.startsWith(`${folder}/`);

function contents(world: World, from: number): { up: number; down: number } {
  const calls = world.passes.slice(from).flatMap((pass) => pass.calls);
  return { up: countOf(calls, 'file/upload'), down: countOf(calls, 'download') };
}

/** A folder beside the pair's own, which nothing may touch. */
function canary(world: World): { readonly path: string; check(): void } {
  const path = `${world.computer('A').root}-beside`;
  mkdirSync(path);
  writeFileSync(`${path}/f`, '1');
  writeFileSync(`${path}/canary`, 'sings');
  return {
    path,
    check: () => {
      expect(readdirSync(path).sort()).toEqual(['canary', 'f']);
      expect(readFileSync(`${path}/f`, 'utf8')).toBe('1');
    },
  };
}

describe('a link', () => {
  it.each([
    ['to a folder elsewhere', (beside: string) => beside],
    ['to the folder above', () => '..'],
    ['to the root of all', () => '/'],
    ['to nothing', () => 'nowhere'],
    ['to itself', () => 'link'],
  ])('S217: %s is left alone, and what the host has below that name comes nowhere', (_, target) =>
    inWorld({}, async (world) => {
      await begin(world, { keep: '0' });
      const beside = canary(world);
      symlinkSync(target(beside.path), world.computer('A').path('link'));
      await world.goodPass('A');
      expect(world.web.shape().has('link')).toBe(false);
      await world.person('web').write('link/evil', 'evil');
      await world.finish({ apart: isBelow('link'), exit: { A: 1 } });
      beside.check();
      expect(world.contentOf('B', 'link/evil')).toBeDefined();
      // the link goes: what the host has comes
      rmSync(world.computer('A').path('link'));
      await world.finish({ copies: 0 });
      expectFiles(world, { keep: '0', 'link/evil': 'evil' });
    }),
  );

  const everyChange = Array.from({ length: 16 }, (_, at) => at + 1);
  it.each(process.env['YETISYNC_ALL_HABITS'] === undefined ? [2, 5, 9, 14] : everyChange)(
    'in the place of a folder into which news came when the pass was killed (change %i of the disk) holds up nothing else',
    (at) =>
      inWorld({ seed: `link after a kill ${at}`, memory: {} }, async (world) => {
        await begin(world, { 'd/x': '1', 'd/r': '2', 'd/gone': '3', keep: '0' });
        const web = world.person('web');
        await web.write('d/new', '4');
        await web.write('d/x', '5');
        await web.move('d/r', 'd/s');
        await web.remove('d/gone');
        await web.mkdir('d/made');
        const { wasKilled } = await world.pass('A', { onDisk: (_, nth) => (nth === at ? 'kill after' : null) });
        expect(wasKilled).toBe(true);
        await world.computer('A').take('d');
        world.computer('A').symlink('d');
        await web.write('other', '6');
        await world.settle();
        expect(world.contentOf('A', 'other')).toBe(md5Of('6'));
        expectFiles(world, { 'd/x': '5', 'd/s': '2', 'd/new': '4', 'd/made': null, keep: '0', other: '6' });
      }),
  );

  it('in the place of something in a folder that goes on the host does not bring that folder back', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/s/f': '1', keep: '0' });
      await world.computer('A').take('d/s');
      symlinkSync('/nowhere', world.computer('A').path('d/s'));
      expect((await world.goodPass('A')).changingCalls).toEqual([]);
      await world.person('B').remove('d');
      await world.finish({ apart: (path) => path === 'd' || path.startsWith('d/') });
      expectFiles(world, { keep: '0' });
      expect([...world.computer('A').shape().keys()]).toEqual(['d', 'd/s', 'keep']);
    }));

  it('S218, S219: in the place of a synced folder keeps that on the host, and follows nothing into it', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/g': '2', keep: '0' });
      const beside = canary(world);
      const d = world.computer('A').path('d');
      renameSync(d, `${world.computer('A').root}-d`);
      symlinkSync(beside.path, d);
      const begun = world.passes.length;
      const last = await world.finish({ apart: isBelow('d'), exit: { A: 1 } });
      expect(last[0]?.result?.problems.map(({ path, code }) => [path, code])).toEqual([
        ['d', 'local/special-in-place'],
      ]);
      expect(world.passes.slice(begun).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
      beside.check();

      await world.person('web').remove('d/f');
      await world.person('B').write('d/g', '3');
      await world.finish({ apart: isBelow('d'), exit: { A: 1 } });
      beside.check();

      const before = world.passes.length;
      rmSync(d);
      renameSync(`${world.computer('A').root}-d`, d);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { 'd/g': '3', keep: '0' });
      expect(contents(world, before)).toEqual({ up: 0, down: 1 });
    }));

  it('S426: where a synced folder was: a child is removed on the host, the folder comes back, and no byte travels', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/g': '2', keep: '0' });
      const d = world.computer('A').path('d');
      renameSync(d, `${world.computer('A').root}-d`);
      symlinkSync('nowhere', d);
      const before = world.passes.length;
      await world.settle();
      await world.person('web').remove('d/f');
      await world.settle();
      rmSync(d);
      renameSync(`${world.computer('A').root}-d`, d);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { 'd/g': '2', keep: '0' });
      expect(contents(world, before)).toEqual({ up: 0, down: 0 });
    }));

  it('that takes the place of a folder while a file is coming into it leads nothing elsewhere', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', keep: '0' });
      const beside = canary(world);
      await world.person('web').write('d/new', 'n');
      await world.person('web').write('d/f', '2');
      const d = world.computer('A').path('d');
      let isDone = false;
      await world.pass('A', {
        onCall({ endpoint }) {
          if (endpoint !== 'download' || isDone) return null;
          isDone = true;
          renameSync(d, `${world.computer('A').root}-d`);
          symlinkSync(beside.path, d);
          return null;
        },
      });
      beside.check();
      rmSync(d);
      renameSync(`${world.computer('A').root}-d`, d);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/f': '2', 'd/new': 'n', keep: '0' });
    }));
});

describe('what is no file', () => {
  it('S221: a pipe and a socket are not opened, are listed, and are no failure', () =>
    inWorld({}, async (world) => {
      await begin(world, { keep: '0', 'd/f': '1' });
      const a = world.computer('A');
      execFileSync('mkfifo', [a.path('pipe'), a.path('d/pipe')]);
      const server = createServer().listen(a.path('socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      try {
        const { result, exit } = await world.goodPass('A');
        expect(exit).toBe(0);
        expect(result?.problems.map(({ path, code }) => [path, code]).sort()).toEqual([
          ['d/pipe', 'local/special'],
          ['pipe', 'local/special'],
          ['socket', 'local/special'],
        ]);
        await world.finish({ apart: (path) => /pipe|socket/.test(path), withoutFresh: true });
      } finally {
        server.close();
      }
    }));

  it('a pipe in the place of a synced file keeps that on the host', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      const a = world.computer('A');
      rmSync(a.path('f'));
      execFileSync('mkfifo', [a.path('f')]);
      await world.person('B').write('f', '2');
      await world.finish({ apart: isBelow('f'), exit: { A: 1 } });
      rmSync(a.path('f'));
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '2', keep: '0' });
    }));
});

/** The real disk, on which another file system is mounted at the folder that `isMount`. */
function withMount(isMount: (path: string) => boolean): PassOptions {
  const seen = (path: string, stat: DiskStat): DiskStat => (isMount(path) ? { ...stat, dev: stat.dev + 1n } : stat);
  const disk: Disk = {
    ...realDisk,
    lstat: async (path) => seen(path, await realDisk.lstat(path)),
    lstatSync: (path) => seen(path, realDisk.lstatSync(path)),
  };
  return { disk, onCall: () => null };
}

describe('a disk that is mounted inside the folder', () => {
  it('S239: is left alone, and nothing is removed when it is unmounted', () =>
    inWorld({}, async (world) => {
      await begin(world, { keep: '0' });
      const mount = world.computer('A').path('mount');
      await world.person('A').write('mount/on the other disk', 'x');
      const mounted = withMount((path) => path === mount);
      const pass = await world.goodPass('A', mounted);
      expect(pass.result?.problems.map(({ path, code }) => [path, code])).toEqual([['mount', 'local/special']]);
      expect(pass.exit).toBe(0);
      expectFiles(world, { keep: '0' });
      await world.person('A').remove('mount/on the other disk');
      await world.finish({ copies: 0 });
      expectFiles(world, { keep: '0', mount: null });
    }));

  it('S239: over a synced folder keeps that on the host, and gives it back untouched', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/g': '2', keep: '0' });
      const d = world.computer('A').path('d');
      const before = world.passes.length;
      // the names are those of the other disk: they are nowhere known
      const mounted = withMount((path) => path === d);
      const pass = await world.goodPass('A', mounted);
      expect(pass.result?.problems.map(({ path, code }) => [path, code])).toEqual([['d', 'local/special-in-place']]);
      await world.person('web').remove('d/f');
      const next = await world.goodPass('A', mounted);
      expect(next.touched).toEqual([]);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { 'd/g': '2', keep: '0' });
      expect(contents(world, before)).toEqual({ up: 0, down: 0 });
    }));
});
