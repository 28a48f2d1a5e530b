/** Reads a report of another computer and decides with its trees: what the report says follows from them must follow here too. */
import * as z from 'zod';
import { byPathAndKind } from '../../src/compose/report.ts';
import type { Trees } from '../../src/core/anonymous.ts';
import { hasEffect } from '../../src/core/operation.ts';
import { makePlan } from '../../src/core/plan.ts';
import { describeStep } from '../../src/core/planned-step.ts';
import type { PlannedStep } from '../../src/core/planned-step.ts';
import type { Policy } from '../../src/core/policy.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { atOnce } from '../../src/core/steps.ts';
import { planTwins } from '../../src/core/twins.ts';
import { PaperWorld } from './paper-world.ts';

const rows = z.array(z.looseObject({}));

const reportSchema = z.looseObject({
  yetisync: z.literal('report'),
  format: z.literal(1),
  pairs: z.array(
    z.looseObject({
      decision: z
        .object({
          policy: z.custom<Policy>((value) => typeof value === 'object'),
          trees: z.custom<Trees>(
            (value) => z.looseObject({ base: rows, local: rows, remote: rows }).safeParse(value).success,
          ),
          steps: z.custom<PlannedStep[]>((value) => rows.safeParse(value).success),
          problems: z.array(z.object({ path: z.string(), code: z.string() })),
          waiting: z.array(z.object({ path: z.string(), why: z.string() })),
        })
        .nullable(),
    }),
  ),
});

export type Decision = NonNullable<z.infer<typeof reportSchema>['pairs'][number]['decision']>;

/** The decision of each pair that the report has one of. */
export function readReport(text: string): readonly Decision[] {
  return reportSchema.parse(JSON.parse(text)).pairs.flatMap(({ decision }) => decision ?? []);
}

/** What follows from the trees of the report, in the report's own words. */
export function replay({ policy, trees }: Decision): Pick<Decision, 'steps' | 'problems' | 'waiting'> {
  const world = viewOf(trees);
  const decisions = reconcile(world, policy);
  const { operations } = atOnce(planTwins(world, { wasTrashedHere: () => false })) ?? makePlan(decisions, world);
  const byPath = (one: { path: string }, other: { path: string }): number =>
    one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
  return {
    steps: operations
      .filter(hasEffect)
      .map((operation) => describeStep(operation, world))
      .sort(byPathAndKind),
    problems: decisions.problems.map(({ path, code }) => ({ path, code })).sort(byPath),
    waiting: decisions.waiting.map(({ path, why }) => ({ path, why })).sort(byPath),
  };
}

function viewOf({ base, local, remote, firstFreeEntry, sweeps }: Trees): PaperWorld {
  const world = new PaperWorld();
  for (const map of [world.bases, world.locals, world.remotes]) map.clear();
  for (const row of base) world.bases.set(row.entry, row);
  for (const row of local) world.locals.set(row.node, row);
  for (const row of remote) world.remotes.set(row.id, row);
  world.firstFreeEntry = firstFreeEntry;
  world.sweeps = { ...sweeps };
  return world;
}
