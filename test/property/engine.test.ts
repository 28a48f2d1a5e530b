/**
 * The whole engine on random histories, in memory: persons on one to three computers and on the host's page, and passes in between. A short
 * share; `npm run soak` plays for as long as one likes. A failure tells the seed, the path to the shrunk history and the history itself:
 * `ENGINE_SEED=… ENGINE_PATH=… npx vitest run --config .config/vitest.config.ts test/property/engine.test.ts` plays just that again.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as plan from '../../src/core/plan.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Plan } from '../../src/core/order.ts';
import type { Steps } from '../../src/core/steps.ts';
import type { Change, Outcome } from '../../src/ports.ts';
import type * as record from '../../src/state/record.ts';
import { playEngineHistory } from '../support/engine-history.ts';
import type { History } from '../support/engine-history.ts';
import { histories } from './engine-histories.ts';

const RUNS = Number(process.env['ENGINE_RUNS'] ?? 12);
const SEED = Number(process.env['ENGINE_SEED'] ?? 20261122);
const PATH = process.env['ENGINE_PATH'];

/** Faults that are planted in the middle of the engine; null: none. */
const planted = vi.hoisted(() => ({
  plan: null as ((operations: readonly Operation[]) => readonly Operation[]) | null,
  record: null as ((change: Change) => boolean) | null,
}));

vi.mock('../../src/core/plan.ts', async (original) => {
  const real = await original<typeof plan>();
  return {
    ...real,
    *makePlanInSteps(...args: Parameters<typeof real.makePlanInSteps>): Steps<Plan> {
      const plan = yield* real.makePlanInSteps(...args);
      return planted.plan === null ? plan : { ...plan, operations: planted.plan(plan.operations) };
    },
  };
});

vi.mock('../../src/state/record.ts', async (original) => {
  const real = await original<typeof record>();
  type Into = Parameters<typeof real.recordInto>[0];
  return {
    ...real,
    recordInto: (into: Into, outcome: Outcome): void => {
      const forgets = planted.record;
      const changes = outcome.changes.filter((change) => forgets === null || !forgets(change));
      real.recordInto(into, { ...outcome, changes });
    },
  };
});

afterEach(() => {
  planted.plan = planted.record = null;
});

async function playing(history: History): Promise<void> {
  await playEngineHistory(history, 'history');
}

describe('the whole engine', () => {
  it.each([
    ['between passes', false],
    ['between passes, in the middle of them, and with kills and lost answers', true],
  ])('brings all in step and loses nothing, whatever persons do %s', async (_, harsh) => {
    await fc.assert(fc.asyncProperty(histories({ harsh }), playing), {
      numRuns: RUNS,
      seed: SEED,
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  });

  const faults: readonly (readonly [string, Partial<typeof planted>])[] = [
    [
      'a conflict is decided for the host',
      {
        plan: (operations) => {
          const losers = new Map(
            operations.flatMap((op) =>
              op.kind === 'conflictCopy' && op.side === 'local' ? [[op.entry, op.local] as const] : [],
            ),
          );
          const left = operations.filter((op) => op.kind !== 'conflictCopy' || op.side !== 'local');
          const numbers = new Set(left.map((op) => op.number));
          return left.map((op) => ({
            ...op,
            after: op.after.filter((other) => numbers.has(other)),
            ...(op.kind === 'download' ? { over: op.over ?? losers.get(op.entry) ?? null } : {}),
          }));
        },
      },
    ],
    [
      'work in a folder that goes is not sent',
      { plan: (operations) => operations.filter((op) => op.kind !== 'upload' || op.replaces !== null) },
    ],
    [
      'a move is carried out as a removal',
      {
        plan: (operations) =>
          operations.map((op) =>
            op.kind === 'move' && op.side === 'remote' && op.entryKind === 'file'
              ? { ...op, kind: 'trash', covers: [] }
              : op,
          ),
      },
    ],
    [
      'the recorder forgets what both sides agreed on',
      { record: (change) => 'put' in change && change.put === 'base' },
    ],
  ];
  it.each(faults)('shows the fault when %s: the rig is not blind', async (_, fault) => {
    Object.assign(planted, fault);
    const run = await fc.check(fc.asyncProperty(histories({ harsh: false }), playing), {
      numRuns: 300,
      seed: SEED,
      endOnFailure: true,
    });
    expect(run.failed).toBe(true);
  });
});
