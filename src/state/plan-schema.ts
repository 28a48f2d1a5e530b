/** A plan as it is kept in a file between `plan` and `apply`: read strictly, since a person may have had a hand in it. */
import * as z from 'zod';
import type { Md5, RemoteId } from '../core/entry.ts';
import type { PlannedStep } from '../core/planned-step.ts';
import { SyncError } from '../errors.ts';

/** Another one is refused: what it says may mean something else. */
export const PLAN_FORMAT = 1;

const isText = (value: unknown): value is string => typeof value === 'string';
const id = z.custom<RemoteId>((value) => isText(value) && /^[df]\d+$/.test(value), 'not an id of the host');
const md5 = z.custom<Md5>((value) => isText(value) && /^[0-9a-f]{32}$/.test(value), 'not an MD5');
const size = z.number().int().nonnegative();
const kind = z.enum(['file', 'folder']);
const acts = ['upload', 'download', 'createFolder', 'move', 'park', 'conflictCopy', 'mergeTwin', 'trash'] as const;

const here = z.strictObject({
  path: z.string(),
  kind,
  identity: z.string(),
  stamp: z.string(),
  md5: md5.nullable(),
  size,
});

const step = z.strictObject({
  do: z.enum([...acts, 'compare', 'link', 'forget']),
  side: z.enum(['local', 'remote']).nullable(),
  path: z.string(),
  reason: z.string(),
  size,
  held: z.boolean(),
  follows: z.boolean(),
  newName: z.string().nullable(),
  here: here.nullable(),
  there: z.strictObject({ id, kind, parent: id, name: z.string(), size }).nullable(),
  covers: z.array(z.strictObject({ path: z.string(), version: z.string() })),
}) satisfies z.ZodType<PlannedStep>;

const pairPlan = z.strictObject({
  /** The pair: one folder of one host. */
  id: z.string(),
  local: z.string(),
  remote: z.string(),
  /** Of what the config says about it. */
  rules: z.string(),
  conflictMade: z.string(),
  steps: z.array(step),
});

const plan = z.strictObject({
  yetisync: z.literal('plan'),
  format: z.literal(PLAN_FORMAT),
  /** Of the program that made it. */
  version: z.string(),
  made: z.iso.datetime(),
  pairs: z.array(pairPlan).min(1),
});

export type PlanFile = z.infer<typeof plan>;
export type PairPlan = PlanFile['pairs'][number];

/** Throws `usage/wrong`, which says where it is not a plan. */
export function readPlan(text: string): PlanFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyncError('usage/wrong', { detail: 'this is no plan: `yetisync plan -o FILE` writes one' });
  }
  const read = plan.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new SyncError('usage/wrong', {
    detail: `this is no plan that this version can read (${where}${issue?.message ?? 'it cannot be read'}); make a new one with \`yetisync plan -o FILE\``,
  });
}
