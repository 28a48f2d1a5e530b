/** Two computers on one account of a host that keeps one token an account: each sign-in ends the other's, also in the middle of an upload. */
import { expect, it } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';
import { countOf, expectFiles } from './play.ts';

const files = 12;

it.each(['one', 'two', 'three'])(
  'both get their long uploads through in one pass, with few sign-ins, and next to nothing travels twice (%s)',
  (seed) =>
    inWorld(
      { seed: `two sign-ins ${seed}`, habits: ['servers', 'one-token'], isConcurrent: true, memory: {} },
      async (world) => {
        const all = ['A', 'B'].flatMap((name) =>
          Array.from({ length: files }, (_, at) => [name, `${name}${at}`, `${name} ${at}`.padEnd(2_000, '.')] as const),
        );
        for (const [name, path, content] of all) await world.person(name).write(path, content);
        // the bytes of an upload are on their way for two minutes; whether its token is good the host looks at their end
        world.hook.before = async ({ endpoint }) => {
          await world.clock.sleep(endpoint === 'file/upload' ? 120_000 : 50);
          return undefined;
        };
        const passes = await world.passTogether('A', 'B');
        delete world.hook.before;
        for (const { exit, error, calls } of passes) {
          expect([exit, error]).toEqual([0, null]);
          expect(countOf(calls, 'authorize')).toBeLessThanOrEqual(6);
          expect(countOf(calls, 'file/upload')).toBeLessThanOrEqual(files + 4);
        }
        expect(sum(passes, 'authorize')).toBeGreaterThan(2); // they did end each other's
        await world.finish({ copies: 0 });
        expectFiles(world, Object.fromEntries(all.map(([, path, content]) => [path, content])));
      },
    ),
);

function sum(passes: readonly Pass[], endpoint: string): number {
  return passes.reduce((count, { calls }) => count + countOf(calls, endpoint), 0);
}
