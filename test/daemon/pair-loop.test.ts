/** The loop of a pair on a clock that moves when it is told to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/path.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import { PairLoop } from '../../src/daemon/pair-loop.ts';
import { SyncError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { inSync, ScriptedPair } from './scripted-pair.ts';

let clock: FakeClock;
let pair: ScriptedPair;
let loop: PairLoop;
let stopping: AbortController;
let ended: Promise<unknown>;
let changes: number;
let lines: (Readonly<Record<string, unknown>> & { readonly msg: string })[];

beforeEach(() => {
  clock = new FakeClock();
  pair = new ScriptedPair();
  stopping = new AbortController();
  changes = 0;
  lines = [];
  loop = new PairLoop({
    pair,
    settings: { intervalMs: 60_000, fullSweepMs: 900_000, requestsPerSecond: 5, settleMs: 2_000 },
    clock,
    random: seededRandom('loop'),
    log: createLog({
      level: 'info',
      stream: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    }),
    signal: stopping.signal,
    onChange: () => changes++,
  });
  ended = Promise.resolve();
});

afterEach(async () => {
  stopping.abort();
  await ended;
});

function start(): Promise<void> {
  ended = loop.run().catch((error: unknown) => error);
  return clock.advance(1);
}

const fail = (code: ErrorCode): SyncError => new SyncError(code);

/** Lists of the quiet between are left out: the schedule has tests of its own. */
const passes = (): string[] => pair.asked().filter((line) => !line.startsWith('list') && line !== 'swept');

it('begins with a look everywhere, and then asks nothing but its due listings', async () => {
  await start();
  expect(passes()).toEqual(['open', 'pass everything everything checked']);
  await clock.advance(59_000);
  expect(passes()).toEqual([]);
  expect(loop.report().phase).toBe('idle');
});

it('S247: passes once hints have settled, over just those folders, without asking the host about its root again', async () => {
  await start();
  pair.asked();
  pair.hint('a');
  await clock.advance(1_000);
  pair.hint('b', true);
  await clock.advance(1_900);
  expect(passes()).toEqual([]);
  await clock.advance(200);
  expect(passes()).toEqual(['pass [a b/**] []']);
});

it('passes when a listing brings news, and makes sure of the root before it', async () => {
  await start();
  pair.asked();
  pair.news.add('d1' as RemoteId);
  await clock.advance(61_000);
  expect(passes()).toEqual(['pass [] [] checked']);
});

it('looks everywhere here, and not on the host, after events were lost', async () => {
  await start();
  pair.asked();
  pair.lose();
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass everything [] checked']);
});

it('hints that come during a pass are looked at after it, and none twice', async () => {
  await start();
  pair.asked();
  let release = (): void => undefined;
  pair.gate = new Promise((resolve) => (release = resolve));
  pair.hint('a');
  await clock.advance(2_100);
  pair.hint('b');
  release();
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []', 'pass [b] []']);
});

it('a long pass is told what happens meanwhile, and when it fails afterwards none of that is forgotten', async () => {
  await start();
  pair.asked();
  let release = (): void => undefined;
  pair.gate = new Promise((resolve) => (release = resolve));
  pair.results.push(fail('remote/unreachable'));
  pair.hint('a');
  await clock.advance(2_100);
  expect(pair.during?.isWaiting()).toBe(false);
  pair.hint('b', true);
  await clock.advance(2_100);
  expect(pair.during?.isWaiting()).toBe(true);
  expect(pair.during?.take()).toEqual([{ folder: 'b', deep: true }]);
  expect(pair.during?.isWaiting()).toBe(false);
  release();
  await clock.advance(10_000);
  expect(passes()).toEqual(['pass [a] []', 'pass [a b/**] []']);
});

it('counts a quiet look at the host as a success only while all was in step', async () => {
  await start();
  await clock.advance(120_000);
  expect(pair.successes).toBeGreaterThan(1);
  pair.results.push({ ...inSync, exit: 1 });
  pair.hint('a');
  await clock.advance(2_100);
  const before = pair.successes;
  await clock.advance(120_000);
  expect(pair.successes).toBe(before);
});

it('S307: waits longer after each failure, keeps what it was to look at, and comes back by itself', async () => {
  await start();
  pair.asked();
  pair.results.push(fail('remote/unreachable'), fail('remote/timeout'));
  pair.hint('a');
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []']);
  expect(loop.report()).toMatchObject({ phase: 'waiting', error: { code: 'remote/unreachable' } });
  await clock.advance(3_000);
  expect(passes()).toEqual([]);
  pair.hint('b');
  await clock.advance(30_000);
  expect(passes()).toEqual(['pass [a b] []', 'pass [a b] []']);
  expect(loop.report()).toMatchObject({ phase: 'idle', error: null });
});

