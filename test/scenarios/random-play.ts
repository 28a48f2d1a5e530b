/** Persons who do this and that, chosen by a seed, on some computers and on the host's page; and passes in between. */
import { existsSync } from 'node:fs';
import { NEXT_VERSION_WAIT_MS } from '../../src/cycle.ts';
import type { Habit } from '../../src/host/habits.ts';
import type { Person } from '../support/person.ts';
import { inWorld, SLOW } from '../support/world.ts';
import type { Allowance, World } from '../support/world.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { badPass, hasTwins, passWithoutRoot, spoilState } from './mishaps.ts';
import type { Tally } from './mishaps.ts';

export interface RandomPlay {
  readonly seed: string;
  readonly habits: readonly Habit[];
  /** Deeds of each side in all. */
  readonly deeds: number;
  readonly rounds: number;
  readonly actors: readonly string[];
  /** Two computers pass side by side, now and then. */
  readonly together?: boolean;
  /** Folders are removed too; they are if left out. */
  readonly removesFolders?: boolean;
  /** Files and folders are moved on the host too. */
  readonly movesOnHost?: boolean;
  /** Computers move, exchange and copy as well. */
  readonly movesHere?: boolean;
  /** So large a part of the passes between two settles has mishaps of all kinds; none if left out. */
  readonly mishaps?: number;
  /** Now and then a computer's state is lost, or an older one is put back. */
  readonly losesState?: boolean;
  /** Disks and states in memory, where a play takes a tenth of the time; no state is lost there. */
  readonly inMemory?: boolean;
  /** Counts the mishaps. */
  readonly tally?: Tally;
  /** Computers copy too, where they move; they do if left out. */
  readonly copiesHere?: boolean;
  /** So many new items are decided together; very many if left out. */
  readonly portion?: number;
  /** Transfers end in the middle of decisions. */
  readonly isSlow?: boolean;
}

/** What lost states, and computers that stayed away in the middle of a replacement for longer than others wait, have left on the host. */
interface Left {
  twins: boolean;
  /** How many passes there were when a computer's state was last lost, by its name. */
  readonly passesBefore: Map<string, number>;
}

const names = ['a', 'b', 'c.txt', 'd', 'e (2)', 'F', '.g', 'h i', 'é', "q'"];

/** Rounds of deeds and passes; after each round all settle and are checked. */
export async function playAtRandom(play: RandomPlay): Promise<void> {
  await inWorld(
    {
      seed: play.seed,
      habits: play.habits,
      mostRounds: 16,
      isConcurrent: play.together === true,
      ...(play.inMemory === true ? { memory: {} } : {}),
      ...(play.portion === undefined ? {} : { portion: play.portion }),
      ...(play.isSlow === true ? { slow: SLOW } : {}),
      config: { holdRemovals: { percent: 100, count: 1_000_000 } },
    },
    async (world) => {
      const random = seededRandom(play.seed);
      const perRound = Math.ceil(play.deeds / play.rounds);
      let counter = 0;
      const left: Left = { twins: false, passesBefore: new Map() };
      for (let round = 0; round < play.rounds; round++) {
        for (let deed = 0; deed < perRound; deed++) {
          for (const actor of play.actors) await doSomething(world, actor, `${play.seed} ${counter++}`, random, play);
          if (random.chance(0.04)) await passes(world, random, play, left);
        }
        // a person looks up now and then: in half of the rounds everybody gets in step, else the next deeds meet what is under way
        if (random.chance(0.5)) await finish(world, play, left, { withoutFresh: true });
        else await passes(world, random, play, left);
      }
      await finish(world, play, left);
    },
  );
}

/** What failed is tried again after a while, which it gets. */
async function finish(
  world: World,
  { mishaps, losesState }: RandomPlay,
  left: Left,
  allowance: Allowance = {},
): Promise<void> {
  if (mishaps !== undefined) {
    left.twins ||= hasTwins(world);
    await world.clock.advance(3_600_000);
  }
  const { twins } = left;
  const known = { ...allowance, ...(mishaps === undefined ? {} : { numbers: true }), ...(twins ? { twins } : {}) };
  await world.finish(losesState === true ? { ...known, union: true } : known);
}

