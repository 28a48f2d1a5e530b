/**
 * The core alone, on random histories: a tree that both sides agree on is changed by persons on both sides, and plans are carried
 * out on paper until there is nothing left to do. Then the trees must be equal and every content that nobody gave up must be there.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listHere, listThere } from '../support/paper-listing.ts';
import { settle, playHistory } from '../support/paper-history.ts';
import type { Choice } from '../support/paper-history.ts';
import type { Operation } from '../../src/core/operation.ts';

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
    'twin',
    'merge',
    'invert',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  name: fc.nat(1000),
}) satisfies fc.Arbitrary<Choice>;
const history = fc.array(fc.array(choice, { maxLength: 10 }), { minLength: 1, maxLength: 4 });

const RUNS = Number(process.env['PLANNER_RUNS'] ?? 1500);
const SEED = Number(process.env['PLANNER_SEED'] ?? 20261122);

type Tamper = (operations: readonly Operation[]) => readonly Operation[];

interface How {
  readonly portion?: number;
  readonly tamper?: Tamper;
}

/** Plays a history and checks what must hold; throws where it does not. */
function check(rounds: readonly (readonly Choice[])[], recognises: boolean, shuffle: number, how: How = {}): void {
  const { world, alive } = playHistory(rounds, recognises, (paper) => {
    const report = settle(paper, { shuffle, ...how });
    expect(report.problems).toEqual([]);
    expect(report.rounds).toBeLessThanOrEqual(8);
  });
  expect(listHere(world)).toEqual(listThere(world));
  const fresh = world.anew();
  expect(settle(fresh, { ...how, shuffle, tamper: (operations) => operations }).problems).toEqual([]);
  expect(listHere(fresh), 'a computer that begins anew').toEqual(listHere(world));
  const held = new Set(listHere(world).flatMap(({ content }) => (content === null ? [] : [content])));
  for (const content of alive) expect(held, `content ${content} is lost`).toContain(content);
}

const none = { a: 0, b: 0, name: 0 };

function here(act: Choice['act'], more: Partial<Choice> = {}): Choice {
  return { ...none, side: 'local', act, ...more };
}

function there(act: Choice['act'], more: Partial<Choice> = {}): Choice {
  return { ...none, side: 'remote', act, ...more };
}

describe('plans carried out on paper', () => {
  for (const recognises of [true, false]) {
    test(`end in equal trees and lose nothing, with local moves ${recognises ? 'recognised' : 'taken for removals and new items'}`, () => {
      fc.assert(
        fc.property(history, fc.nat(1000), fc.constantFrom(1000, 1, 2, 3), (rounds, shuffle, portion) => {
          check(rounds, recognises, shuffle, { portion });
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });
  }

  test('settle a file that was moved on both sides, into a folder that the host removed and onto a name that is new here', () => {
    const made = [here('create'), here('kind'), here('create', { name: 176 }), here('create', { name: 623 })];
    const rounds = [
      [...made, here('mkdir', { name: 164 })],
      [here('mkdir', { b: 50 }), here('create', { name: 532 })],
      [here('create', { b: 803 }), there('remove'), here('remove', { a: 807 }), here('edit')],
      [
        there('remove'),
        here('create', { b: 305, name: 461 }),
        here('swap', { a: 522, b: 593 }),
        there('twin', { a: 474, b: 7, name: 416 }),
      ],
    ];
    check(rounds, true, 999);
  });

  test('come to an end where a folder takes the name of one that goes only after its file went into the first', () => {
    const rounds = [
      [here('create', { name: 194 }), here('mkdir', { name: 622 }), here('mkdir', { name: 216 })],
      [here('mkdir', { b: 93, name: 28 }), here('create', { b: 862 })],
      [here('remove', { a: 260 }), here('remove'), here('create')],
      [
        there('remove'),
        there('move', { name: 981 }),
        there('create', { b: 7 }),
        here('swap', { a: 299, b: 534 }),
        there('twin', { a: 658, b: 7 }),
      ],
    ];
    check(rounds, true, 0);
  });

  test('lift a folder out of another before what is to hold the other goes into it', () => {
    const rounds = [
      [there('create'), there('kind', { name: 777 })],
      [
        here('remove', { a: 249 }),
        there('create', { b: 513 }),
        here('move', { name: 599 }),
        here('create', { b: 31, name: 647 }),
        there('kind'),
        there('mkdir', { name: 209 }),
      ],
      [
        here('create'),
        here('move', { a: 628, b: 582, name: 191 }),
        here('move', { a: 640, name: 106 }),
        here('edit'),
        here('move', { b: 375 }),
      ],
    ];
    check(rounds, true, 7);
  });

  test('take back a second move of a folder where the first that was taken back closed another ring', () => {
    const rounds = [
      [there('create'), there('move', { name: 1 }), here('create', { name: 386 })],
      [
        there('move', { a: 495, name: 17 }),
        there('kind', { a: 201 }),
        there('create', { b: 15, name: 1 }),
        there('kind', { a: 4, name: 1 }),
        here('kind'),
        here('move', { a: 473 }),
      ],
      [there('move', { a: 139, b: 42 }), here('move', { a: 578, b: 189 }), here('move', { a: 45, b: 479 })],
    ];
    check(rounds, true, 0);
  });

  test('make a folder only once the one that has its name is gone, whose file is to stand in the new one', () => {
    const rounds = [
      [here('create'), here('create', { name: 826 })],
      [
        here('remove'),
        here('kind'),
        there('swap', { b: 343 }),
        there('move', { name: 42 }),
        there('mkdir', { name: 708 }),
        there('edit'),
      ],
      [there('merge', { a: 69, b: 445 }), here('move', { a: 868 })],
    ];
    check(rounds, false, 1000);
  });

  test.each([0, 1, 2, 3])('settle two files that are exchanged here and edited on both sides (order %i)', (shuffle) => {
    const at = { a: 0, b: 0, name: 0 };
    const rounds: readonly (readonly Choice[])[] = [
      [
        { ...at, side: 'local', act: 'create', name: 0 },
        { ...at, side: 'local', act: 'create', name: 1 },
      ],
      [
        { ...at, side: 'local', act: 'edit', a: 0 },
        { ...at, side: 'local', act: 'edit', a: 1 },
        { ...at, side: 'local', act: 'swap', a: 0, b: 1 },
        { ...at, side: 'remote', act: 'edit', a: 0 },
        { ...at, side: 'remote', act: 'edit', a: 0 },
      ],
    ];
    check(rounds, true, shuffle);
  });

  const faults: readonly (readonly [string, Tamper])[] = [
    ['conflict copies are not made', (operations) => operations.filter((op) => op.kind !== 'conflictCopy')],
    [
      'work is trashed with its folder',
      (operations) => operations.filter((op) => op.kind !== 'upload' || op.replaces !== null),
    ],
    ['waits are ignored', (operations) => operations.map((op) => ({ ...op, after: [] }))],
    [
      'a download is taken for done',
      (operations) => operations.filter((op) => op.kind !== 'download' || op.over === null),
    ],
  ];
  test.each(faults)('show the fault when %s: the check is not blind', (_, tamper) => {
    const run = fc.check(
      fc.property(history, fc.nat(1000), (rounds, shuffle) => {
        check(rounds, true, shuffle, { tamper });
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    expect(run.failed).toBe(true);
  });
});
