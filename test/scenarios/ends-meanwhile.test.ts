/**
 * A large file is under way behind the portions of a pass, and comes to its end while the next portion is gathered, looked through for moves or
 * decided: at each of the moments at which that rests.
 */
import { expect, it } from 'vitest';
import type { Disk } from '../../src/ports.ts';
import { inWorld, SLOW } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf } from './play.ts';

const numbers = Array.from({ length: 45 }, (_, nth) => nth);
const known = {
  old: 'known and small',
  ...Object.fromEntries(numbers.map((nth) => [`t${nth}`, `known ${nth}`] as const)),
};
const PORTION = 20;
const large = (what: string): string => what.padEnd(SLOW.largeFrom, '.');

/** A pass of A in which the large file is held up until the pass rests for the `nth` time between its first portion and its second; `null`: it never does. */
async function passUntilRest(world: World, nth: number) {
  const { clock } = world;
  const sleep = clock.sleep.bind(clock);
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  let uploads = 0;
  let isBegun = false;
  let rests = 0;
  clock.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    const isBetween = isBegun && (uploads === PORTION - 1 || uploads === PORTION);
    if (!isBetween || ms > 0 || ++rests !== nth) return;
    goOn();
    await sleep(5_000, signal); // it comes to its end
  };
  const holdUp = (): Promise<void> => {
    isBegun = true;
    return gate;
  };
  const real = world.computer('A').disk;
  const disk: Disk = {
    ...real,
    async open(...how) {
      if (/\/(large|old)$/.test(how[0])) await holdUp();
      return real.open(...how);
    },
  };
  try {
    const pass = world.pass('A', {
      isAlone: false,
      disk,
      async onCall({ endpoint }) {
        if (endpoint === 'download') await holdUp();
        if (endpoint === 'file/upload') uploads++;
        return null;
      },
    });
    const reached = new Promise<void>((resolve) => void pass.finally(resolve));
    void sleep(60_000).then(goOn); // where it never rests so often
    await reached;
    return rests < nth ? null : await pass;
  } finally {
    clock.sleep = sleep;
  }
}

it.each([
  ['a new one here', { who: 'A', path: 'large', transfers: 46, step: 1 }],
  ['an edited one here', { who: 'A', path: 'old', transfers: 46, step: 4 }],
  ['a new one on the host', { who: 'web', path: 'large', transfers: 45, step: 4 }],
  ['an edited one on the host', { who: 'web', path: 'old', transfers: 45, step: 4 }],
])('%s travels once, and has no copy', async (_, { who, path, transfers, step }) => {
  let tried = 0;
  for (let nth = 1, isReached = true; isReached; nth += step) {
    await inWorld(
      { seed: `${path} ${nth}`, computers: ['A'], memory: {}, portion: PORTION, slow: { ...SLOW, transferMs: 1 } },
      async (world) => {
        await begin(world, known);
        await world.person(who).write(path, large('content'));
        for (const nth of numbers) await world.person('A').write(`t${nth}`, `edited ${nth}`);
        const pass = await passUntilRest(world, nth);
        isReached = pass !== null;
        if (pass === null) return;
        tried++;
        expect(pass.exit).toBe(0);
        expect(countOf(pass.calls, 'file/upload')).toBe(transfers);
        expect(countOf(pass.calls, 'download')).toBe(46 - transfers);
        await world.finish({ copies: 0, withoutFresh: true });
        expect(world.web.shape().size).toBe(path === 'old' ? 46 : 47);
      },
    );
  }
  expect(tried).toBeGreaterThan(3);
});
