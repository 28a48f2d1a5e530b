/**
 * The state is gone, damaged, old, or fails in the middle of a pass. It is noticed, nothing is done on half a base, and what
 * follows is a first sync: a union, in which no content is lost.
 */
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { Statement } from '../../src/state/database.ts';
import type { Computer } from '../support/computer.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';

const endings = ['', '-wal', '-shm'];

function loseState(computer: Computer): void {
  for (const ending of endings) rmSync(computer.stateFile() + ending, { force: true });
}

it('S285: without its state a computer makes a union again', () =>
  inWorld({ seed: 'no state' }, async (world) => {
    await begin(world, { f: '1', g: '1 g', h: '1 h', same: '0' });
    loseState(world.computer('A'));
    await world.person('A').write('f', '2');
    await world.person('A').remove('h');
    await world.person('B').remove('g');
    await world.goodPass('B');
    await world.finish({ copies: 1 });
    expectFiles(world, [
      { f: '1', 'f (conflict)': '2', g: '1 g', h: '1 h', same: '0' },
      { f: '2', g: '1 g', h: '1 h', same: '0' },
    ]);
  }));

it('S287: a state of last week beside newer trees loses nothing', () =>
  inWorld({ seed: 'old state' }, async (world) => {
    await begin(world, { f: '1', g: '1 g', 'd/x': '1 x' });
    const a = world.computer('A');
    const folder = dirname(a.stateFile());
    cpSync(folder, `${folder}.before`, { recursive: true });
    const before = a.stateFile();
    for (let day = 0; day < 3; day++) {
      await world.person('A').write(`day ${day}`, `a ${day}`);
      await world.person('B').write(`b day ${day}`, `b ${day}`);
      await world.settle();
    }
    await world.person('B').remove('g');
    await world.person('A').write('f', '2');
    await world.settle();
    rmSync(folder, { recursive: true });
    cpSync(`${folder}.before`, folder, { recursive: true });
    rmSync(`${folder}.before`, { recursive: true });
    expect(existsSync(before)).toBe(true);
    await world.person('A').write('new', 'n');
    await world.finish();
    const days = Object.fromEntries(
      [0, 1, 2].flatMap((day) => [
        [`day ${day}`, `a ${day}`],
        [`b day ${day}`, `b ${day}`],
      ]),
    );
    expectFiles(world, { ...days, f: '2', 'd/x': '1 x', new: 'n' });
  }));

it('a state that is put back from before the last pass alone is known for an old one: what was brought back since stays', () =>
  inWorld({ seed: 'one pass behind' }, async (world) => {
    await begin(world, { here: '1', there: '2', keep: '0' });
    const folder = dirname(world.computer('A').stateFile());
    cpSync(folder, `${folder}.before`, { recursive: true });
    const [there] = world.web.items().filter(({ path }) => path === 'there');
    await world.person('A').remove('here');
    await world.person('web').remove('there');
    await world.goodPass('A');
    rmSync(folder, { recursive: true });
    renameSync(`${folder}.before`, folder);
    await world.person('A').write('here', '1');
    world.host.admin.restore(world.keys.accountId, 'file', there?.id ?? 0);
    world.ledger.restored(['there'], [md5Of('2')]);
    const pass = await world.goodPass('A');
    expect(pass.result?.counts).toEqual({ upload: 1, download: 1 });
    await world.finish({ copies: 0 });
    expectFiles(world, { here: '1', there: '2', keep: '0' });
  }));

