/** What is brought into a folder at the moment at which another computer removes it there does not go with it. */
import { describe, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';

/** A pass of B, and one of A at the moment at which B's first call of that endpoint is under way. */
async function passBetween(world: World, endpoint: string): Promise<void> {
  let isDone = false;
  await world.pass('B', {
    onCall: async (call) => {
      if (call.endpoint === endpoint && !isDone) {
        isDone = true;
        await world.pass('A');
      }
      return null;
    },
  });
}

const finish = (world: World, copies = 0) => world.finish({ copies, withoutFresh: true });

describe.each(['documented', 'servers', 'ghosts'] as const)('host %s', (habit) => {
  const options = { habits: [habit], memory: {} } as const;

  it('a new file', () =>
    inWorld(options, async (world) => {
      await begin(world, { 'd/x': '2' });
      await world.person('A').write('d/f', '1');
      await world.person('B').remove('d');
      await passBetween(world, 'folder/delete');
      await finish(world);
      expectFiles(world, { 'd/f': '1' });
    }));

  it('a file that was moved there', () =>
    inWorld(options, async (world) => {
      await begin(world, { f: '1', 'd/x': '2' });
      await world.person('A').move('f', 'd/f');
      await world.person('B').remove('d');
      await passBetween(world, 'folder/delete');
      await finish(world);
      expectFiles(world, { 'd/f': '1' });
    }));

  it('a file that was moved there, where a file takes the name of the folder', () =>
    inWorld(options, async (world) => {
      await begin(world, { f: '1', 'd/x': '2' });
      await world.person('A').move('f', 'd/f');
      await world.person('B').remove('d');
      await world.person('B').write('d', '3');
      await passBetween(world, 'folder/delete');
      await finish(world, 1);
      expectFiles(world, { 'd/f': '1', 'd (conflict)': '3' });
    }));

  it.each([
    ['whole', 0],
    ['though the first pass that sends it anew is refused', 99],
  ])('a folder that was moved there, %s', (_, refused) =>
    inWorld(options, async (world) => {
      await begin(world, { 's/f': '1', 's/t/g': '3', 'd/x': '2' });
      await world.person('A').move('s', 'd/s');
      await world.person('B').remove('d');
      await passBetween(world, 'folder/delete');
      let nth = 0;
      await world.pass('A', {
        isAlone: true,
        onCall: ({ endpoint }) => (endpoint === 'file/upload' && ++nth <= refused ? 'refused' : null),
      });
      await world.clock.advance(3_600_000);
      await finish(world);
      expectFiles(world, { 'd/s/f': '1', 'd/s/t/g': '3' });
    }),
  );

  it('nor is what stands in its place in a folder that was made anew its next version', () =>
    inWorld(options, async (world) => {
      await begin(world, { 'd/x': '2' });
      await world.person('A').write('d/f', 'mine');
      await world.person('B').remove('d');
      await passBetween(world, 'folder/delete');
      await world.person('web').mkdir('d');
      await world.person('web').write('d/f', 'theirs');
      await world.pass('A', { isAlone: true, onCall: ({ endpoint }) => (endpoint === 'download' ? 'refused' : null) });
      await world.clock.advance(3_600_000);
      await finish(world, 1);
      expectFiles(world, { 'd/f': 'theirs', 'd/f (conflict)': 'mine' });
    }));
});
