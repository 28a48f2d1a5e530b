import { describe, expect, it } from 'vitest';
import type { EntryNumber } from '../../src/core/entry.ts';
import { makeRecorder } from '../../src/execute/recorder.ts';
import type { Outcome } from '../../src/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';

const outcome = (entry: number): Outcome => ({ changes: [{ drop: 'base', entry: entry as EntryNumber }] });
const entryOf = ({ changes }: Outcome) => {
  const [change] = changes;
  return change !== undefined && 'drop' in change && change.drop === 'base' ? change.entry : 0;
};

function recorder(refused: readonly number[] = []) {
  const batches: number[][] = [];
  const recordAll = (outcomes: readonly Outcome[]): void => {
    const entries = outcomes.map(entryOf);
    if (entries.some((entry) => refused.includes(entry))) throw new Error('refused');
    batches.push(entries);
  };
  const record = makeRecorder({ recordAll, record: (one) => recordAll([one]) }, new FakeClock({ auto: true }));
  return { batches, record };
}

describe('outcomes', () => {
  it('that come at the same moment are recorded in one transaction', async () => {
    const { batches, record } = recorder();
    const ready = Promise.resolve();
    await Promise.all([1, 2, 3].map((entry) => ready.then(() => record(outcome(entry)))));
    await record(outcome(4));
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  it('are recorded all the same when one among them cannot be', async () => {
    const { batches, record } = recorder([2]);
    const results = await Promise.allSettled([1, 2, 3].map((entry) => record(outcome(entry))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches).toEqual([[1], [3]]);
  });

  it('that are many are recorded in parts, and none is forgotten', async () => {
    const { batches, record } = recorder();
    const all = Array.from({ length: 1_000 }, (_, at) => at + 1);
    await Promise.all(all.map((entry) => record(outcome(entry))));
    expect(batches.flat()).toEqual(all);
    expect(batches.length).toBeGreaterThan(1);
    await record(outcome(7));
    expect(batches.at(-1)).toEqual([7]);
  });
});
