/**
 * Plays at random for as long as one likes: `npm run soak -- --minutes N [--seed S] [--faults | --processes]`. Each play has a seed of its own,
 * printed when it fails; `--seed S --minutes 0` plays just that one. `--faults` lets all kinds of mishaps befall the passes: the network, the disk,
 * the host's answers, the token, kills. `--processes` kills real processes instead. `--sweep` ends one pass at each of its steps, each once.
 */
import { parseArgs } from 'node:util';
import { playStep, stepsOf, ways, workloads } from '../scenarios/crash-sweep.ts';
import { everyHabit } from '../scenarios/hosts.ts';
import { playKills } from '../scenarios/kill-play.ts';
import { playAtRandom } from '../scenarios/random-play.ts';
import type { Tally } from '../scenarios/mishaps.ts';
import { seededRandom } from '../support/seeded-random.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    processes: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    sweep: { type: 'boolean', default: false },
  },
});

process.exitCode = (values.sweep ? await sweep() : await playOn()) === 0 ? 0 : 1;

/** Until the time is up; resolves to the number of failures. */
async function playOn(): Promise<number> {
  const until = performance.now() + Number(values.minutes) * 60_000;
  const first = values.seed ?? String(Date.now());
  let failures = 0;
  let plays = 0;
  const tally: Tally = { passes: new Map(), struck: new Map() };
  do {
    const seed = plays === 0 ? first : `${first}/${plays}`;
    plays++;
    try {
      await play(seed, tally);
    } catch (error) {
      failures++;
      process.stdout.write(
        `FAILED, seed ${JSON.stringify(seed)}\n${error instanceof Error ? error.message : String(error)}\n\n`,
      );
    }
  } while (performance.now() < until);
  process.stdout.write(`${plays} plays from seed ${JSON.stringify(first)}, ${failures} failed\n`);
  if (values.faults) process.stdout.write(`${linesOf(tally).join('\n')}\n`);
  return failures;
}

/** Each step once; tells how many there are of each kind, and resolves to the number of failures. */
async function sweep(): Promise<number> {
  let [all, failures] = [0, 0];
  for (const workload of workloads) {
    const steps = await stepsOf(workload);
    for (const way of ways) {
      let failed = 0;
      for (let at = 1; at <= steps[way.of]; at++) {
        try {
          await playStep(workload, way, at);
        } catch (error) {
          failed++;
          process.stdout.write(
            `FAILED: ${workload.id}, ${way.name} ${at}\n${error instanceof Error ? error.message : String(error)}\n\n`,
          );
        }
      }
      process.stdout.write(`${workload.id}, ${way.name}: ${steps[way.of]} steps, ${failed} failed\n`);
      all += steps[way.of];
      failures += failed;
    }
  }
  process.stdout.write(`${all} steps, ${failures} failed\n`);
  return failures;
}

async function play(seed: string, tally: Tally): Promise<void> {
  const random = seededRandom(`choose ${seed}`);
  if (values.processes) {
    const killed = await playKills({ seed, kills: 10, files: 200 + random.int(400) });
    process.stdout.write(`seed ${JSON.stringify(seed)}: killed ${killed} times\n`);
    return;
  }
  if (values.faults) {
    await playAtRandom({
      seed,
      habits: random.pick(everyHabit)[1],
      deeds: random.pick([6, 15, 40]),
      rounds: random.pick([2, 4, 8]),
      actors: random.pick([['A', 'B', 'web'], ['A', 'B'], ['A', 'web'], ['A']]),
      movesOnHost: random.chance(0.5),
      movesHere: random.chance(0.7),
      mishaps: random.pick([0.3, 0.6, 0.9]),
      ...(random.chance(0.8) ? { inMemory: true } : { losesState: random.chance(0.6) }),
      tally,
      portion: random.pick([1000, 1, 3]),
      isSlow: random.chance(0.5),
    });
    return;
  }
  const isTogether = random.chance(0.3);
  const [, habits] = isTogether ? (['', ['servers', 'one-token']] as const) : random.pick(everyHabit);
  await playAtRandom({
    seed,
    habits,
    deeds: random.pick([10, 20, 60, 200]),
    rounds: random.pick([2, 4, 8]),
    actors: isTogether ? ['A', 'B'] : random.pick([['A', 'B', 'web'], ['A', 'B'], ['A', 'web'], ['web'], ['A']]),
    together: isTogether,
    movesOnHost: random.chance(0.5),
  });
}

/** What befell the passes, and how often. */
function linesOf({ passes, struck }: Tally): string[] {
  const most = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .sort(([, one], [, other]) => other - one)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ');
  return [`passes with mishaps: ${most(passes)}`, `mishaps: ${most(struck)}`];
}
