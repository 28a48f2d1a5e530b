/** On random histories: what follows from three trees follows from their pseudonyms too, in pseudonyms. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Anonymous, readTrees } from '../../src/core/anonymous.ts';
import { playHistory, settle } from '../support/paper-history.ts';
import type { Choice } from '../support/paper-history.ts';
import type { PaperWorld } from '../support/paper-world.ts';
import { replay } from '../support/replay.ts';
import type { Decision } from '../support/replay.ts';

const acts = ['create', 'mkdir', 'edit', 'remove', 'move', 'copy', 'kind', 'swap', 'twin'] as const;
const choice = fc.record({
  side: fc.constantFrom('local', 'remote'),
  act: fc.constantFrom(...acts),
  a: fc.nat(1000),
  b: fc.nat(1000),
  name: fc.nat(1000),
}) satisfies fc.Arbitrary<Choice>;
const history = fc.array(fc.array(choice, { maxLength: 10 }), { minLength: 1, maxLength: 3 });

const RUNS = Number(process.env['PLANNER_RUNS'] ?? 150);

const policy = { nowMs: 0, conflictMade: '2026-01-01 00-00-00 computer1', nextVersionWaitMs: 600_000 };

/** As the report of it would have it, and what it would say that follows. */
function reported(world: PaperWorld): { readonly open: Decision; readonly wanted: ReturnType<typeof replay> } {
  const trees = readTrees(world);
  const blank = { policy, steps: [], problems: [], waiting: [] };
  const plain = replay({ ...blank, trees });
  const anonymous = new Anonymous(trees);
  const open = { ...blank, trees: anonymous.trees(trees) };
  const shown = <Told extends { readonly path: string }>(told: readonly Told[]): Told[] =>
    told.map((one) => ({ ...one, path: anonymous.names.path(one.path) }));
  return {
    open,
    wanted: {
      steps: plain.steps.map((step) => anonymous.step(step)),
      problems: shown(plain.problems),
      waiting: shown(plain.waiting),
    },
  };
}

const inOrder = ({ steps, problems, waiting }: ReturnType<typeof replay>): readonly (readonly string[])[] =>
  [steps, problems, waiting].map((list) => list.map((one) => JSON.stringify(withSortedCovers(one))).sort());

function withSortedCovers(one: object): object {
  return 'covers' in one && Array.isArray(one.covers)
    ? { ...one, covers: one.covers.map((each) => JSON.stringify(each)).sort() }
    : one;
}

it('the decision made from pseudonyms is the pseudonym of the decision', () => {
  fc.assert(
    fc.property(history, (rounds) => {
      playHistory(rounds, true, (world) => {
        const { open, wanted } = reported(world);
        expect(inOrder(replay(open))).toEqual(inOrder(wanted));
        settle(world);
      });
    }),
    { numRuns: RUNS, seed: 20261122 },
  );
});
