/** Persons who do this and that, chosen by a seed; each run of one computer is taken back, and that again, and the trees compared. */
import { isWithin, parseRelPath } from '../../src/core/path.ts';
import type { Computer } from '../support/computer.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { Shape } from '../support/snapshot.ts';
import { BrokenInvariant, inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { doSomething } from './random-play.ts';

/** Returns how many runs were taken back whole. */
export async function undoAtRandom({
  seed,
  rounds,
}: {
  readonly seed: string;
  readonly rounds: number;
}): Promise<number> {
  const random = seededRandom(seed);
  const [, habits] = random.pick(everyHabit);
  const config = { holdRemovals: { percent: 100, count: 1_000_000 } };
  let whole = 0;
  await inWorld({ seed, habits, mostRounds: 16, config }, async (world) => {
    const computer = world.computer('A');
    const play = { seed, habits, deeds: 0, rounds, actors: ['A', 'web'], movesHere: true, movesOnHost: true };
    for (let round = 0; round < rounds; round++) {
      await world.settle();
      const before = computer.shape();
      const actors = random.pick([['A'], ['B'], ['web'], ['A', 'web']]);
      for (let deed = 0; deed < 6; deed++)
        for (const actor of actors) await doSomething(world, actor, `${seed} ${round} ${deed} ${actor}`, random, play);
      if (actors.includes('B')) await world.goodPass('B');
      await world.goodPass('A');
      const run = await computer.lastRun();
      const idle = await world.goodPass('A');
      // what several runs brought about is not one run's to take back
      if (idle.touched.length + idle.changingCalls.length > 0 || idle.exit !== 0) continue;
      const arrived = computer.shape();
      // what both sides did alike no run did
      const undo = await takeBack(world, computer, run, actors.length > 1 ? null : before);
      if (undo.isWhole) whole++;
      if (undo.run !== run) await takeBack(world, computer, undo.run, arrived);
    }
    await world.finish({ withoutFresh: true, twins: true, apart: () => false, copies: world.copies().length });
  });
  return whole;
}

/** Whether all of it was taken back, and the run that did. */
async function takeBack(
  world: World,
  computer: Computer,
  run: number,
  wanted: Shape | null,
): Promise<{ readonly isWhole: boolean; readonly run: number }> {
  const [was, trashed] = [computer.shape(), computer.trashed()];
  const { found } = await computer.undo({ run });
  world.note(
    `A: undo ${run}: ${found.acts.map(({ act }) => `${act.kind} ${act.path}`).join(', ')}; stay ${found.refused.map(({ path, why }) => `${path} (${why})`).join(', ')}`,
  );
  const failed = found.acts.filter(({ error }) => error !== null);
  if (failed.length > 0 || (found.result !== null && found.result.exit !== 0))
    throw new BrokenInvariant('what is shown is done', [
      ...failed.map(({ act, error }) => `${act.kind} ${act.path}: ${error?.message ?? ''}`),
      JSON.stringify(found.result),
    ]);
  const own = found.acts.length === 0 ? run : await computer.lastRun();
  const now = computer.shape();
  checkKept([...was.values()], new Set([...now.values(), ...computer.trashed(), ...trashed]));
  if (wanted !== null)
    checkAsWanted(
      wanted,
      was,
      now,
      found.refused.map(({ path }) => path),
    );
  enterInLedger(world, was, now);
  const idle = await world.goodPass(computer.name);
  if (idle.touched.length + idle.changingCalls.length > 0)
    throw new BrokenInvariant('after an undo there is nothing to do', [...idle.touched]);
  return { isWhole: found.refused.length === 0, run: own };
}

/** Who takes something back gives up what was made since, as who removes it. */
export function enterInLedger({ ledger }: World, was: Shape, now: Shape): void {
  const there = new Set(now.values());
  for (const [path, content] of was) {
    if (!now.has(path)) ledger.removed('A', path, content === 'folder' ? null : content, there.has(content));
    else if (!there.has(content)) ledger.superseded.add(content);
  }
  for (const [path, content] of now) {
    if (!was.has(path)) ledger.made('A', path);
    ledger.superseded.delete(content);
  }
}

function checkKept(contents: readonly string[], kept: ReadonlySet<string>): void {
  const lost = contents.filter((content) => content !== 'folder' && !kept.has(content));
  if (lost.length > 0) throw new BrokenInvariant('no content is lost', lost);
}

/** Whatever is not as it was, was told to stay: it, what is in it, or where it came from. */
function checkAsWanted(wanted: Shape, was: Shape, now: Shape, told: readonly string[]): void {
  const isBelowTold = (path: string): boolean =>
    told.some(
      (one) => isWithin(parseRelPath(path), parseRelPath(one)) || isWithin(parseRelPath(one), parseRelPath(path)),
    );
  const staying = new Set([...was].filter(([path]) => isBelowTold(path)).map(([, content]) => content));
  const wrong = [...new Set([...wanted.keys(), ...now.keys()])].filter((path) => {
    const [then, today] = [wanted.get(path), now.get(path)];
    if (then === today || isBelowTold(path)) return false;
    return ![then, today].some((content) => content !== undefined && staying.has(content));
  });
  if (wrong.length > 0)
    throw new BrokenInvariant(
      'the tree is as before the run',
      wrong.map((path) => `${path}: ${wanted.get(path) ?? 'nothing'} is ${now.get(path) ?? 'nothing'}`),
    );
}
