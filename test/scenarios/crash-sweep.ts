/**
 * One pass with something of everything to do, ended at each of its steps: killed before and after each call, each change of the disk and each
 * write to the state, or with the call refused or its answer lost. Whatever comes then must come to the same end, as if nothing had been: no copy, no
 * duplicate, no orphan. A share of the steps is played in the test run, all by `npm run soak -- --sweep`.
 */
import { SyncError } from '../../src/errors.ts';
import type { Habit } from '../../src/host/habits.ts';
import { Statement } from '../../src/state/database.ts';
import type { Pass, PassOptions } from '../support/computer.ts';
import { forgetfulDisk } from '../support/forgetful-disk.ts';
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

export interface Workload {
  readonly id: string;
  readonly prepare: (world: World) => Promise<void>;
  readonly end: Files;
  readonly copies: number;
}

const changes: Workload = {
  id: 'S267, S269, S270, S274, S275, S278, S279, S289, S291: a pass',
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

export const workloads: readonly Workload[] = [changes, moves];

interface Steps {
  readonly calls: number;
  readonly diskChanges: number;
  readonly stateWrites: number;
}

/** How a pass ends at its step of that number, counted from 1. */
export interface Way {
  readonly name: string;
  readonly of: keyof Steps;
  readonly interrupt: (at: number) => PassOptions;
  /** The power goes too: what was not synced to the disk is lost. */
  readonly losesPower?: boolean;
}

export const ways: readonly Way[] = [
  {
    name: 'killed before call',
    of: 'calls',
    interrupt: (at) => ({ onCall: (_, number) => (number === at ? 'kill before' : null) }),
  },
  {
    name: 'killed after the host acted on call',
    of: 'calls',
    interrupt: (at) => ({ onCall: (_, number) => (number === at ? 'kill after' : null) }),
  },
  {
    name: 'that loses the answer of call',
    of: 'calls',
    interrupt: (at) => ({ onCall: (_, number) => (number === at ? 'lost' : null) }),
  },
  {
    name: 'that cannot send call',
    of: 'calls',
    interrupt: (at) => ({ onCall: (_, number) => (number === at ? 'refused' : null) }),
  },
  {
    name: 'killed before change of the disk',
    of: 'diskChanges',
    interrupt: (at) => ({ onDisk: (_, number) => (number === at ? 'kill before' : null) }),
  },
  {
    name: 'killed after change of the disk',
    of: 'diskChanges',
    interrupt: (at) => ({ onDisk: (_, number) => (number === at ? 'kill after' : null) }),
  },
  {
    name: 'that loses power after change of the disk',
    of: 'diskChanges',
    interrupt: (at) => ({ onDisk: (_, number) => (number === at ? 'kill after' : null) }),
    losesPower: true,
  },
  { name: 'killed at write to the state', of: 'stateWrites', interrupt: killAtWrite },
];

/** How many steps the pass has when nothing happens to it. */
export const stepsOf = (workload: Workload): Promise<Steps> =>
  inWorld({ seed: 'uninterrupted', habits }, async (world) => {
    await workload.prepare(world);
    let stateWrites = 0;
    const pass = await withWrites(
      () => (stateWrites += 1),
      () => world.goodPass('A', { onCall: () => null, onDisk: () => null }),
    );
    await finishAlike(world, workload);
    return { calls: pass.calls.length, diskChanges: pass.diskChanges, stateWrites };
  });

/** Rejects where the end is not that of a pass to which nothing happened. */
export function playStep(workload: Workload, way: Way, at: number): Promise<void> {
  const { name, of, interrupt, losesPower = false } = way;
  return inWorld({ seed: `${name} ${at}`, habits }, async (world) => {
    await workload.prepare(world);
    const disk = losesPower ? forgetfulDisk() : null;
    const act = (): Promise<Pass> =>
      world.pass('A', { ...interrupt(at), ...(disk === null ? {} : { disk }), isAlone: true });
    await (of === 'stateWrites' ? dyingAtWrite(at, act) : act());
    disk?.lose();
    await finishAlike(world, workload);
  });
}

async function finishAlike(world: World, workload: Workload): Promise<void> {
  await world.clock.advance(3_600_000);
  await world.finish({ copies: workload.copies });
  expectFiles(world, workload.end);
}

/** Nothing reaches the state from a write on, nor the host, nor the disk: what the write was part of is rolled back, as after a kill. */
let isDead = false;

function killAtWrite(): PassOptions {
  return { onCall: () => (isDead ? 'kill before' : null), onDisk: () => (isDead ? 'kill before' : null) };
}

async function dyingAtWrite<T>(at: number, act: () => Promise<T>): Promise<T> {
  let count = 0;
  try {
    return await withWrites(() => {
      isDead ||= ++count === at;
      if (isDead) throw new SyncError('state/unwritable', { detail: 'killed' });
    }, act);
  } finally {
    isDead = false;
  }
}

/** Calls `onWrite` before each write to any state; nothing else may be open meanwhile. */
async function withWrites<T>(onWrite: () => void, act: () => Promise<T>): Promise<T> {
  const { run } = Statement.prototype;
  Statement.prototype.run = function (this: Statement<unknown>, ...values) {
    onWrite();
    return run.apply(this, values);
  };
  try {
    return await act();
  } finally {
    Statement.prototype.run = run;
  }
}
