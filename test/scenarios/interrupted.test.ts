/**
 * A pass that ends at any of its steps: killed before or after each call and each change of the disk, or with the call refused or its
 * answer lost. The next passes come to the same end, as if nothing had been, without a copy, a duplicate or an orphan.
 */
import { describe, expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import type { PassOptions } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles, type Files } from './play.ts';

const start: Files = {
  'edited here': '1',
  'edited there': '2',
  'gone here': '3',
  'gone there': '4',
  both: '5',
  'folder gone here/x': '6',
  'folder gone there/y': '7',
  keep: '0',
};

const end: Files = {
  'edited here': 'b',
  'edited there': 'c',
  both: 'e',
  'both (conflict)': 'd',
  '.new here': 'f',
  'new folder/new': 'g',
  'new there': 'h',
  'folder there/new': 'i',
  keep: '0',
};

interface Workload {
  readonly id: string;
  readonly prepare: (world: World) => Promise<void>;
  readonly end: Files;
  readonly copies: number;
}

const changes: Workload = {
  id: 'S267: a pass',
  prepare: async (world) => {
    await begin(world, start);
    const [a, web] = [world.person('A'), world.person('web')];
    await web.write('edited there', 'c');
    await web.write('both', 'e');
    await web.remove('gone there');
    await web.remove('folder gone there');
    await web.write('new there', 'h');
    await web.write('folder there/new', 'i');
    await a.write('edited here', 'b');
    await a.write('both', 'd');
    await a.remove('gone here');
    await a.remove('folder gone here');
    await a.write('.new here', 'f');
    await a.write('new folder/new', 'g');
  },
  end,
  copies: 1,
};

const moves: Workload = {
  id: 'S277, S281, S282: a pass with moves',
  prepare: async (world) => {
    await begin(world, {
      a: '1',
      b: '2',
      Case: '3',
      'gone there/x': '4',
      'gone there/deep/y': '5',
      'here/x': '6',
      'here/y': '7',
      r1: 'r 1',
      r2: 'r 2',
      r3: 'r 3',
      'p/c/in': '8',
      keep: '0',
    });
    const [a, web] = [world.person('A'), world.person('web')];
    await web.move('a', 'aside');
    await web.move('b', 'a');
    await web.move('aside', 'b');
    await web.move('Case', 'case');
    await web.remove('gone there');
    await web.move('p/c', 'c');
    await web.move('p', 'c/p');
    await a.move('here', 'moved');
    await a.move('moved/x', 'x');
    await a.write('x', 'edited');
    await a.move('r1', 'aside');
    await a.move('r3', 'r1');
    await a.move('r2', 'r3');
    await a.move('aside', 'r2');
  },
  end: {
    a: '2',
    b: '1',
    case: '3',
    'moved/y': '7',
    x: 'edited',
    r1: 'r 3',
    r2: 'r 1',
    r3: 'r 2',
    'c/in': '8',
    'c/p': null,
    keep: '0',
  },
  copies: 0,
};

const habits: readonly Habit[] = ['servers'];

async function finishAlike(world: World, workload: Workload): Promise<void> {
  await world.clock.advance(3_600_000);
  await world.finish({ copies: workload.copies });
  expectFiles(world, workload.end);
}

/** How many steps the pass has when nothing happens to it. */
const stepsOf = (workload: Workload) =>
  inWorld({ seed: 'uninterrupted', habits }, async (world) => {
    await workload.prepare(world);
    const { calls, diskChanges } = await world.goodPass('A', { onCall: () => null, onDisk: () => null });
    await finishAlike(world, workload);
    return { calls: calls.length, diskChanges };
  });

/** Every so many steps; the soak takes all. */
const stride = process.env['YETISYNC_ALL_HABITS'] === undefined ? 13 : 1;

type Interruption = (at: number) => PassOptions;

const waysOf = (steps: {
  readonly calls: number;
  readonly diskChanges: number;
}): readonly (readonly [string, number, Interruption])[] => [
  ['killed before call', steps.calls, (at) => ({ onCall: (_, number) => (number === at ? 'kill before' : null) })],
  [
    'killed after the host acted on call',
    steps.calls,
    (at) => ({ onCall: (_, number) => (number === at ? 'kill after' : null) }),
  ],
  ['that loses the answer of call', steps.calls, (at) => ({ onCall: (_, number) => (number === at ? 'lost' : null) })],
  ['that cannot send call', steps.calls, (at) => ({ onCall: (_, number) => (number === at ? 'refused' : null) })],
  [
    'killed before change of the disk',
    steps.diskChanges,
    (at) => ({ onDisk: (_, number) => (number === at ? 'kill before' : null) }),
  ],
  [
    'killed after change of the disk',
    steps.diskChanges,
    (at) => ({ onDisk: (_, number) => (number === at ? 'kill after' : null) }),
  ],
];

for (const workload of [changes, moves]) {
  const ways = waysOf(await stepsOf(workload));
  describe(workload.id, () => {
    for (const [nth, [what, count, interruption]] of ways.entries()) {
      const points = Array.from({ length: count }, (_, at) => at + 1).filter((at) => (at + nth) % stride === 0);
      it.each(points)(`${what} %i ends like one that was not`, (at) =>
        inWorld({ seed: `${what} ${at}`, habits }, async (world) => {
          await workload.prepare(world);
          const pass = await world.pass('A', interruption(at));
          expect(pass.wasKilled || pass.result !== null || pass.error !== null).toBe(true);
          await finishAlike(world, workload);
        }),
      );
    }
  });
}
