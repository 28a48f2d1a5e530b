/**
 * Plays random histories of the whole engine in memory: `npm run soak:engine -- --minutes N | --histories N [--seed S] [--unshrunk]`. Batches are calm and
 * harsh in turn; batch n has the seed S + n. What fails is shrunk and printed, with what plays it again.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { histories } from '../property/engine-histories.ts';
import { playEngineHistory } from '../support/engine-history.ts';
import type { History } from '../support/engine-history.ts';

const BATCH = 100;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    /** As a failure names it: only that is played. */
    path: { type: 'string' },
    harsh: { type: 'boolean' },
    /** What fails is not shrunk, which takes long. */
    unshrunk: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed);
const until = values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000;
const most = values.minutes === undefined ? Number(values.histories) : Infinity;
let played = 0;
let failed = 0;
const tally = new Map<string, number>();
for (let batch = 0; played < most && performance.now() < until; batch++) {
  const harsh = values.harsh ?? batch % 2 === 1;
  const run = await fc.check(
    fc.asyncProperty(histories({ harsh }), async (history) => {
      for (const [what, times] of await playEngineHistory(history, 'history'))
        tally.set(what, (tally.get(what) ?? 0) + times);
    }),
    {
      numRuns: BATCH,
      endOnFailure: values.unshrunk,
      seed: first + batch,
      ...(values.path === undefined ? {} : { path: values.path }),
    },
  );
  played += run.numRuns;
  if (run.failed) tell(run, harsh);
  if (values.path !== undefined) break;
  if (batch % 10 === 9) process.stderr.write(`${played} played, ${failed} failed\n`);
}
process.stdout.write(`${played} histories from seed ${first}, ${failed} failed\n`);
const done = [...tally].sort(([, one], [, other]) => other - one).map(([what, times]) => `${times} ${what}`);
process.stdout.write(`what was done in them: ${done.join(', ')}\n`);
process.exitCode = failed === 0 ? 0 : 1;

function tell(run: fc.RunDetails<[History]>, harsh: boolean): void {
  failed++;
  const cause = run.errorInstance instanceof Error ? run.errorInstance.message : String(run.errorInstance);
  const again = `--seed ${run.seed} --path ${run.counterexamplePath}${harsh ? ' --harsh' : ''}`;
  process.stdout.write(`FAILED, played again by ${again}\n${cause}\n${JSON.stringify(run.counterexample)}\n\n`);
}
