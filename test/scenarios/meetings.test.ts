/**
 * Every pair of deeds, one by each of two players, through whole passes: what comes of it is what the table of two
 * changes that meet says. All pairs stand side by side in one pair of folders, each in a folder of its own.
 */
import { describe, expect, it } from 'vitest';
import { deedOf, deeds, outcomeOf, start } from '../support/meetings.ts';
import type { Act, Outcome } from '../support/meetings.ts';
import type { Grip } from '../support/person.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';

const names = Object.keys(deeds);
const isThorough = process.env['YETISYNC_ALL_HABITS'] !== undefined;
const pairs = names.flatMap((one) => names.map((other) => [one, other] as const));
/** Each batch is a world of its own. All pairs are tried with `YETISYNC_ALL_HABITS`, else a few of them: the core is tried with all. */
const batches = Array.from({ length: 12 }, (_, nth) => pairs.filter((__, at) => at % 12 === nth));

/** One folder of a case, and what must be in it at the end. */
interface Case {
  readonly folder: string;
  readonly title: string;
  readonly byFirst: readonly Act[];
  readonly bySecond: readonly Act[];
  readonly end: Outcome;
}

/** `host`: whose deeds reach the host before the other side passes. */
function casesOf(
  list: readonly (readonly [string, string])[],
  players: readonly [string, string],
  host: 0 | 1,
): Case[] {
  return list.map(([one, other], at) => {
    const acts = [deedOf(one, players[0]), deedOf(other, players[1])] as const;
    return {
      folder: String(at),
      title: `${players[0]} ${one}, ${players[1]} ${other}`,
      byFirst: acts[0],
      bySecond: acts[1],
      end: host === 0 ? outcomeOf(acts[1], acts[0]) : outcomeOf(acts[0], acts[1]),
    };
  });
}

/** Contents are told apart by their case, so that none is taken for another's. */
function inCase({ folder }: Pick<Case, 'folder'>, content: string): string {
  return `${content.padEnd(24)} ${folder}`;
}

async function perform(world: World, grip: Grip, acts: readonly Act[], at: Case): Promise<void> {
  for (const { do: what, path, to, content } of acts) {
    const full = `${at.folder}/${path}`;
    if (what === 'remove') await grip.take(full);
    else if (what === 'move') {
      world.ledger.made(grip.name, `${at.folder}/${to}`);
      await grip.shift(full, `${at.folder}/${to}`);
    } else if (content === null || content === undefined) {
      world.ledger.made(grip.name, full);
      await grip.makeFolder(full);
    } else {
      const bytes = Buffer.from(inCase(at, content));
      world.ledger.wrote(grip.name, full, md5Of(bytes), null, false);
      await grip.put(full, bytes);
    }
  }
}

/** Contents that the table gives up are no loss. */
function expectLost(world: World, cases: readonly Case[]): number {
  const kept = new Set<string>();
  let copies = 0;
  for (const at of cases) {
    for (const [path, content] of Object.entries(at.end)) {
      if (path.endsWith(' (conflict)')) copies++;
      if (content !== null) kept.add(md5Of(inCase(at, content)));
    }
  }
  for (const md5 of world.ledger.written.keys()) if (!kept.has(md5)) world.ledger.superseded.add(md5);
  return copies;
}

function found(world: World, { folder }: Case): Record<string, string> {
  const prefix = `${folder}/`;
  return Object.fromEntries(
    [...world.web.shape()]
      .filter(([path]) => path.startsWith(prefix))
      .map(
        ([path, value]) =>
          [path.slice(prefix.length).replaceAll(/ \(conflict [^)]*\)/g, ' (conflict)'), value] as const,
      )
      .sort(),
  );
}

async function playAll(cases: readonly Case[], grips: (world: World) => readonly [Grip, Grip]): Promise<void> {
  const config = { holdRemovals: { percent: 100, count: 1_000_000 } };
  await inWorld({ seed: 'meetings', config, memory: {} }, async (world) => {
    const [first, second] = grips(world);
    const maker = world.computer('A');
    for (const at of cases) {
      await maker.makeFolder(at.folder);
      world.ledger.made('A', at.folder);
      await perform(world, maker, start, at);
    }
    await world.finish({ withoutFresh: true });
    for (const at of cases) {
      await perform(world, first, at.byFirst, at);
      await perform(world, second, at.bySecond, at);
    }
    const copies = expectLost(world, cases);
    await world.finish({ withoutFresh: true, copies });
    const wrong = cases.flatMap((at) => {
      const end = Object.fromEntries(
        Object.entries(at.end).map(([path, content]) => [
          path,
          content === null ? 'folder' : md5Of(inCase(at, content)),
        ]),
      );
      const is = found(world, at);
      return JSON.stringify(is) === JSON.stringify(end) ? [] : [{ [at.title]: is, expected: end }];
    });
    expect(wrong).toEqual([]);
  });
}

describe('two deeds that meet', () => {
  it.each(isThorough ? [...batches.keys()] : [5])(
    'by two computers, of which the first passes first: as the table says (batch %i)',
    (nth) => playAll(casesOf(batches[nth] ?? [], ['A', 'B'], 0), (world) => [world.computer('A'), world.computer('B')]),
  );

  it.each(isThorough ? [...batches.keys()] : [1])(
    'by a computer and the page of the host: what was done there stands (batch %i)',
    (nth) => playAll(casesOf(batches[nth] ?? [], ['A', 'web'], 1), (world) => [world.computer('A'), world.web]),
  );
});
