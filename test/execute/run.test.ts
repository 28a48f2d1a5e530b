/** How a plan is carried out, as far as it can be told without a host and a disk. */
import { expect, test } from 'vitest';
import type { EntryNumber, RemoteId } from '../../src/core/entry.ts';
import type { Operation, OperationNumber } from '../../src/core/operation.ts';
import { SyncError } from '../../src/errors.ts';
import type { LocalName, RelPath, RemoteName } from '../../src/core/path.ts';
import type { Hands, ProgressEvent } from '../../src/execute/hands.ts';
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

test('small files are not kept waiting by large ones that come before them in the plan', async () => {
  const begun: number[] = [];
  const looks = new Map<string, () => void>();
  const download = (number: number, size: number): Operation => {
    const op = ignored(number);
    if (op.kind !== 'download') throw new Error('it is one');
    return { ...op, path: `n${number}` as RelPath, remote: { ...op.remote, size } };
  };
  const large = Array.from({ length: 100 }, (_, number) => download(number, 20_000_000));
  const small = Array.from({ length: 10 }, (_, at) => download(100 + at, 1_000));
  const view = { localOf: () => ({ node: 1 }), local: () => ({ node: 1, parent: null }) };
  const hands = {
    clock: { now: () => 0, monotonic: () => 0, sleep: () => new Promise<void>(() => undefined) },
    signal: new AbortController().signal,
    isIgnored: () => false,
    onProgress: ({ kind, operation }: ProgressEvent) => {
      if (kind === 'started') begun.push(operation.number);
    },
    // the disk cannot be read: so each operation ends when it has heard of it
    files: {
      look: (path: string) =>
        new Promise((_, reject) => looks.set(path, () => reject(new SyncError('local/io', { path })))),
    },
    state: { view },
  } as unknown as Hands;
  const ran = runPlan({ operations: [...large, ...small], waiting: [] }, () => hands);
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  await settled();
  expect(begun).toEqual([0, 1, ...small.map(({ number }) => number)]);
  while (begun.length < 110) {
    const open = [...looks.values()];
    looks.clear();
    for (const end of open) end();
    await settled();
    expect(looks.size).toBeLessThanOrEqual(32);
  }
  for (const end of looks.values()) end();
  expect((await ran).failures).toHaveLength(110);
});