it('S307: tries what could not be done as soon as a listing shows that the host is back', async () => {
  const problem = { path: 'a' as RelPath, code: 'remote/unreachable', detail: null } as const;
  await start();
  pair.results.push(...Array.from({ length: 8 }, () => ({ ...inSync, exit: 1, problems: [problem] }) as const));
  pair.hint('a');
  await clock.advance(15 * 60_000);
  pair.results.length = 0;
  pair.listError = fail('remote/unreachable');
  await clock.advance(5 * 60_000);
  pair.listError = null;
  pair.asked();
  await clock.advance(3 * 60_000);
  expect(
    pair
      .asked()
      .filter((line) => line !== 'swept')
      .slice(0, 2),
  ).toEqual(['list d1', 'pass [] [] checked']);
  expect(loop.report()).toMatchObject({ exit: 0, problems: [] });
});

it.each<ErrorCode>([
  'local/root-missing',
  'local/root-unreadable',
  'local/root-foreign',
  'remote/folder-missing',
  'remote/other-account',
])(
  'S323: halts at %s, looks again at each poll, and begins with a look everywhere when it is well again',
  async (code) => {
    await start();
    pair.results.push(fail(code));
    pair.openError = fail(code);
    pair.asked();
    pair.hint('a');
    await clock.advance(2_100);
    expect(passes()).toEqual(['pass [a] []']);
    expect(pair.isOpen).toBe(false);
    await clock.advance(125_000);
    expect(passes()).toEqual(['open', 'open']);
    expect(loop.report()).toMatchObject({ phase: 'halted', error: { code } });
    pair.openError = null;
    await clock.advance(60_000);
    expect(passes()).toEqual(['open', 'pass everything everything checked']);
    expect(loop.report().error).toBeNull();
  },
);

it('S310: ends with a refused sign-in, which is not tried again', async () => {
  pair.openError = fail('remote/sign-in-refused');
  await start();
  expect(await ended).toMatchObject({ code: 'remote/sign-in-refused' });
  expect(pair.asked()).toEqual(['open']);
});

it('ends with what is a bug', async () => {
  pair.results.push(new TypeError('x is not a function'));
  await start();
  expect(await ended).toBeInstanceOf(TypeError);
});

it('S259: looks everywhere once after the computer slept', async () => {
  await start();
  pair.asked();
  clock.jumpWall(8 * 3_600_000);
  await clock.advance(16_000);
  expect(passes()).toEqual(['pass everything everything checked']);
  await clock.advance(30_000);
  expect(passes()).toEqual([]);
});

it('rests while it is paused, and looks everywhere when it goes on', async () => {
  await start();
  pair.asked();
  loop.pause();
  pair.hint('a');
  await clock.advance(3_600_000);
  expect(pair.asked()).toEqual([]);
  expect(loop.report().phase).toBe('paused');
  loop.resume();
  await clock.advance(1);
  expect(passes()).toEqual(['pass everything everything checked']);
});

it('a pause ends the pass that is under way, and nothing is forgotten over it', async () => {
  await start();
  pair.asked();
  pair.gate = new Promise(() => undefined);
  pair.hint('a');
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []']);
  loop.pause();
  await clock.advance(600_000);
  expect(passes()).toEqual([]);
  expect(loop.report()).toMatchObject({ phase: 'paused', error: null });
  pair.gate = Promise.resolve();
  loop.resume();
  await clock.advance(100);
  expect(passes()).toEqual(['pass everything everything checked']);
});

it('looks everywhere at once when a person asks, also while it waits after a failure', async () => {
  await start();
  pair.results.push(fail('remote/unreachable'));
  pair.hint('a');
  await clock.advance(2_100);
  pair.asked();
  loop.now();
  await clock.advance(1);
  expect(passes()).toEqual(['pass everything everything checked']);
});

it('tries again what a pass left undone, ever less often, and looks again at what could not be read', async () => {
  const problem = { path: 'secret' as RelPath, code: 'local/unreadable', detail: null } as const;
  const left = { ...inSync, exit: 1, problems: [problem] } as const;
  pair.results.push(left, left, left);
  await start();
  pair.asked();
  await clock.advance(40_000);
  expect(passes()).toEqual(['pass [secret/**] []', 'pass [secret/**] []']);
  expect(loop.report()).toMatchObject({ exit: 1, problems: [problem] });
  await clock.advance(90_000);
  expect(loop.report()).toMatchObject({ exit: 0, problems: [] });
});

it('sweeps again when a folder went missing', async () => {
  await start();
  pair.asked();
  pair.results.push({ ...inSync, exit: 1, needsSweep: true });
  pair.hint('a');
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []', 'pass [] everything checked']);
});

