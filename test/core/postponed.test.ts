/** What failed is tried again by itself: when, goes by what was wrong. */
import { expect, it } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import { makePlan } from '../../src/core/plan.ts';
import type { Known } from '../../src/core/postponed.ts';
import { Postponed } from '../../src/core/postponed.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { SyncError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { PaperWorld } from '../support/paper-world.ts';

function uploadPlan() {
  const world = new PaperWorld();
  world.makeHere(ROOT_NODE, 'a', 'file', 'content');
  return makePlan(reconcile(world, { nowMs: 0, conflictMade: 'then there', nextVersionWaitMs: 600_000 }), world);
}

/** The waits before the second, third, ... try, in seconds, of a plan that fails with `code` each time. */
function waitsAfter(code: ErrorCode, tries: number): number[] {
  const plan = uploadPlan();
  const waits: number[] = [];
  let known: readonly Known[] = [];
  let nowMs = 1_000;
  for (let nth = 0; nth < tries; nth++) {
    const postponed = new Postponed(known, nowMs);
    expect(postponed.leaveOut(plan, null).operations).toHaveLength(1);
    postponed.note(plan.operations.map((operation) => ({ operation, error: new SyncError(code) })));
    known = postponed.known();
    const nextMs = known[0]?.nextTryMs ?? NaN;
    if (nextMs > nowMs) expect(new Postponed(known, nextMs - 1).leaveOut(plan, null).operations).toEqual([]);
    waits.push((nextMs - nowMs) / 1_000);
    nowMs = nextMs;
  }
  return waits;
}

it.each<[ErrorCode, readonly number[]]>([
  ['remote/server-error', [60, 120, 240, 480]],
  ['remote/timeout', [60, 120, 240, 480]],
  ['remote/unreachable', [5, 10, 20, 40]],
  ['local/unreadable', [0, 0, 0, 0]],
])('after %s the waits are %j s', (code, waits) => {
  expect(waitsAfter(code, 4)).toEqual(waits);
});

it('no wait is longer than six hours', () => {
  expect(waitsAfter('remote/server-error', 12).at(-1)).toBe(6 * 3_600);
});

it('what changed since is tried at once, and nothing twice in one pass', () => {
  const plan = uploadPlan();
  const first = new Postponed([], 0);
  first.note(plan.operations.map((operation) => ({ operation, error: new SyncError('remote/server-error') })));
  expect(first.leaveOut(plan, null).operations).toEqual([]);
  const edited = plan.operations.map((op) =>
    op.kind === 'upload' ? { ...op, local: { ...op.local, stamp: 'x' as never } } : op,
  );
  expect(new Postponed(first.known(), 1).leaveOut({ ...plan, operations: edited }, null).operations).toHaveLength(1);
});
