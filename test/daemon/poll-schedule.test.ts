/** The schedule against a host of folders that are listed at once, on a clock that is a number. */
import { describe, expect, it } from 'vitest';
import type { RemoteId } from '../../src/core/entry.ts';
import { PollSchedule } from '../../src/daemon/poll-schedule.ts';
import type { PollSettings } from '../../src/daemon/poll-schedule.ts';

const id = (number: number): RemoteId => `d${number}` as RemoteId;
const usual: PollSettings = { intervalMs: 60_000, fullSweepMs: 900_000, requestsPerSecond: 5 };

interface Played {
  readonly listed: ReadonlyMap<RemoteId, readonly number[]>;
  readonly calls: number;
  readonly sweeps: number;
}

/** Lists whatever is due, from second to second, as the loop does. */
function play(
  schedule: PollSchedule,
  folders: number,
  {
    fromMs = 0,
    forMs,
    news = () => false,
  }: { fromMs?: number; forMs: number; news?: (id: RemoteId, ms: number) => boolean },
): Played {
  const all = Array.from({ length: folders }, (_, n) => id(n));
  const listed = new Map<RemoteId, number[]>();
  let calls = 0;
  let sweeps = 0;
  for (let ms = fromMs; ms < fromMs + forMs; ms += 1_000) {
    if (schedule.nextMs(ms) > ms) continue;
    if (schedule.sweepIsDue(ms)) {
      schedule.know(all);
      schedule.beginSweep(ms);
    }
    for (const folder of schedule.due(ms)) {
      calls++;
      listed.set(folder, [...(listed.get(folder) ?? []), ms]);
      schedule.note({ folder, children: [], isNews: news(folder, ms), hidesSome: false }, ms);
    }
    if (schedule.endOfSweep() === 'complete') sweeps++;
  }
  return { listed, calls, sweeps };
}

/** As after the first pass, which swept everything. */
function swept(folders: number, settings = usual): PollSchedule {
  const schedule = new PollSchedule(settings, id(0));
  schedule.know(Array.from({ length: folders }, (_, n) => id(n)));
  schedule.sweptWhole(0);
  return schedule;
}

describe('what nothing happening costs an hour', () => {
  // README.md, "What watching costs", says these figures.
  it.each([
    [10, 80, 110],
    [1_000, 3_900, 4_200],
    [10_000, 17_500, 18_100],
  ])('%i folders: between %i and %i calls', (folders, least, most) => {
    const schedule = swept(folders);
    play(schedule, folders, { forMs: 3_600_000 });
    const { calls } = play(schedule, folders, { fromMs: 3_600_000, forMs: 3_600_000 });
    expect(calls).toBeGreaterThanOrEqual(least);
    expect(calls).toBeLessThanOrEqual(most);
  });
});

it.each([
  [1, 5],
  [3, 5],
  [20, 5],
  [364, 5],
  [899, 5],
  [5_000, 5],
  [20, 0],
  [5_000, 0],
])('with %i folders and a rate of %i something is due whenever it says so', (folders, requestsPerSecond) => {
  for (const isHurried of [false, true]) {
    const schedule = swept(folders, { ...usual, requestsPerSecond });
    if (isHurried) schedule.hurry();
    let ms = 0;
    for (let wakes = 0; wakes < 60; wakes++) {
      ms = Math.max(ms, schedule.nextMs(ms));
      if (schedule.sweepIsDue(ms)) {
        schedule.beginSweep(ms);
        continue;
      }
      const due = schedule.due(ms);
      expect(due, `at ${ms} ms`).not.toEqual([]);
      for (const folder of due) schedule.note({ folder, children: [], isNews: false, hidesSome: false }, ms);
      schedule.endOfSweep();
    }
  }
});

it.each([
  [10, 900_000],
  [1_000, 900_000],
  [10_000, 2_000_000],
])('of %i folders none is left alone for longer than one sweep takes', (folders, longestMs) => {
  const { listed } = play(swept(folders), folders, { forMs: 3 * longestMs });
  expect(listed.size).toBe(folders);
  for (const times of listed.values()) {
    const gaps = times.map((ms, at) => ms - (times[at - 1] ?? 0));
    // A second for each slice, and what the polls between take of the rate.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(longestMs * 1.05 + 2_000);
  }
});

