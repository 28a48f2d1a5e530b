import { describe, expect, it } from 'vitest';
import { believe, nothingBelieved } from '../../src/core/believed-time.ts';

const day = 86_400_000;
const begin = 20_000 * day;

/** What is believed at each of these days, counted from the first; `null`: nothing as yet. */
function believedAt(days: readonly number[]): (number | null)[] {
  let time = nothingBelieved;
  return days.map((at) => {
    time = believe(time, begin + at * day);
    return time.believedMs === 0 ? null : (time.believedMs - begin) / day;
  });
}

describe('the time that is believed', () => {
  it.each<[string, readonly number[], readonly (number | null)[]]>([
    ['is the clock, a day after the first look', [0, 0.5, 1, 1.1, 2.5], [null, null, 1, 1.1, 2.5]],
    [
      'stays behind a clock that is far ahead for a while',
      [0, 1, 81, 81.1, 81.9, 1.1, 1.2],
      [null, 1, 1, 1, 1, 1.1, 1.2],
    ],
    ['is that of the look before for who looks once a week', [0, 7, 14, 21, 28], [null, 0, 7, 14, 21]],
    ['catches up with a clock that goes on by small steps', [0, 1, 10, 10.5, 11, 11.5], [null, 1, 1, 1, 11, 11.5]],
    [
      'goes back with a clock that is set back, and on with one that is set right',
      [0, 1, -900, 1.5, 2, 2.5],
      [null, 1, -900, -900, -900, 2.5],
    ],
    ['counts the day from the earliest time of those in doubt', [0, 1, 81, 41, 41.5, 42], [null, 1, 1, 1, 1, 42]],
  ])('%s', (_title, days, expected) => {
    const found = believedAt(days);
    expect(found.map((at) => at && Math.round(at * 10) / 10)).toEqual(expected);
  });
});
