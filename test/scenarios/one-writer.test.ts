/** I11: whoever comes second to a folder that a pass is at work in makes no call and no change, and says who is at work. */
import { expect, it } from 'vitest';
import { hasCode } from '../../src/errors.ts';
import type { Pass } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';

it('S262: a second process with a state of its own stays out of a folder that another one is at work in', async () => {
  await inWorld({ seed: 'S262' }, async (world) => {
    const [first, second] = [world.computer('A'), world.computer('B')];
    await world.person('A').write('f', '1');
    await world.finish({ withoutFresh: true });

    const elsewhere = second.root;
    second.root = first.root;
    await world.person('A').write('g', '2');
    let intruder: Pass | null = null;
    world.hook.before = async (call) => {
      if (call.endpoint !== 'file/upload' || intruder !== null) return undefined;
      intruder = await second.pass();
      return undefined;
    };
    await world.pass('A');
    delete world.hook.before;
    second.root = elsewhere;

    const seen = intruder as Pass | null;
    expect(seen?.exit).toBe(1);
    expect(hasCode(seen?.error, 'state/locked')).toBe(true);
    expect(seen?.calls).toEqual([]);
    expect(seen?.touched).toEqual([]);
    await world.finish({ copies: 0 });
  });
});