describe('S286: a state file', () => {
  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ['cut in the middle', (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
    ['cut to its first page', (file) => truncateSync(file, 4096)],
    ['filled with zeros', (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length))],
    ['that is empty', (file) => truncateSync(file, 0)],
    ['that is text', (file) => writeFileSync(file, 'not a database\n'.repeat(500))],
    ['whose write-ahead file is gone', (file) => rmSync(`${file}-wal`, { force: true })],
    ...[1, 2, 3, 4, 5, 6].map(
      (nth) =>
        [
          `with a byte of another value (${nth})`,
          (file: string) => {
            const content = readFileSync(file);
            const at = seededRandom(`byte ${nth}`).int(content.length);
            content[at] = (content[at] ?? 0) ^ (1 + seededRandom(`bit ${nth}`).int(255));
            writeFileSync(file, content);
          },
        ] as const,
    ),
  ];
  it.each(damages)('%s is noticed, or does no harm', (_what, damage) =>
    inWorld({ seed: 'damage' }, async (world) => {
      const files = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`d${at % 5}/f${at}`, `content ${at}`]));
      await begin(world, files);
      const a = world.computer('A');
      damage(a.stateFile());
      const pass = await world.pass('A');
      expect(pass.touched).toEqual([]);
      expect(pass.changingCalls).toEqual([]);
      if (pass.error !== null) {
        expect(pass.error).toMatchObject({ code: 'state/corrupt' });
        loseState(a); // what the message says to do
      }
      await world.person('A').write('new', 'n');
      await world.finish({ copies: 0 });
      expectFiles(world, { ...files, new: 'n' });
    }),
  );
});

it('S437: a state that was emptied beside a whole write-ahead file is not taken for one that knows of nothing', () =>
  inWorld({ seed: 'emptied' }, async (world) => {
    await begin(world, { f: '1', g: '2' });
    const a = world.computer('A');
    await world.person('A').write('later', '3');
    await world.pass('A', { onCall: ({ endpoint }) => (endpoint === 'file/upload' ? 'kill after' : null) });
    truncateSync(a.stateFile(), 0);
    const pass = await world.pass('A');
    expect(pass.changingCalls.filter(({ endpoint }) => endpoint.endsWith('delete'))).toEqual([]);
    if (pass.error !== null) loseState(a);
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '1', g: '2', later: '3' });
  }));

describe('S266: a pass whose state fails at one write', () => {
  afterEach(() => void vi.restoreAllMocks());

  async function prepare(world: World): Promise<void> {
    await begin(world, { 'edited here': '1', 'edited there': '2', 'gone here': '3', 'gone there': '4', 'd/in': '5' });
    const [a, b] = [world.person('A'), world.person('B')];
    await b.write('edited there', 'c');
    await b.remove('gone there');
    await b.write('n/new there', 'h');
    await world.goodPass('B');
    await a.write('edited here', 'b');
    await a.remove('gone here');
    await a.move('d', 'e');
    await a.write('m/new here', 'g');
  }

  /** Lets the write of that number fail, on computer A's state: nothing else is open at that time. */
  async function passWithFault(world: World, at: number): Promise<number> {
    const run = Statement.prototype.run;
    let count = 0;
    const spy = vi.spyOn(Statement.prototype, 'run').mockImplementation(function (this: Statement<unknown>, ...values) {
      if (count++ === at) throw new SyncError('state/unwritable', { path: 'state.db', detail: 'planted' });
      return run.apply(this, values);
    });
    await world.pass('A');
    spy.mockRestore();
    return count;
  }

  it('ends like one whose state did not', async () => {
    const writes = await inWorld({ seed: 'no fault' }, async (world) => {
      await prepare(world);
      return passWithFault(world, -1);
    });
    expect(writes).toBeGreaterThan(50);
    const stride = process.env['YETISYNC_ALL_HABITS'] === undefined ? 47 : 1;
    for (let at = 1; at < writes; at += stride) {
      await inWorld({ seed: `write ${at}` }, async (world) => {
        await prepare(world);
        await passWithFault(world, at);
        await world.finish({ copies: 0 });
        expectFiles(world, {
          'edited here': 'b',
          'edited there': 'c',
          'e/in': '5',
          'm/new here': 'g',
          'n/new there': 'h',
        });
      });
    }
  }, 120_000);
});

it('a state file that may not be written for a time stops the pass, which goes on once it may', () =>
  inWorld({ seed: 'read-only state' }, async (world) => {
    await begin(world, { f: '1' });
    const a = world.computer('A');
    await world.person('A').write('f', '2');
    chmodSync(a.stateFile(), 0o444);
    const stopped = await world.pass('A', { isOrdinaryUser: true });
    expect(stopped.error).toMatchObject({ code: 'state/unwritable' });
    expect(stopped.changingCalls).toEqual([]);
    chmodSync(a.stateFile(), 0o600);
    await world.goodPass('A', { isOrdinaryUser: true });
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '2' });
  }));
