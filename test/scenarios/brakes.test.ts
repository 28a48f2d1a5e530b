/** What stops a pass, or holds removals back until a person has looked: roots that are not what they were, and too many removals. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decideHeld } from '../../src/compose/held.ts';
import { SyncError } from '../../src/errors.ts';
import type { Pass } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { ROOT } from '../../src/core/path.ts';
import { begin, expectFiles } from './play.ts';

const files = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, `content ${at}`]));

const roots: readonly (readonly [string, string, (root: string) => void])[] = [
  ['S321', 'was renamed away', (root) => renameSync(root, `${root}-away`)],
  [
    'S322',
    'is an empty folder, as when its disk is not mounted',
    (root) => {
      renameSync(root, `${root}-away`);
      mkdirSync(root);
    },
  ],
  [
    'S325',
    'was replaced by a file',
    (root) => {
      renameSync(root, `${root}-away`);
      writeFileSync(root, 'x');
    },
  ],
  [
    'S325b',
    'was replaced by a link to another folder',
    (root) => {
      renameSync(root, `${root}-away`);
      mkdirSync(`${root}-other`);
      writeFileSync(`${root}-other/x`, 'x');
      symlinkSync(`${root}-other`, root);
    },
  ],
  [
    'S325c',
    'has a marker that cannot be read',
    (root) => {
      renameSync(root, `${root}-away`);
      mkdirSync(`${root}/.yetisync/marker.json`, { recursive: true });
    },
  ],
];

const stops = ['local/root-missing', 'local/root-foreign', 'local/root-unreadable'];

describe('the local folder', () => {
  it.each(roots)('%s: that %s stops the pass; back again, nothing travels', (_, __, spoil) =>
    inWorld({}, async (world) => {
      await begin(world, files(20));
      const { root } = world.computer('A');
      spoil(root);
      expectStopped(await world.computer('A').pass(), stops);
      expectStopped(await world.computer('A').pass(), stops);
      rmSync(root, { recursive: true, force: true });
      renameSync(`${root}-away`, root);
      await world.finish({ copies: 0 });
      expectFiles(world, files(20));
      expect(world.passes.slice(-8).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
    }),
  );
});

describe('the folder on the host', () => {
  it('S325c: that was trashed stops the pass; restored, nothing travels', () =>
    inWorld({}, async (world) => {
      await begin(world, files(20));
      const before = world.host.admin.tree(world.keys.accountId).find(({ name }) => name === 'Cloud');
      await world.web.call('folder/delete', { folder_id: String(before?.id) });
      expectStopped(await world.pass('A'), ['remote/folder-missing']);
      expect(world.computer('A').shape().size).toBe(20);
      world.host.admin.restore(world.keys.accountId, 'folder', before?.id ?? 0);
      await world.finish({ copies: 0 });
      expectFiles(world, files(20));
    }));

  it('S193: of another account stops the pass', () =>
    inWorld({}, async (world) => {
      await begin(world, files(12));
      const other = world.host.admin.addAccount();
      world.computer('A').config = { credentials: { kind: 'keys', key1: other.key1, key2: other.key2 } };
      expectStopped(await world.pass('A'), ['remote/other-account']);
      expect(world.computer('A').shape().size).toBe(12);
      world.computer('A').config = {};
      await world.finish({ copies: 0 });
    }));
});

describe('too many removals', () => {
  it('are told as the last pass by one that looked at some folders only, and so is that they are there again', () =>
    inWorld({ memory: {} }, async (world) => {
      await begin(world, files(29));
      const A = world.computer('A');
      const look = () => ({ local: [{ folder: ROOT, deep: true }], remote: [], problems: [] });
      const runs = [await A.lastRun()];
      for (let at = 0; at < 15; at++) await world.person('A').remove(`f${at}`);
      for (const exit of [3, 3]) {
        expect((await world.goodPass('A', { look })).exit).toBe(exit);
        runs.push(await A.lastRun());
      }
      for (let at = 0; at < 15; at++) await world.person('A').write(`f${at}`, files(29)[`f${at}`] ?? '');
      expect((await world.goodPass('A', { look })).exit).toBe(0);
      runs.push(await A.lastRun());
      const [first = 0] = runs;
      expect(runs.slice(0, 3)).toEqual([first, first + 1, first + 1]);
      expect(runs[3]).toBeGreaterThan(first + 1);
      await world.finish({ copies: 0 });
    }));

  it('S326: more than half of the files removed here wait for a person; restored, they wait no more', () =>
    inWorld({}, async (world) => {
      await begin(world, files(29));
      for (let at = 0; at < 15; at++) await world.person('A').remove(`f${at}`);
      const pass = await world.goodPass('A');
      expect([pass.exit, pass.result?.held.length, pass.changingCalls.length]).toEqual([3, 15, 0]);
      expect((await world.goodPass('A')).exit).toBe(3);
      for (let at = 0; at < 15; at++) await world.person('A').write(`f${at}`, `content ${at}`);
      await world.finish({ copies: 0 });
      expectFiles(world, files(29));
    }));

  it('S327: more than half of the files removed on the host stay here', () =>
    inWorld({}, async (world) => {
      await begin(world, files(29));
      for (let at = 0; at < 15; at++) await world.person('web').remove(`f${at}`);
      const pass = await world.goodPass('A');
      expect([pass.exit, pass.result?.held.length, pass.touched.length]).toEqual([3, 15, 0]);
    }));

  it('S327b: so does a whole folder removed on the host', () =>
    inWorld({}, async (world) => {
      await begin(
        world,
        Object.fromEntries(Object.entries(files(29)).map(([path, content]) => [`d/${path}`, content])),
      );
      await world.person('web').remove('d');
      const pass = await world.goodPass('A');
      expect([pass.exit, pass.result?.held.length, pass.touched.length]).toEqual([3, 30, 0]);
    }));

  it('S328: fewer than ten never wait', () =>
    inWorld({}, async (world) => {
      await begin(world, files(9));
      for (let at = 0; at < 9; at++) await world.person('A').remove(`f${at}`);
      await world.finish();
      expectFiles(world, {});
    }));

  it('S329: one file renamed is no removal', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').move('f', 'g');
      await world.finish();
    }));

  it('S330: a big folder renamed on the host is no removal', () =>
    inWorld({}, async (world) => {
      await begin(world, Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`d/${at}`, `${at}`])));
      await world.person('web').move('d', 'e');
      await world.finish({ copies: 0 });
    }));

  it('S331: files that become ignored are no removals', () =>
    inWorld({}, async (world) => {
      await begin(world, files(30));
      world.computer('A').config = { ignore: ['f1*', 'f2*'] };
      const pass = await world.goodPass('A');
      expect([pass.exit, pass.changingCalls, pass.touched]).toEqual([0, [], []]);
      await world.finish({ withoutFresh: true });
    }));

  it('S333: while removals wait, everything else goes on', () =>
    inWorld({}, async (world) => {
      await begin(world, files(40));
      for (let at = 0; at < 30; at++) await world.person('A').remove(`f${at}`);
      for (let at = 0; at < 5; at++) await world.person('A').write(`new${at}`, `new ${at}`);
      for (let at = 30; at < 33; at++) await world.person('A').write(`f${at}`, `edited ${at}`);
      for (let at = 33; at < 36; at++) await world.person('B').write(`f${at}`, `edited on B ${at}`);
      const last = await world.settle();
      expect(last[0]?.exit).toBe(3);
      expect(last[0]?.result?.held.length).toBe(30);
      const host = world.web.shape();
      expect(host.size).toBe(45);
      expect(world.computer('A').shape().size).toBe(15);
      for (const [path, md5] of world.computer('A').shape()) expect(host.get(path)).toBe(md5);
    }));

  it('S335: removals in slices count together within an hour', () =>
    inWorld({}, async (world) => {
      await begin(world, files(40));
      let held = 0;
      for (let slice = 0; slice < 6; slice++) {
        for (let at = 0; at < 6; at++) await world.person('web').remove(`f${slice * 6 + at}`);
        held = (await world.goodPass('A')).result?.held.length ?? 0;
      }
      expect(held).toBeGreaterThan(0);
      expect(world.computer('A').shape().size).toBeGreaterThanOrEqual(20);
    }));
});

describe('removals that wait for a word', () => {
  const sixty = files(60);

  async function holdSixty(world: World): Promise<void> {
    await begin(world, { ...sixty, keep: '0', edited: '0' });
    for (const path of Object.keys(sixty)) await world.person('A').remove(path);
    expect((await world.goodPass('A')).result?.held.length).toBe(60);
  }

  const approveAll = (world: World, computer: string) =>
    decideHeld({
      config: world.computer(computer).fullConfig(),
      process: { pid: process.pid, command: 'test' },
      verdict: 'approve',
      clock: world.clock,
    });

  it('S334: only what is still meant is removed when they are approved', () =>
    inWorld({ seed: 'approved' }, async (world) => {
      await holdSixty(world);
      for (const path of ['f1', 'f2', 'f3']) await world.person('A').write(path, sixty[path] ?? '');
      await world.person('B').write('f4', 'edited on B meanwhile');
      await world.goodPass('B');
      await approveAll(world, 'A');
      await world.settle();
      await approveAll(world, 'B'); // there they are as many
      await world.finish({ copies: 0 });
      const { f1, f2, f3 } = sixty;
      expectFiles(world, {
        f1: f1 ?? '',
        f2: f2 ?? '',
        f3: f3 ?? '',
        f4: 'edited on B meanwhile',
        keep: '0',
        edited: '0',
      });
    }));

  it('S438: nothing is removed by a pass that is killed meanwhile; the next one asks again', () =>
    inWorld({ seed: 'killed' }, async (world) => {
      await holdSixty(world);
      const killed = await world.pass('A', { onCall: (_, number) => (number === 3 ? 'kill after' : null) });
      expect(killed.wasKilled).toBe(true);
      expect(killed.changingCalls).toEqual([]);
      const again = await world.goodPass('A');
      expect([again.exit, again.result?.held.length, again.changingCalls]).toEqual([3, 60, []]);
      expect(world.web.shape().size).toBe(62);
    }));

  it('S439: they wait for ever, and the approved pass carries the rest too', () =>
    inWorld({ seed: 'patient' }, async (world) => {
      await holdSixty(world);
      for (let day = 0; day < 10; day++) {
        await world.clock.advance(86_400_000);
        const pass = await world.goodPass('A');
        expect([pass.exit, pass.result?.held.length, pass.changingCalls]).toEqual([3, 60, []]);
      }
      await world.person('web').write('new', 'n');
      await world.person('A').write('edited', 'e');
      await approveAll(world, 'A');
      await world.settle();
      await approveAll(world, 'B'); // there they are as many
      await world.finish({ copies: 0 });
      expectFiles(world, { keep: '0', edited: 'e', new: 'n' });
    }));
});

describe('a disk that goes away in the middle of a pass', () => {
  it.each([2, 4, 6, 8, 10, 14])('S323: at call %i removes nothing, and back again nothing travels twice', (at) =>
    inWorld({ seed: `unmounted ${at}` }, async (world) => {
      await begin(world, { ...files(20), 'd/x': '1', 'd/y': '2' });
      await world.person('A').write('new', 'n');
      await world.person('A').write('f1', 'edited');
      await world.person('B').write('f2', 'edited on B');
      await world.goodPass('B');
      const { root } = world.computer('A');
      await world.computer('A').pass({
        onCall: (_, number) => {
          if (number === at) {
            renameSync(root, `${root}-away`);
            mkdirSync(root);
          }
          return null;
        },
      });
      expect(world.web.shape().size).toBeGreaterThanOrEqual(23);
      if (existsSync(`${root}-away`)) {
        rmSync(root, { recursive: true });
        renameSync(`${root}-away`, root);
      }
      await world.finish({ copies: 0 });
      expectFiles(world, { ...files(20), 'd/x': '1', 'd/y': '2', new: 'n', f1: 'edited', f2: 'edited on B' });
    }),
  );
});

function expectStopped(pass: Pass, codes: readonly string[]): void {
  expect(pass.error).toBeInstanceOf(SyncError);
  expect(codes).toContain((pass.error as SyncError).code);
  expect([pass.exit, pass.changingCalls, pass.touched]).toEqual([3, [], []]);
}
