/**
 * A folder that one side moved and the other removed is made anew where it was removed, and what is in it follows. Whatever keeps some of it
 * from following in that pass: nothing of it is taken for removed by the next one.
 */
import { describe, expect, it } from 'vitest';
import type { PassOptions } from '../support/computer.ts';
import type { Mishap } from '../support/traffic.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';

const start = { 'd/x': '1', 'd/y': '2', 'd/s/z': '3', 'd/s/t/u': '4' };
const whole = { 'e/x': '1', 'e/y': '2', 'e/s/z': '3', 'e/s/t/u': '4' };

/** A pass by itself in which the calls of that endpoint from the `from`th to the `to`th come to grief. */
function broken(endpoint: string, how: Mishap, from: number, to = from): PassOptions {
  let nth = 0;
  return {
    isAlone: true,
    onCall: (call) => {
      if (call.endpoint !== endpoint) return null;
      nth++;
      return nth >= from && nth <= to ? how : null;
    },
  };
}

async function finish(world: World): Promise<void> {
  await world.clock.advance(3_600_000);
  await world.finish({ copies: 0, withoutFresh: true });
}

describe.each(['documented', 'servers', 'ghosts'] as const)('moved here, removed there (host %s)', (habit) => {
  it.each<[string, string, Mishap, number, number]>([
    ['no upload is let through', 'file/upload', 'refused', 1, 99],
    ['the second upload is refused', 'file/upload', 'refused', 2, 2],
    ['killed before the second upload', 'file/upload', 'kill before', 2, 2],
    ['killed after the first upload', 'file/upload', 'kill after', 1, 1],
    ['killed after the folder is made', 'folder/create', 'kill after', 1, 1],
    ['killed before the folder in it is made', 'folder/create', 'kill before', 2, 2],
    ['the folder in it is refused', 'folder/create', 'refused', 2, 99],
  ])('%s', (_, endpoint, how, from, to) =>
    inWorld({ seed: `follows ${endpoint} ${from} ${to}`, habits: [habit], memory: {} }, async (world) => {
      await begin(world, start);
      await world.person('B').remove('d');
      await world.pass('B');
      await world.person('A').move('d', 'e');
      await world.pass('A', broken(endpoint, how, from, to));
      await finish(world);
      expectFiles(world, whole);
    }),
  );
});

describe('removed here, moved there', () => {
  it.each([
    ['every download is refused', 1, 99],
    ['one download is refused', 2, 2],
  ])('%s', (_, from, to) =>
    inWorld({ memory: {} }, async (world) => {
      await begin(world, start);
      await world.person('A').remove('d');
      await world.person('web').move('d', 'e');
      await world.pass('A', broken('download', 'refused', from, to));
      await finish(world);
      expectFiles(world, whole);
    }),
  );
});

it('what was to go from a folder that is made anew for something else in it goes all the same', () =>
  inWorld({ memory: {} }, async (world) => {
    await begin(world, { 'd/x': '1', 'd/s/y': '2' });
    await world.clock.advance(3_600_000);
    for (let nth = 0; nth < 4; nth++) await world.pass('A');
    await world.person('web').remove('d');
    await world.person('A').write('d/x', 'changed');
    await world.pass('A', broken('file/upload', 'refused', 1, 99));
    await finish(world);
    expectFiles(world, { 'd/x': 'changed' });
  }));

it('what followed in the end is removed again as anything is', () =>
  inWorld({ memory: {} }, async (world) => {
    await begin(world, start);
    await world.person('web').remove('d');
    await world.person('A').move('d', 'e');
    await world.pass('A', broken('file/upload', 'refused', 1, 99));
    await finish(world);
    for (let nth = 0; nth < 4; nth++) await world.pass('A');
    await world.person('web').remove('e/x');
    await world.person('web').remove('e/s');
    await finish(world);
    expectFiles(world, { 'e/y': '2' });
    expect(world.computer('A').shape().has('e/x')).toBe(false);
  }));
