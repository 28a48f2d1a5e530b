/** A plan as a file: what it says of the pairs that it was made for, and whether it is meant for this config. */
import type { Config, Pair } from '../config/config.ts';
import { SyncError } from '../errors.ts';
import { PLAN_FORMAT, readPlan } from '../state/plan-schema.ts';
import type { PairPlan, PlanFile } from '../state/plan-schema.ts';
import { shortDigest } from '../system/hasher.ts';
import type { Preview } from './preview.ts';
import { pairIdOf } from './state-files.ts';

/** Of the program that makes or reads a plan, and when. */
export interface PlanMade {
  readonly version: string;
  readonly nowMs: number;
}

/** What `plan` writes. */
export function planFileOf(previews: readonly Preview[], config: Config, { version, nowMs }: PlanMade): PlanFile {
  return {
    yetisync: 'plan',
    format: PLAN_FORMAT,
    version,
    made: new Date(nowMs).toISOString(),
    pairs: previews.map(({ pair, conflictMade, steps }) => ({
      id: pairIdOf(pair, config),
      local: pair.local,
      remote: pair.remote,
      rules: rulesOf(pair, config),
      conflictMade,
      steps: steps.map((step) => ({ ...step, covers: [...step.covers] })),
    })),
  };
}

export interface PlannedPair {
  readonly pair: Pair;
  readonly plan: PairPlan;
}

/** The plan of each pair; throws `usage/wrong` where it was made by another version, for another pair or by another config. */
export function readPlanFor(
  text: string,
  config: Config,
  version: string,
): { readonly madeMs: number; readonly pairs: readonly PlannedPair[] } {
  const file = readPlan(text);
  if (file.version !== version)
    refuse(`it was made by yetisync ${file.version}, and this is ${version}: what a step means may differ`);
  const pairs = file.pairs.map((plan) => {
    const pair = config.pairs.find((one) => pairIdOf(one, config) === plan.id && one.local === plan.local);
    if (pair === undefined)
      return refuse(`it is for ${plan.local} and ${plan.remote}, which are no pair of this config`);
    if (rulesOf(pair, config) !== plan.rules)
      return refuse(
        `what the config says of ${plan.local} (ignore, exclude) is not what it was when the plan was made`,
      );
    return { pair, plan };
  });
  return { madeMs: Date.parse(file.made), pairs };
}

/** What decides which files take part at all. */
function rulesOf(pair: Pair, config: Config): string {
  return shortDigest(JSON.stringify([config.ignore, pair.exclude]));
}

function refuse(why: string): never {
  throw new SyncError('usage/wrong', {
    detail: `this plan is not carried out: ${why}. Make a new one: yetisync plan -o FILE`,
  });
}
