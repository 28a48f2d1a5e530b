/** The hosts that scenarios are played on. */
import type { Habit } from '../../src/host/habits.ts';

export const everyHabit: readonly (readonly [string, readonly Habit[]])[] = [
  ['documented', ['documented']],
  ['servers', ['servers']],
  ['ghosts', ['ghosts']],
  ['servers + ghosts + one-token', ['servers', 'ghosts', 'one-token']],
  ['awkward', ['awkward']],
  ['servers + awkward', ['servers', 'awkward']],
];
