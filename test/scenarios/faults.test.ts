/**
 * Every fault on every endpoint: once, a few times, and for as long as anybody tries. What does not need that endpoint is done all the same,
 * nothing is called in a tight loop, and when the fault is over all ends as if nothing had been: no copy, no duplicate, no orphan.
 * Among them S299 (a wrong size or hash), S303 (no answer, a trickle), S305 (429), S306 (503 with a page) and S309 (a token that lapsed).
 * The test run strikes all endpoints at once and takes turns with those that fail for ever; `YETISYNC_ALL_HABITS` plays each by itself.
 */
import { describe, expect, it } from 'vitest';
import { canStrike, faults, type Fault } from '../support/faults.ts';
import type { Pass } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { countOf, expectFiles, type Files } from './play.ts';

/** Whatever a pass is made of needs these. */
const always = ['authorize', 'account/package', 'folder/listing'];

/** One thing to be synced, the endpoints that it takes, and how to see on the other side that it was done. */
interface Work {
  readonly before: Files;
  readonly by: 'A' | 'web';
  readonly act: (at: string, world: World) => Promise<void>;
  readonly needs: readonly string[];
  readonly after: Files;
}

const works: readonly Work[] = [
  {
    before: {},
    by: 'A',
    act: (at, world) => world.person('A').write(`${at}/new here`, `new ${at}`),
    needs: ['file/upload'],
    after: { 'new here': 'new' },
  },
  {
    before: { 'edited here': 'old' },
    by: 'A',
    act: (at, world) => world.person('A').write(`${at}/edited here`, `newer ${at}`),
    needs: ['file/upload', 'file/edit', 'file/delete', 'folder/create'],
    after: { 'edited here': 'newer' },
  },
  {
    before: { 'old name': 'named' },
    by: 'A',
    act: (at, world) => world.person('A').move(`${at}/old name`, `${at}/new name`),
    needs: ['file/edit'],
    after: { 'new name': 'named' },
  },
  {
    before: { 'old folder/x': 'inside' },
    by: 'A',
    act: (at, world) => world.person('A').move(`${at}/old folder`, `${at}/new folder`),
    needs: ['folder/edit'],
    after: { 'new folder/x': 'inside' },
  },
  {
    before: {},
    by: 'A',
    act: (at, world) => world.person('A').write(`${at}/made/y`, `made ${at}`),
    needs: ['folder/create', 'file/upload'],
    after: { 'made/y': 'made' },
  },
  {
    before: { 'gone here': 'gone' },
    by: 'A',
    act: (at, world) => world.person('A').remove(`${at}/gone here`),
    needs: ['file/delete'],
    after: {},
  },
  {
    before: { 'folder gone here/z': 'gone too' },
    by: 'A',
    act: (at, world) => world.person('A').remove(`${at}/folder gone here`),
    needs: ['folder/delete'],
    after: {},
  },
  {
    before: { original: 'copied' },
    by: 'A',
    act: (at, world) => world.person('A').write(`${at}/copy`, `copied ${at}`),
    needs: ['file/copy', 'file/edit', 'folder/create'],
    after: { original: 'copied', copy: 'copied' },
  },
  {
    before: {},
    by: 'web',
    act: (at, world) => world.person('web').write(`${at}/new there`, `there ${at}`),
    needs: ['file/download', 'download'],
    after: { 'new there': 'there' },
  },
  {
    before: { 'gone there': 'away' },
    by: 'web',
    act: (at, world) => world.person('web').remove(`${at}/gone there`),
    needs: ['file/info'],
    after: {},
  },
];

const endpoints = [...always, ...new Set(works.flatMap(({ needs }) => needs)), 'disable_access_token'];
const modes = ['once', 'three times', 'for ever'] as const;
type Mode = (typeof modes)[number];
const times: Readonly<Record<Mode, number>> = { once: 1, 'three times': 3, 'for ever': Infinity };

/** The files of works in a folder of their own, each with a content of its own. */
function filesOf(at: string, wanted: readonly Files[]): Files {
  return Object.fromEntries(
    wanted
      .flatMap((files) => Object.entries(files))
      .map(([path, content]) => [`${at}/${path}`, `${String(content)} ${at}`]),
  );
}

