/** A transfer that takes its time holds nothing up: what happens meanwhile is looked at, decided and carried out, and neither meets the other. */
import { describe, expect, it } from 'vitest';
import type { LocalNews } from '../../src/cycle.ts';
import type { PassOptions } from '../support/computer.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { md5Of } from '../support/snapshot.ts';
import { Watching } from '../support/watching.ts';
import type { World } from '../support/world.ts';
import { inWorld } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { begin, expectFiles } from './play.ts';
import { doSomething } from './random-play.ts';

/** A pass of A in which the first call of `endpoint` does not come back before `goesOn`. */
function passBehind(world: World, endpoint: string) {
  const news = new Watching();
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  let isReached: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (isReached = resolve));
  let isFirst = true;
  const options: PassOptions = {
    news,
    async onCall(call) {
      if (call.endpoint !== endpoint || !isFirst) return null;
      isFirst = false;
      isReached();
      await gate;
      return null;
    },
  };
  return { pass: world.pass('A', options), news, reached, goOn: () => goOn() };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('while a large file is sent', () => {
  it('small edits beside it and elsewhere go their way', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/old': 'old', 'd/gone': 'gone', 'e/f': '1' });
      const a = world.person('A');
      await a.write('d/large', 'large');
      const { pass, news, reached, goOn } = passBehind(world, 'file/upload');
      await reached;
      await a.write('d/small', 'small');
      await a.write('d/old', 'new');
      await a.remove('d/gone');
      await a.move('e/f', 'e/g');
      news.come();
      const there = () => world.web.shape();
      await until(
        () =>
          there().has('d/small') &&
          there().get('d/old') === md5Of('new') &&
          !there().has('d/gone') &&
          there().has('e/g'),
      );
      expect(there().has('d/large')).toBe(false);
      goOn();
      expect((await pass).exit).toBe(0);
      expect(news.taken).toBe(1);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/large': 'large', 'd/small': 'small', 'd/old': 'new', 'e/g': '1' });
    }));

  it('what is done to itself, or to a folder above it, waits until it is over', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/e/f': '1' });
      const a = world.person('A');
      await a.write('d/e/large', 'large');
      const { pass, news, reached, goOn } = passBehind(world, 'file/upload');
      await reached;
      await a.move('d', 'dd');
      await a.write('dd/e/large', 'larger');
      await a.write('x', 'x');
      news.come();
      await until(() => world.web.shape().has('x'));
      expect(world.web.shape().has('d/e')).toBe(true);
      goOn();
      await pass;
      await world.finish({ copies: 0 });
      expectFiles(world, { 'dd/e/f': '1', 'dd/e/large': 'larger', x: 'x' });
    }));

  it('nothing is doubled that stands on the host already and only waits for its look', () =>
    inWorld({}, async (world) => {
      await begin(world, { d: null });
      const a = world.person('A');
      await a.write('d/large', 'large');
      await a.write('d/second', 'second');
      const { pass, news, reached, goOn } = passBehind(world, 'file/upload');
      await reached;
      await until(() => world.web.shape().size === 2);
      for (const name of ['one', 'two', 'three']) {
        await a.write(`d/${name}`, name);
        news.come();
        await until(() => world.web.shape().has(`d/${name}`));
      }
      goOn();
      const { calls, exit } = await pass;
      expect(exit).toBe(0);
      expect(calls.filter(({ endpoint }) => endpoint === 'file/upload')).toHaveLength(5);
      await world.finish({ copies: 0 });
    }));
});

it('while a large file comes, edits here go out', () =>
  inWorld({}, async (world) => {
    await begin(world, { 'd/f': '1' });
    await world.person('web').write('d/large', 'large');
    const { pass, news, reached, goOn } = passBehind(world, 'download');
    await reached;
    await world.person('A').write('d/f', '2');
    news.come();
    await until(() => world.web.shape().get('d/f') === md5Of('2'));
    goOn();
    expect((await pass).exit).toBe(0);
    await world.finish({ copies: 0 });
    expectFiles(world, { 'd/f': '2', 'd/large': 'large' });
  }));

it('a pass that is ended ends its transfers too', () =>
  inWorld({}, async (world) => {
    await begin(world, { d: null });
    const a = world.person('A');
    await a.write('d/large', 'large');
    const ending = new AbortController();
    const news = new Watching();
    let isReached = false;
    const pass = world.pass('A', {
      news,
      signal: ending.signal,
      async onCall(call) {
        if (call.endpoint !== 'file/upload' || isReached) return null;
        isReached = true;
        await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }));
        return 'refused';
      },
    });
    await until(() => isReached);
    await a.write('d/small', 'small');
    news.come();
    await until(() => world.web.shape().has('d/small'));
    ending.abort();
    expect((await pass).exit).toBe(1);
    await world.finish({ copies: 0 });
  }));

/** Transfers take up to a minute, and in the middle of passes somebody does something here or on the host. */
async function playBehind(seed: string, habits: (typeof everyHabit)[number][1], rounds: number): Promise<void> {
  await inWorld(
    // a folder may go to the trash there while a file is sent into it, which no host prevents
    { seed, habits, mostRounds: 16, isConcurrent: true, config: { holdRemovals: { percent: 100, count: 1_000_000 } } },
    async (world) => {
      const random = seededRandom(seed);
      let deeds = 0;
      const act = (actor: string) =>
        // who copies what the other is replacing, and removes the copy, has the ledger wait for what nobody has any more
        doSomething(world, actor, `${seed} ${deeds++}`, random, {
          movesOnHost: true,
          movesHere: true,
          copiesHere: false,
        });
      for (let round = 0; round < rounds; round++) {
        for (const actor of ['A', 'A', 'B', 'web']) await act(actor);
        for (const name of ['A', 'B']) {
          let isWaiting = false;
          let left = 6;
          const news: LocalNews = {
            isWaiting: () => isWaiting,
            async arrives(signal) {
              if (isWaiting) return;
              await world.clock.sleep(left > 0 ? random.int(20_000) : 1e9, signal).catch(() => undefined);
              if (signal.aborted || left-- <= 0) return;
              await act(random.chance(0.8) ? name : 'web');
              isWaiting = true;
            },
            take() {
              isWaiting = false;
              return 'everything';
            },
          };
          const slow = async ({ endpoint }: { readonly endpoint: string }): Promise<null> => {
            if (endpoint === 'file/upload' || endpoint === 'download') await world.clock.sleep(random.int(60_000));
            return null;
          };
          await world.pass(name, { news, onCall: slow });
        }
        if (random.chance(0.3)) await world.finish({ withoutFresh: true });
      }
      await world.finish();
    },
  );
}

const plays = Number(process.env['YETISYNC_BEHIND'] ?? 1);
it.each(Array.from({ length: plays }, (_, at) => at + Number(process.env['YETISYNC_FROM'] ?? 0)))(
  'whatever happens meanwhile, all end alike with nothing lost or doubled (%i)',
  (at) => {
    const [name, habits] = everyHabit[at % everyHabit.length] ?? ['documented', []];
    return playBehind(`behind ${name} ${at}`, habits, 6);
  },
  600_000,
);
