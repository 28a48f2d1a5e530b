/** Which histories of the engine are played: arbitraries for `playEngineHistory`. */
import fc from 'fast-check';
import { everyHabit } from '../scenarios/hosts.ts';
import { acts } from '../support/deeds.ts';
import type { Act, Deed } from '../support/deeds.ts';
import type { History, Step } from '../support/engine-history.ts';

/** How often each act comes, as in a person's day; moves above all. */
const weights: Readonly<Record<Act, number>> = {
  create: 5,
  'create again': 3,
  'create equal': 2,
  edit: 5,
  'edit by a new file': 1,
  'edit with a backup': 1,
  'edit unseen': 1,
  empty: 1,
  touch: 1,
  'remove file': 3,
  remove: 3,
  rename: 5,
  move: 5,
  'move back': 2,
  'move over': 2,
  swap: 2,
  rotate: 1,
  merge: 1,
  invert: 1,
  respell: 2,
  mkdir: 3,
  copy: 2,
  kind: 2,
  twin: 1,
  restore: 1,
  'move out': 1,
  'move in': 1,
  link: 1,
};

/** Names that a host maps onto each other, and some plain ones. */
const pool = [
  'a',
  'b',
  'A',
  'a (2)',
  'a (conflict A 1)',
  '.a',
  'a"',
  ' a',
  'a.',
  '\u00e9',
  'e\u0301',
  '👍',
  'null',
  '0',
];

const number = fc.nat(999);

function deedOf(possible: readonly Act[]): fc.Arbitrary<Deed> {
  const act = fc.oneof(...possible.map((one) => ({ arbitrary: fc.constant(one), weight: weights[one] })));
  return fc.record({ act, who: number, a: number, b: number, name: number });
}

const made = deedOf(['create', 'create equal', 'mkdir', 'copy']);

/** Where `a` and `A` are one, nobody has both. */
const caselessPool = pool.filter((name) => name === name.toLowerCase());

/** How a history goes beside what persons do. */
interface Course {
  /** Somebody is at work in the middle of passes too, and passes are killed. */
  readonly isHarsh: boolean;
  /** Passes look at some folders only, as the daemon's do. */
  readonly looksHereAndThere: boolean;
  /** Rules come and go. */
  readonly hasRules: boolean;
  /** So does the ignore file that all share, and what stands in it. */
  readonly hasIgnoreFile: boolean;
  /** On the disk of the last computer `a` and `A` are one. */
  readonly isCaseless: boolean;
}

function stepOf(
  deed: fc.Arbitrary<Deed>,
  { isHarsh, looksHereAndThere, hasRules, hasIgnoreFile }: Course,
): fc.Arbitrary<Step> {
  const pass = fc.record({ pass: number });
  const calm: fc.WeightedArbitrary<Step>[] = [
    { arbitrary: deed, weight: 12 },
    { arbitrary: pass, weight: 4 },
    { arbitrary: fc.constant({ settle: true as const }), weight: 1 },
  ];
  const call = fc.nat(40);
  const harsh: fc.WeightedArbitrary<Step>[] = [
    { arbitrary: fc.record({ during: number, call, deed: fc.oneof(deed, pass) }), weight: 2 },
    { arbitrary: fc.record({ killed: number, call, after: fc.boolean() }), weight: 1 },
    { arbitrary: fc.record({ lost: number, call }), weight: 1 },
    { arbitrary: fc.record({ stopped: number, call }), weight: 1 },
    { arbitrary: fc.record({ refused: number, call: fc.nat(3) }), weight: 1 },
    { arbitrary: fc.record({ together: number }), weight: 2 },
    { arbitrary: fc.record({ during: number, call, deed, isNews: fc.constant(true as const) }), weight: 1 },
  ];
  const looks = { arbitrary: fc.record({ looking: number, here: number, there: number }), weight: 4 };
  const rules = { arbitrary: fc.record({ rule: number, name: number }), weight: 2 };
  const ignoreFile = { arbitrary: fc.record({ ignoreFile: number, name: number }), weight: 2 };
  return fc.oneof(
    ...calm,
    ...(isHarsh ? harsh : []),
    ...(looksHereAndThere ? [looks] : []),
    ...(hasRules ? [rules] : []),
    ...(hasIgnoreFile ? [ignoreFile] : []),
  );
}

const seldom = fc.nat(5).map((nth) => nth === 5);

/** `harsh`: somebody is at work in the middle of passes too, and passes are killed. */
export function histories({ harsh }: { readonly harsh: boolean }): fc.Arbitrary<History> {
  const kinds: fc.Arbitrary<readonly Act[]> = fc.oneof(
    // a history that does few kinds of things gets into states that an even mixture does not
    { arbitrary: fc.subarray([...acts], { minLength: 3, maxLength: 8 }), weight: 3 },
    { arbitrary: fc.constant(acts), weight: 1 },
  );
  const courses = fc.record({
    isHarsh: fc.constant(harsh),
    looksHereAndThere: seldom,
    hasRules: seldom,
    hasIgnoreFile: seldom,
    isCaseless: seldom,
  });
  return fc.tuple(kinds, courses).chain(([possible, course]) => {
    const acts = possible.filter((act) => !course.isCaseless || act !== 'respell');
    const deed = deedOf(acts);
    return fc.record({
      computers: fc.oneof(
        { arbitrary: fc.constant(2), weight: 12 },
        { arbitrary: fc.constant(3), weight: 6 },
        { arbitrary: fc.constant(1), weight: 2 },
      ),
      withWeb: fc.boolean(),
      habits: fc.constantFrom(...everyHabit.map(([, habits]) => habits)),
      names: fc.shuffledSubarray(course.isCaseless ? caselessPool : pool, { minLength: 4, maxLength: 4 }),
      ...(course.isCaseless ? { spelling: fc.constant('caseless' as const) } : {}),
      start: fc.constantFrom<History['start'][]>('settled', 'settled', 'settled', 'apart', 'same'),
      tree: fc.array(made, { maxLength: 7 }),
      steps: fc.oneof(
        { arbitrary: fc.array(stepOf(deed, course), { minLength: 1, maxLength: 16, size: 'max' }), weight: 24 },
        { arbitrary: fc.array(stepOf(deed, course), { minLength: 16, maxLength: 40, size: 'max' }), weight: 1 },
      ),
      inodes: fc.constantFrom<History['inodes'][]>('reused', 'new'),
      births: fc.boolean(),
      withFresh: fc.boolean(),
      portion: fc.constantFrom(1000, 1, 2, 3),
      isSlow: fc.boolean(),
    });
  });
}