const before = (at: string): Files =>
  filesOf(
    at,
    works.map((work) => work.before),
  );
const after = (at: string, some = works): Files =>
  filesOf(
    at,
    some.map((work) => work.after),
  );

/** How often a pass may try what fails for ever: each of some items, some times over. A loop would try it thousands of times. */
const mostTries = 40;

interface Strike {
  readonly fault: Fault;
  readonly endpoints: readonly string[];
  readonly mode: Mode;
}

/** One pass, in which the first so many calls of each of the endpoints are struck. */
async function passStruck(world: World, { fault, endpoints, mode }: Strike): Promise<Pass> {
  const struck = new Map<string, number>();
  const pass = await world.pass('A', {
    isAlone: true,
    onCall: ({ endpoint }) => {
      const count = (struck.get(endpoint) ?? 0) + 1;
      if (!endpoints.includes(endpoint) || count > times[mode]) return null;
      struck.set(endpoint, count);
      return fault;
    },
  });
  for (const [endpoint, count] of struck) expect(count, `tries of ${endpoint}`).toBeLessThanOrEqual(mostTries);
  return pass;
}

async function suffer(world: World, strike: Strike, round: number): Promise<void> {
  const at = `round ${round}`;
  world.note(`--- ${strike.fault.name}: ${strike.endpoints.join(', ')} ${strike.mode}`);
  for (const [path, content] of Object.entries(before(at))) await world.person('A').write(path, String(content));
  if (round > 0) await world.person('A').remove(`round ${round - 1}`);
  expect((await world.goodPass('A')).exit).toBe(0);
  if (strike.fault.isLie === true) for (let later = 0; later < 3; later++) await world.goodPass('A');
  for (const work of works) await work.act(at, world);

  const first = await passStruck(world, strike);
  const uncalled = strike.endpoints.filter((endpoint) => countOf(first.calls, endpoint) === 0);
  if (strike.endpoints.length === 1) expect(uncalled, 'not called at all').toEqual([]);
  if (strike.mode === 'for ever') {
    await world.clock.advance(20 * 60_000);
    await passStruck(world, strike);
    expectUnhindered(world, strike.endpoints, at);
  }
  await world.clock.advance(3_600_000);
  const [last] = await world.settle();
  expect(last?.exit).toBe(0);
  expectFiles(world, after(at));
}

/** What needs none of the endpoints is on both sides. */
function expectUnhindered(world: World, endpoints: readonly string[], at: string): void {
  if (always.some((one) => endpoints.includes(one))) return;
  const unhindered = works.filter(({ needs }) => !needs.some((one) => endpoints.includes(one)));
  for (const who of ['A', 'web']) {
    const shape = world.person(who).shape();
    const missing = Object.keys(after(at, unhindered)).filter((path) => !shape.has(path));
    expect(missing, `not done on ${who}, whatever became of ${endpoints.join(', ')}`).toEqual([]);
  }
}

function inStruckWorld(fault: Fault, strikes: readonly Omit<Strike, 'fault'>[]): Promise<void> {
  const config = { holdRemovals: { percent: 100, count: 10_000 } };
  return inWorld({ seed: fault.name, computers: ['A'], config }, async (world) => {
    for (const [round, strike] of strikes.entries()) await suffer(world, { fault, ...strike }, round);
    await world.finish({ copies: 0 });
  });
}

describe.each(faults.map((fault, nth) => [fault.name, fault, nth] as const))('%s', (_name, fault, nth) => {
  const struck = endpoints.filter((endpoint) => canStrike(fault, endpoint));

  if (process.env['YETISYNC_ALL_HABITS'] === undefined) {
    it('hinders nothing but what it befalls, and leaves no trace', () =>
      inStruckWorld(fault, [
        { mode: 'once', endpoints: struck },
        { mode: 'three times', endpoints: struck },
        { mode: 'for ever', endpoints: [struck[nth % struck.length]!] },
      ]));
    return;
  }
  for (const endpoint of struck) {
    it.each(modes)(`hinders nothing but what it befalls, and leaves no trace: ${endpoint} %s`, (mode) =>
      inStruckWorld(fault, [{ mode, endpoints: [endpoint] }]),
    );
  }
});