it('lists the own folder, and one that showed news lately, once an interval; and no longer when nothing comes', () => {
  const news = (folder: RemoteId, ms: number): boolean => folder === id(7) && ms < 900_000;
  const { listed } = play(swept(100), 100, { forMs: 7_200_000, news });
  const times = listed.get(id(7)) ?? [];
  const first = times[0] ?? 0;
  const lively = times.filter((ms) => ms > first && ms < first + 1_700_000);
  expect(lively.length).toBeGreaterThan(25);
  expect(times.filter((ms) => ms > 3_600_000).length).toBeLessThan(8);
  const own = listed.get(id(0)) ?? [];
  expect(Math.max(...own.map((ms, at) => ms - (own[at - 1] ?? 0)))).toBeLessThanOrEqual(61_000);
});

it('keeps half of the rate for others when very many folders are lively', () => {
  const { calls } = play(swept(5_000), 5_000, { forMs: 3_600_000, news: () => true });
  expect(calls).toBeLessThanOrEqual(5 * 3_600);
});

it('lists a folder at once whose summary moved, and not for a summary that is told for the first time', () => {
  const schedule = swept(3);
  const tell = (summary: string, ms: number): void =>
    schedule.note({ folder: id(0), children: [{ id: id(1), summary }], isNews: false, hidesSome: false }, ms);
  tell('3 files', 1_000);
  expect(schedule.hasPressing).toBe(false);
  tell('4 files', 2_000);
  expect(schedule.hasPressing).toBe(true);
  expect(schedule.due(2_000)[0]).toBe(id(1));
  schedule.note({ folder: id(1), children: [], isNews: true, hidesSome: false }, 2_100);
  expect(schedule.hasPressing).toBe(false);
});

it('lists a folder at once that moved between its first listing and the next one of its parent', () => {
  const schedule = new PollSchedule(usual, id(0));
  schedule.know([id(0)]);
  // a first sweep: nobody knows of the folder before its parent tells
  schedule.note({ folder: id(0), children: [{ id: id(1), summary: 'empty' }], isNews: false, hidesSome: false }, 1_000);
  schedule.note({ folder: id(1), children: [], isNews: false, hidesSome: false }, 1_000);
  schedule.know([id(0), id(1)]);
  schedule.sweptWhole(1_000);
  expect(schedule.hasPressing).toBe(false);
  schedule.note(
    { folder: id(0), children: [{ id: id(1), summary: '3 files' }], isNews: false, hidesSome: false },
    61_000,
  );
  expect(schedule.due(61_000)).toEqual([id(1)]);
});

it('hurries when somebody waits, in slices of a second, and then takes its time again', () => {
  const schedule = swept(100);
  play(schedule, 100, { forMs: 10_000 });
  schedule.hurry();
  const { calls, sweeps } = play(schedule, 100, { fromMs: 10_000, forMs: 25_000 });
  expect(sweeps).toBe(1);
  expect(calls).toBeGreaterThanOrEqual(100);
  const after = play(schedule, 100, { fromMs: 35_000, forMs: 60_000 });
  expect(after.calls).toBeLessThan(20);
});

it('says of a sweep in which a folder could not be listed that it failed', () => {
  const schedule = swept(3);
  schedule.hurry();
  schedule.beginSweep(5_000);
  schedule.note({ folder: id(0), children: [], isNews: false, hidesSome: false }, 5_000);
  schedule.noteFailure(id(1), 5_000);
  expect(schedule.endOfSweep()).toBe('goes on');
  schedule.note({ folder: id(2), children: [], isNews: false, hidesSome: false }, 5_000);
  expect(schedule.endOfSweep()).toBe('failed');
});

it('says so too of one in which a listing could hide something: what is missing may have moved there', () => {
  const schedule = swept(2);
  schedule.hurry();
  schedule.beginSweep(5_000);
  schedule.note({ folder: id(0), children: [], isNews: false, hidesSome: false }, 5_000);
  schedule.note({ folder: id(1), children: [], isNews: false, hidesSome: true }, 5_000);
  expect(schedule.endOfSweep()).toBe('failed');
  schedule.beginSweep(6_000);
  for (const n of [0, 1]) schedule.note({ folder: id(n), children: [], isNews: false, hidesSome: false }, 6_000);
  expect(schedule.endOfSweep()).toBe('complete');
});

it('does not wait for a folder that is gone', () => {
  const schedule = swept(3);
  schedule.hurry();
  schedule.beginSweep(5_000);
  for (const n of [0, 1]) schedule.note({ folder: id(n), children: [], isNews: false, hidesSome: false }, 5_000);
  schedule.know([id(0), id(1)]);
  expect(schedule.endOfSweep()).toBe('complete');
});
