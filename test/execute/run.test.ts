/** How a plan is carried out, as far as it can be told without a host and a disk. */
import { expect, test } from 'vitest';
import type { EntryNumber, RemoteId } from '../../src/core/entry.ts';
import type { Operation, OperationNumber } from '../../src/core/operation.ts';
import type { LocalName, RelPath, RemoteName } from '../../src/core/path.ts';
import type { Hands } from '../../src/execute/hands.ts';
import { runPlan } from '../../src/execute/run.ts';

/** Ends at once: a rule ignores the name that it has here. */
function ignored(number: number): Operation {
  return {
    kind: 'download',
    number: number as OperationNumber,
    after: [],
    entry: number as EntryNumber,
    path: `n${number} (2)` as RelPath,
    reason: '',
    remote: { id: `f${number}` as RemoteId, parent: 'd1' as RemoteId, name: `n${number}` as RemoteName, size: 1 },
    to: { parent: 1 as EntryNumber, localName: `n${number} (2)` as LocalName, remoteName: `n${number}` as RemoteName },
    over: null,
  };
}

test('thousands of operations that end at once give others their turn in between', async () => {
  let passed = 0;
  let rests = 0;
  let longest = 0;
  let isOver = false;
  const lookOn = (since: number): void => {
    longest = Math.max(longest, passed - since);
    const now = passed;
    if (!isOver) setImmediate(() => lookOn(now));
  };
  const clock = {
    now: () => passed,
    monotonic: () => (passed += 1),
    sleep: () => {
      rests++;
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
  const operations = Array.from({ length: 3_000 }, (_, number) => ignored(number));
  const hands: Partial<Hands> = {
    clock,
    signal: new AbortController().signal,
    isIgnored: () => true,
    onProgress: () => undefined,
  };
  lookOn(0);
  const { failures } = await runPlan({ operations, waiting: [] }, () => ({ ...hands, state: { view: {} } }) as Hands);
  isOver = true;
  expect(failures).toHaveLength(operations.length);
  expect(rests).toBeGreaterThan(20);
  // sixty-four are under way at once: were each to have a slice of ten to itself after a rest, it would be six hundred
  expect(longest).toBeLessThan(250);
});
