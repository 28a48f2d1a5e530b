/** What a pass would do, as a value: shown by the dry run, kept in a file by `plan`. */
import type { Pair } from '../config/config.ts';
import type { Removal } from '../core/guard.ts';
import { hasEffect } from '../core/operation.ts';
import type { Operation, Problem } from '../core/operation.ts';
import { localNameFor } from '../core/names.ts';
import { joinPath, parentOf } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { describeStep } from '../core/planned-step.ts';
import type { PlannedStep } from '../core/planned-step.ts';
import type { TreeView } from '../core/tree.ts';
import { previewCycle } from '../cycle.ts';
import type { CycleContext, CycleResult } from '../cycle.ts';

export interface Preview {
  readonly pair: Pair;
  /** Of the first round. */
  readonly operations: readonly Operation[];
  /** What the next round does with what these make: the copy of a conflict is a new file, which travels too. */
  readonly followUps: readonly FollowUp[];
  readonly held: readonly Removal[];
  readonly problems: readonly Problem[];
  readonly waiting: CycleResult['waiting'];
  /** Bytes that must be fetched and hashed because both sides have a file of one size and no common past. */
  readonly toCompareBytes: number;
  /** All of it in words that outlive this look, what is held back too, in an order in which it can be done. */
  readonly steps: readonly PlannedStep[];
  /** Time and computer, as the conflict copies of these steps carry them. */
  readonly conflictMade: string;
}

export interface FollowUp {
  readonly kind: 'upload' | 'download';
  readonly path: RelPath;
  /** In bytes. */
  readonly size: number;
  /** The operation that it follows. */
  readonly after: Operation['number'];
}

export const COPY_REASON = 'the copy of a conflict is a file like any other, on both sides';

/** Looks, and says what a pass would do. The state is written to: give it a copy. */
export async function previewOf(pair: Pair, given: CycleContext): Promise<Preview> {
  const made = given.conflictMade();
  const context = { ...given, conflictMade: () => made };
  const { plan, held, heldBack, decisions, problems } = await previewCycle(context);
  const { view } = context.state;
  const { operations } = plan;
  const follows = operations.map((operation) => ({ operation, followUp: followUpOf(operation, view) }));
  const isTold = (operation: Operation): boolean => hasEffect(operation) || operation.kind === 'compare';
  return {
    pair,
    operations,
    followUps: follows.flatMap(({ followUp }) => followUp ?? []),
    held,
    problems,
    waiting: decisions.waiting,
    toCompareBytes: operations.reduce((sum, op) => sum + (op.kind === 'compare' ? op.size : 0), 0),
    steps: [
      ...operations.filter(isTold).map((operation) => describeStep(operation, view)),
      ...follows.flatMap(({ operation, followUp }) => (followUp === null ? [] : stepOf(followUp, operation, view))),
      ...heldBack.filter(isTold).map((operation) => describeStep(operation, view, true)),
    ],
    conflictMade: made,
  };
}

function followUpOf(operation: Operation, view: TreeView): FollowUp | null {
  if (operation.kind !== 'conflictCopy') return null;
  const { number: after } = operation;
  const folder = parentOf(operation.path);
  if (operation.side === 'local') {
    const size = view.local(operation.local.node)?.size ?? 0;
    return { kind: 'upload', path: joinPath(folder, operation.localName), size, after };
  }
  const name = localNameFor(operation.remoteName);
  const { size } = operation.remote;
  return name === null ? null : { kind: 'download', path: joinPath(folder, name), size, after };
}

/** It is about the same file as the step before it. */
function stepOf({ kind, path, size }: FollowUp, operation: Operation, view: TreeView): PlannedStep {
  const before = describeStep(operation, view);
  return { ...before, do: kind, side: null, path, size, reason: COPY_REASON, follows: true, covers: [] };
}
