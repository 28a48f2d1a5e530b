/**
 * The core alone, on random histories: a tree that both sides agree on is changed by persons on both sides, and plans are carried
 * out on paper until there is nothing left to do. Then the trees must be equal and every content that nobody gave up must be there.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settle, playHistory } from '../support/paper-history.ts';
import type { Choice } from '../support/paper-history.ts';

const choice = fc.record({
  side: fc.constantFrom('local', 'remote'),
  act: fc.constantFrom(
    'create',
    'create',
    'mkdir',
    'edit',
    'edit',
    'remove',
    'remove',
    'move',
    'move',
    'move',
    'copy',
    'kind',
    'swap',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  name: fc.nat(1000),
}) satisfies fc.Arbitrary<Choice>;
const history = fc.array(fc.array(choice, { maxLength: 10 }), { minLength: 1, maxLength: 4 });

const RUNS = Number(process.env['PLANNER_RUNS'] ?? 1500);
const SEED = Number(process.env['PLANNER_SEED'] ?? 20261122);

describe('plans carried out on paper', () => {
  for (const recognises of [true, false]) {
    test(`end in equal trees and lose nothing, with local moves ${recognises ? 'recognised' : 'taken for removals and new items'}`, () => {
      fc.assert(
        fc.property(history, (rounds) => {
          const { world, alive } = playHistory(rounds, recognises, (paper) => {
            const report = settle(paper);
            expect(report.problems).toEqual([]);
            expect(report.rounds).toBeLessThanOrEqual(8);
          });
          expect(world.listHere()).toEqual(world.listThere());
          const held = new Set(world.listHere().flatMap(({ content }) => (content === null ? [] : [content])));
          for (const content of alive) expect(held, `content ${content} is lost`).toContain(content);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });
  }
});