async function passes(world: World, random: SeededRandom, play: RandomPlay, left: Left): Promise<void> {
  const { together = false, mishaps = 0, tally } = play;
  const all = world.computers.map(({ name }) => name);
  if (mishaps > 0) {
    for (const name of all) {
      for (let nth = random.int(3); nth > 0; nth--) {
        if (random.chance(0.05)) await passWithoutRoot(world, name, left.passesBefore.get(name) ?? 0);
        if (play.losesState === true && random.chance(0.3)) {
          left.twins = spoilState(world, name, random) || left.twins;
          if (!existsSync(world.computer(name).stateDir)) left.passesBefore.set(name, world.passes.length);
        }
        if (random.chance(mishaps)) await badPass(world, name, world.passes.length, tally);
        else await world.pass(name);
        if (!random.chance(0.3)) continue;
        const ms = random.pick([1_000, 60_000, 1_000_000]);
        if (ms > NEXT_VERSION_WAIT_MS) left.twins ||= hasTwins(world);
        await world.clock.advance(ms);
      }
    }
    return;
  }
  if (together && random.chance(0.7)) {
    for (const { error } of await world.passTogether(...all)) if (error !== null) throw error;
    return;
  }
  for (const name of all) if (random.chance(0.6)) await world.goodPass(name);
}

/** One deed, chosen by chance. */
export async function doSomething(
  world: World,
  actor: string,
  content: string,
  random: SeededRandom,
  play: Pick<RandomPlay, 'removesFolders' | 'movesOnHost' | 'movesHere' | 'copiesHere'>,
): Promise<void> {
  const person = world.person(actor);
  const shape = person.shape();
  const files = [...shape].filter(([, value]) => value !== 'folder' && value !== 'special').map(([path]) => path);
  const folders = [...shape].filter(([, value]) => value === 'folder').map(([path]) => path);
  const plain = (path: string): boolean => !path.includes(' #');
  // who replaces one of two files of a name on the host's page leaves a third beside the other
  const hasTwin = (path: string): boolean => actor === 'web' && shape.has(`${path} #2`);
  const some = (paths: readonly string[]): string | null => (paths.length === 0 ? null : random.pick(paths));
  const place = (): string => {
    const above = random.chance(0.6) ? some(folders.filter((path) => plain(path) && path.split('/').length < 4)) : null;
    const name = random.pick(names);
    return above === null ? name : `${above}/${name}`;
  };
  const bytes = world.sized(content, content.length + (content.codePointAt(content.length - 1) ?? 0));
  const choice = random.int(20);
  const file = some(files.filter(plain));
  const folder = some(folders.filter(plain));
  if (choice < 8 || file === null) {
    const path = place();
    if (shape.get(path) === 'folder' || hasTwin(path)) return;
    await person.write(path, bytes);
  } else if (choice < 13) {
    if (!hasTwin(file)) await person.write(file, bytes);
  } else if (choice < 16) {
    await person.remove(file);
  } else if (choice < 17) {
    const path = place();
    if (!shape.has(path)) await person.mkdir(path);
  } else if (choice < 18) {
    if (folder !== null && play.removesFolders !== false) await person.remove(folder);
  } else if (actor === 'web' ? play.movesOnHost === true : play.movesHere === true) {
    if (actor !== 'web' && play.copiesHere !== false && random.chance(0.2)) {
      const path = place();
      if (!shape.has(path)) await person.write(path, world.computer(actor).read(file));
      return;
    }
    if (random.chance(0.15)) {
      const other = some(files.filter(plain));
      if (other !== null && other !== file) await exchange(person, file, other);
      return;
    }
    const from = choice === 18 || folder === null ? file : folder;
    const to = place();
    if (!shape.has(to) && to !== from && !to.startsWith(`${from}/`)) await person.move(from, to);
  } else {
    await person.write(file, bytes);
  }
}

/** As a person does it: by a third name. */
async function exchange(person: Person, one: string, other: string): Promise<void> {
  const aside = `${one}.aside`;
  await person.move(one, aside);
  await person.move(other, one);
  await person.move(aside, other);
}
