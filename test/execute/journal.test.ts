import { describe, expect, it } from 'vitest';
import type { EntryNumber } from '../../src/core/entry.ts';
import { makeJournal } from '../../src/execute/journal.ts';
import type { Intent, IntentNumber, Outcome } from '../../src/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';

const outcome = (entry: number): Outcome => ({ changes: [{ drop: 'base', entry: entry as EntryNumber }] });
const entryOf = ({ changes }: Outcome): number => {
  const [change] = changes;
  return change !== undefined && 'drop' in change && change.drop === 'base' ? change.entry : 0;
};
const intent = (entry: number): Intent => ({
  kind: 'copy',
  entry: entry as EntryNumber,
  name: 'f' as never,
  size: 1,
});

/** A state that writes down what was asked of it, a list for each transaction; outcomes of the entries in `refused` cannot be recorded. */
function journal(refused: readonly number[] = []) {
  const batches: string[][] = [];
  let open: string[] | null = null;
  let number = 0;
  const clock = new FakeClock({ auto: true });
  const write = (line: string): void => {
    if (open === null) batches.push([line]);
    else open.push(line);
  };
  const made = makeJournal(
    {
      atOnce(work) {
        open = [];
        const mine = open;
        try {
          const result = work();
          batches.push(mine);
          return result;
        } finally {
          open = null;
        }
      },
      beginIntent(one) {
        write(`begin ${one.entry}`);
        return ++number as IntentNumber;
      },
      noteIntent: (of) => write(`note ${of}`),
      record(one) {
        if (refused.includes(entryOf(one))) throw new Error('refused');
        write(`record ${entryOf(one)}`);
      },
    },
    clock,
  );
  return { batches, clock, ...made };
}

describe('what is to be written down', () => {
  it('at the same moment is written in one transaction, in the order in which it came', async () => {
    const { batches, begin, note } = journal();
    const ready = Promise.resolve();
    const [number] = await Promise.all([
      ready.then(() => begin(intent(1))),
      ready.then(() => note(7 as IntentNumber, intent(3))),
    ]);
    expect(number).toBe(1);
    await begin(intent(4));
    expect(batches).toEqual([['begin 1', 'note 7'], ['begin 4']]);
  });

  it('of outcomes is gathered for a moment, for which no act waits', async () => {
    const { batches, begin, record, clock } = journal();
    const first = record(() => outcome(1));
    await begin(intent(2));
    await clock.sleep(1);
    const second = record(() => outcome(3));
    await Promise.all([first, second]);
    expect(batches).toEqual([['begin 2'], ['record 1', 'record 3']]);
  });

  it('is written all the same when one among it cannot be; that one is told', async () => {
    const { batches, record } = journal([2]);
    const results = await Promise.allSettled([1, 2, 3].map((entry) => record(() => outcome(entry))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches).toEqual([['record 1'], ['record 3']]);
  });

  it('and is much is written in parts, and nothing is forgotten', async () => {
    const { batches, record } = journal();
    const all = Array.from({ length: 1_000 }, (_, at) => at + 1);
    await Promise.all(all.map((entry) => record(() => outcome(entry))));
    expect(batches.flat()).toEqual(all.map((entry) => `record ${entry}`));
    expect(batches.length).toBeGreaterThan(1);
    await record(() => outcome(7));
    expect(batches.at(-1)).toEqual(['record 7']);
  });
});
