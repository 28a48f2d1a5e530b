/**
 * Scenarios as rows: what all have at first, what one side does, what the other does before it hears of it, and what everybody must have
 * in the end. A row is played with the two sides on two computers and on a computer and the host's page, and exchanged.
 */
import { expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import type { Pass } from '../support/computer.ts';
import type { Person } from '../support/person.ts';
import type { Call } from '../support/traffic.ts';
import { everyHabit } from './hosts.ts';
import { inWorld } from '../support/world.ts';
import type { Allowance, World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';

/** `A` and `B` are alike; who passes first is not, and the web page is another thing. Rows take turns. */
const mirrored: readonly (readonly [string, string])[] = [
  ['A', 'B'],
  ['B', 'A'],
  ['web', 'A'],
  ['A', 'web'],
];
/** Where the other side does nothing. */
const single: readonly (readonly [string, string])[] = [
  ['A', 'B'],
  ['web', 'A'],
];
const isThorough = process.env['YETISYNC_ALL_HABITS'] !== undefined;

/** Paths and contents; null is a folder. `(conflict)` stands for the mark of a conflict copy. */
export type Files = Readonly<Record<string, string | null>>;

export type Deed = (person: Person, world: World) => Promise<void> | void;

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly start: Files;
  readonly one: Deed;
  /** What the other side does before it hears of it. */
  readonly other?: Deed;
  /** One of these must be what everybody has. */
  readonly end: Files | readonly Files[];
  readonly copies?: number;
  /** Who can play it, `[one, other]`; all if left out. */
  readonly by?: readonly (readonly [string, string])[];
  /** Contents that are new to the other computers, where only one side does something: so many travel, and no more. */
  readonly news?: number;
  readonly allowance?: Allowance;
  /** More to check. `passes`: all since the deeds. */
  readonly check?: (world: World, passes: readonly Pass[], players: readonly [string, string]) => void;
}

/**
 * Plays each row by one pair of players, each row by another and on another host. `YETISYNC_ALL_HABITS` plays all on all,
 * with a computer that is set up anew at the end of each.
 */
export function playRows(rows: readonly Row[]): void {
  rows.forEach((row, at) => {
    const all = row.by ?? (row.other === undefined ? single : mirrored);
    const players = isThorough ? all : all.slice(at % all.length).slice(0, 1);
    players.forEach(([one, other], nth) => {
      const hosts = !isThorough ? [everyHabit[(at + nth) % everyHabit.length]!] : everyHabit;
      for (const [name, habits] of hosts) {
        const who = row.other === undefined ? one : `${one} and ${other}`;
        it(`${row.id}: ${row.title} (${who}, host ${name})`, () =>
          playRow(row, [one, other], habits, isThorough || at % 3 === 0));
      }
    });
  });
}

async function playRow(
  row: Row,
  players: readonly [string, string],
  habits: readonly Habit[],
  withFresh: boolean,
): Promise<void> {
  await inWorld({ seed: `${row.id} ${players.join(' ')}`, habits }, async (world) => {
    await begin(world, row.start);
    const before = world.passes.length;
    await row.one(world.person(players[0]), world);
    await row.other?.(world.person(players[1]), world);
    const order = players[0] === 'B' ? ['B', 'A'] : ['A', 'B'];
    await world.settle({ order });
    const passes = world.passes.slice(before);
    await world.finish({
      ...(row.copies === undefined ? {} : { copies: row.copies }),
      ...(withFresh ? {} : { withoutFresh: true }),
      ...row.allowance,
    });
    expectFiles(world, row.end);
    if (row.other === undefined && row.news !== undefined) checkTraffic(row.news, players[0], passes);
    row.check?.(world, passes, players);
  });
}

/** One tree on all, settled. */
export async function begin(world: World, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) await world.person('A').mkdir(path);
    else await world.person('A').write(path, content);
  }
  await world.finish({ withoutFresh: true });
}

/** What everybody has; that all have the same is for `finish` to see. */
export function expectFiles(world: World, wanted: Files | readonly Files[]): void {
  const found = Object.fromEntries(
    [...world.web.shape()]
      .map(([path, value]) => [withoutMark(path), value === 'folder' ? null : value] as const)
      .sort(),
  );
  const isList = (value: Files | readonly Files[]): value is readonly Files[] => Array.isArray(value);
  const choices = (isList(wanted) ? wanted : [wanted]).map(inFull);
  const isOne = choices.some((choice) => JSON.stringify(choice) === JSON.stringify(found));
  if (!isOne) expect(found).toEqual(choices[0]);
}

/** With the folders above, contents as MD5s, sorted. */
function inFull(files: Files): Readonly<Record<string, string | null>> {
  const full = new Map<string, string | null>();
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) full.set(parts.slice(0, depth).join('/'), null);
    full.set(path, content === null ? null : md5Of(content));
  }
  return Object.fromEntries([...full].sort());
}

function withoutMark(path: string): string {
  return path.replaceAll(/ \(conflict [^)]*\)/g, ' (conflict)');
}

/** I20: only what is new travels, once up and once down to each of the other computers. */
function checkTraffic(news: number, actor: string, passes: readonly Pass[]): void {
  const calls = passes.flatMap((pass) => pass.calls);
  expect({ up: countOf(calls, 'file/upload'), down: countOf(calls, 'download') }).toEqual({
    up: actor === 'web' ? 0 : news,
    down: actor === 'web' ? 2 * news : news,
  });
  // what somebody did on the host itself is only followed
  if (actor === 'web') expect(passes.flatMap((pass) => pass.changingCalls)).toEqual([]);
}

export function countOf(calls: readonly Call[], endpoint: string): number {
  return calls.filter((call) => call.endpoint === endpoint).length;
}
