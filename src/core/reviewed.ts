/**
 * A plan that a person has read, while a pass carries it out: of what the pass would do by itself only that is chosen which the plan
 * lists, about just the versions that it saw. What was not done is told, with why.
 */
import type { Removal } from './guard.ts';
import { hasEffect } from './operation.ts';
import type { Operation, OperationNumber } from './operation.ts';
import type { Plan } from './order.ts';
import { describeStep, differenceOf, stepKey } from './planned-step.ts';
import type { PlannedStep } from './planned-step.ts';
import type { TreeView } from './tree.ts';

/** What became of one step. `null`: it is done. */
export interface ReviewedStep {
  readonly step: PlannedStep;
  readonly notDone: string | null;
}

export class Reviewed {
  readonly #steps: readonly PlannedStep[];
  readonly #withHeld: boolean;
  readonly #byKey = new Map<string, PlannedStep[]>();
  readonly #done = new Set<PlannedStep>();
  readonly #why = new Map<PlannedStep, string>();
  readonly #stepOf = new Map<Operation, PlannedStep>();
  readonly #beyond = new Map<string, Operation>();
  #last: readonly PlannedStep[] = [];

  /** `withHeld`: the person agreed to the removals that the brake held back when the plan was made. */
  constructor(steps: readonly PlannedStep[], withHeld: boolean) {
    this.#steps = steps;
    this.#withHeld = withHeld;
    for (const step of steps) {
      const key = stepKey(step);
      const known = this.#byKey.get(key);
      if (known === undefined) this.#byKey.set(key, [step]);
      else known.push(step);
    }
  }

  /** The part of `plan` that was reviewed, without what waits for something that was not. What only records what both sides show is part of it. */
  choose(plan: Plan, view: TreeView): Plan {
    const out = new Set<OperationNumber>();
    const operations: Operation[] = [];
    const described: PlannedStep[] = [];
    this.#beyond.clear();
    for (const op of plan.operations) {
      const now = describeStep(op, view);
      described.push(now);
      const step = this.#listed(now);
      const isRecord = !hasEffect(op) && op.kind !== 'compare';
      if (step === undefined && !isRecord) this.#beyond.set(stepKey(now), op);
      if ((step === undefined && !isRecord) || op.after.some((other) => out.has(other))) {
        out.add(op.number);
        continue;
      }
      if (step !== undefined) this.#stepOf.set(op, step);
      operations.push(op);
    }
    this.#last = described;
    return { ...plan, operations };
  }

  /** Whether just this removal, in this version, is in the plan: then the brake has been asked already. */
  agrees(removal: Removal): boolean {
    return this.#removals().has(removalKey(removal));
  }

  /** What became of an operation that was chosen. */
  note(event: { readonly kind: string; readonly operation?: Operation; readonly why?: string }): void {
    const step = event.operation === undefined ? undefined : this.#stepOf.get(event.operation);
    if (step === undefined) return;
    if (event.kind === 'done') this.#done.add(step);
    else if (event.kind === 'failed' || event.kind === 'stale')
      this.#why.set(step, event.why ?? 'it could not be done');
  }

  /** What the last look would do beside the plan: new since, or what comes of its steps. */
  get beyond(): readonly Operation[] {
    return [...this.#beyond.values()];
  }

  /** In the order of the plan. */
  outcome(): readonly ReviewedStep[] {
    return this.#steps.map((step) => ({ step, notDone: this.#done.has(step) ? null : this.#whyNot(step) }));
  }

  #listed(now: PlannedStep): PlannedStep | undefined {
    return this.#byKey
      .get(stepKey(now))
      ?.find((step) => !this.#done.has(step) && this.#isWanted(step) && differenceOf(step, now) === null);
  }

  #isWanted(step: PlannedStep): boolean {
    return this.#withHeld || !step.held;
  }

  #whyNot(step: PlannedStep): string {
    if (!this.#isWanted(step)) return 'it is held back, and was not agreed to';
    const now = this.#last.filter((one) => stepKey(one) === stepKey(step));
    const difference = now.map((one) => differenceOf(step, one)).find((one) => one !== null);
    const failure = this.#why.get(step);
    if (difference !== undefined) return difference;
    if (failure !== undefined) return failure;
    const instead = this.#last.find(({ path }) => path === step.path);
    if (now.length > 0) return 'it waits for something that was not done';
    return instead === undefined ? 'there is nothing to do there any more' : 'something else is to be done there now';
  }

  #agreed: ReadonlySet<string> | null = null;

  #removals(): ReadonlySet<string> {
    this.#agreed ??= new Set(
      this.#steps.flatMap((step) => {
        const { side, path, here, there, covers } = step;
        if (step.do !== 'trash' || side === null || !this.#isWanted(step)) return [];
        const own = side === 'local' ? versionHere(here) : there?.id;
        const all = [...(own === undefined ? [] : [{ path, version: own }]), ...covers];
        return all.map((one) => removalKey({ side, path: one.path, fingerprint: one.version }));
      }),
    );
    return this.#agreed;
  }
}

function versionHere(here: PlannedStep['here']): string | undefined {
  return here === null ? undefined : (here.md5 ?? here.stamp);
}

function removalKey({ side, path, fingerprint }: { side: string; path: string; fingerprint: string }): string {
  return `${side}\n${path}\n${fingerprint}`;
}
