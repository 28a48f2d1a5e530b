/** Folders that two computers move into each other at the same moment: the host does not check, and lists neither of them any more. */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles } from './play.ts';

/** Below `above`: A has looked, and its call is under way; at that moment B makes its own. */
async function moveIntoEachOther(world: World, above = ''): Promise<void> {
  await world.person('A').move(`${above}P`, `${above}Q/P`);
  await world.person('B').move(`${above}Q`, `${above}P/Q`);
  world.hook.before = async (call) => {
    if (call.endpoint !== 'folder/edit') return undefined;
    delete world.hook.before;
    await world.computer('B').pass();
    return undefined;
  };
  await world.computer('A').pass();
  for (const name of ['P', 'Q']) expect(world.web.find(`${above}${name}`)).toBeUndefined();
}

describe('S085: folders that are moved into each other on two computers at once', () => {
  it.each(['A', 'B'])('are found again and stand alike everywhere, whoever looks first (%s)', (first) =>
    inWorld({ seed: `ring ${first}`, habits: ['servers'], isConcurrent: true }, async (world) => {
      await begin(world, { 'P/x': '1', 'P/s/y': '2', 'Q/z': '3', top: '4' });
      await moveIntoEachOther(world);
      const second = first === 'A' ? 'B' : 'A';
      const passes = world.passes.length;
      const pass = await world.goodPass(first);
      expect(pass.after.size).toBe(pass.before.size); // whatever was moved, nothing went
      await world.goodPass(second);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'P/x': '1', 'P/s/y': '2', 'P/Q/z': '3', top: '4' });
      const calls = world.passes.slice(passes).flatMap((one) => one.calls);
      expect(calls.filter(({ endpoint }) => endpoint === 'download' || endpoint === 'file/upload').length).toBe(4); // the computer set up anew
      expect(world.passes.slice(passes).flatMap((one) => one.changingCalls).length).toBe(1);
    }),
  );

  it.each(['what is new', 'what was edited'])('are found again with %s in them, passes side by side', (what) =>
    inWorld({ seed: `ring with ${what}`, habits: ['servers'], isConcurrent: true, memory: {} }, async (world) => {
      await begin(world, { 'P/p': '1', 'Q/q': '2' });
      await world.person('A').move('P', 'Q/P');
      await world.person('B').move('Q', 'P/Q');
      const [mine, theirs] = what === 'what is new' ? ['n', 'm'] : ['p', 'q'];
      await world.person('A').write(`Q/P/${mine}`, '3');
      await world.person('B').write(`P/Q/${theirs}`, '4');
      for (let nth = 0; nth < 3; nth++) await world.passTogether('A', 'B');
      await world.finish({ copies: 0 });
      const known = { 'P/p': '1', 'P/Q/q': '2' };
      const inOrder = { ...known, [`P/${mine}`]: '3', [`P/Q/${theirs}`]: '4' };
      expectFiles(world, [inOrder, { 'Q/q': '2', 'Q/P/p': '1', [`Q/P/${mine}`]: '3', [`Q/${theirs}`]: '4' }]);
    }),
  );

  it('do not come to where a rule leaves them out', () =>
    inWorld({ habits: ['servers'], isConcurrent: true, config: { ignore: ['/P/'] } }, async (world) => {
      await begin(world, { 'Z/P/x': '1', 'Z/P/s/y': '2', 'Z/Q/z': '3', top: '4' });
      await moveIntoEachOther(world, 'Z/');
      await world.finish({ copies: 0 });
      expectFiles(world, { 'Z/P/x': '1', 'Z/P/s/y': '2', 'Z/P/Q/z': '3', top: '4' });
    }));

  it('a folder that was moved below itself on the page of the host is found again', () =>
    inWorld({ seed: 'below itself', habits: ['servers'], isConcurrent: true }, async (world) => {
      await begin(world, { 'P/Q/x': '1', 'P/y': '2' });
      const [outer, inner] = [world.web.mustFind('P').id, world.web.mustFind('P/Q').id];
      await world.web.call('folder/move', { folder_id: String(outer), new_parent_folder_id: String(inner) });
      expect(world.web.items()).toEqual([]);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'P/Q/x': '1', 'P/y': '2' });
    }));

  it('a folder that is really gone costs one question, and goes', () =>
    inWorld({ seed: 'no ring' }, async (world) => {
      await begin(world, { 'P/Q/x': '1', 'P/y': '2', top: '3' });
      await world.person('web').remove('P');
      const pass = await world.goodPass('A');
      expect(pass.calls.filter(({ endpoint }) => endpoint === 'folder/info').length).toBe(1);
      await world.finish();
      expectFiles(world, { top: '3' });
    }));
});