it('writes into the log what a pass did, and that removals are held, each once', async () => {
  const held = [{ path: 'a' as RelPath }, { path: 'b' as RelPath }] as unknown as typeof inSync.held;
  await start();
  lines.length = 0;
  pair.results.push({ ...inSync, exit: 3, held, counts: { upload: 2 } }, { ...inSync, exit: 3, held }, inSync);
  for (const folder of ['a', 'b', 'c']) {
    pair.hint(folder);
    await clock.advance(2_100);
  }
  expect(lines.map(({ msg }) => msg)).toEqual([
    'pass done',
    'removals are held: see `yetisync held`',
    'no removals are held any more',
  ]);
  expect(lines[0]).toMatchObject({ pair: 'Cloud', status: 3, counts: { upload: 2 } });
  expect(lines[1]).toMatchObject({ pair: 'Cloud', count: 2 });
});

describe('while sweeps cannot tell what became of something, for a folder that cannot be listed', () => {
  const folder = { path: 'locked' as RelPath, code: 'remote/bad-answer', detail: null } as const;
  const open = { ...inSync, exit: 1, needsSweep: true, problems: [folder] } as const;
  const sweeps = (): number => passes().filter((line) => line.startsWith('pass [] everything')).length;

  it('they are made at growing distances, whatever else happens here, and often again once one could', async () => {
    pair.results.push(...Array.from({ length: 1_000 }, () => open));
    await start();
    expect(sweeps()).toBeLessThan(2);
    for (let second = 0; second < 60; second += 3) {
      pair.hint('a');
      await clock.advance(3_000);
    }
    expect(sweeps()).toBeLessThan(5);
    await clock.advance(60 * 60_000);
    expect(sweeps()).toBeLessThan(12);
    pair.results.length = 0;
    await clock.advance(16 * 60_000);
    expect(loop.report()).toMatchObject({ exit: 0, problems: [] });
    pair.asked();
    pair.results.push(open);
    pair.hint('a');
    await clock.advance(2_100);
    expect(sweeps()).toBe(1);
  });

  it('those of a large host are not hurried each time', async () => {
    pair.known = Array.from({ length: 1_000 }, (_, n) => `d${n + 1}` as RemoteId);
    pair.unlistable.add('d7' as RemoteId);
    pair.results.push(...Array.from({ length: 10_000 }, () => open));
    await start();
    for (let minute = 0; minute < 60; minute++) {
      pair.hint('a');
      await clock.advance(60_000);
    }
    // two sweeps at full speed would take seven minutes each
    const listed = pair.asked().flatMap((line) => /^list (.*)/.exec(line)?.[1]?.split(',') ?? []).length;
    expect(listed).toBeLessThan(13_000);
  });
});

it('acts before it saw all of a large host again, and sweeps it in slices that leave room for edits', async () => {
  pair.known = Array.from({ length: 1_000 }, (_, n) => `d${n + 1}` as RemoteId);
  await start();
  expect(pair.asked().slice(0, 2)).toEqual(['open', 'pass everything [] checked']);
  pair.hint('a');
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []']);
  expect(pair.log.includes('swept')).toBe(false);
});

it('begins with a full sweep, however large the host, where it was never in step with it', async () => {
  pair.known = Array.from({ length: 1_000 }, (_, n) => `d${n + 1}` as RemoteId);
  pair.wasSwept = false;
  await start();
  expect(passes()).toEqual(['open', 'pass everything everything checked']);
});

it('opens the pair anew where the folder turned out to be a copy', async () => {
  await start();
  pair.asked();
  pair.results.push('anew');
  pair.hint('a');
  await clock.advance(2_100);
  expect(passes()).toEqual(['pass [a] []', 'open', 'pass everything everything checked']);
});

it('S251: says once for each trouble with watching what mends it, and again when it comes back', async () => {
  await start();
  for (const trouble of ['ENOSPC', 'ENOSPC', 'EMFILE', null, 'ENOSPC']) {
    pair.watchTrouble = trouble;
    pair.hint('a');
    await clock.advance(2_100);
  }
  const told = lines.filter(({ msg }) => msg.startsWith('not every folder can be watched'));
  expect(told.map(({ code, cure }) => [code, cure])).toEqual([
    ['ENOSPC', 'raise fs.inotify.max_user_watches'],
    ['EMFILE', 'raise fs.inotify.max_user_instances'],
    ['ENOSPC', 'raise fs.inotify.max_user_watches'],
  ]);
});

it('S251, S253: looks at the whole disk now and then, and every minute where not every folder is watched', async () => {
  await start();
  pair.asked();
  const scans = (): number => pair.asked().filter((line) => line === 'pass everything [] checked').length;
  await clock.advance(3_600_000);
  expect(scans()).toBe(4);
  pair.watchTrouble = 'ENOSPC';
  await clock.advance(600_000);
  expect(scans()).toBeGreaterThanOrEqual(9);
});
