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

/** Downloads that begin, and end when they are told to: as failures, since nothing of a host or a disk is there. */
class Held {
  readonly begun: number[] = [];
  readonly #looks = new Map<string, () => void>();
  readonly hands = {
    clock: { now: () => 0, monotonic: () => 0, sleep: () => new Promise<void>(() => undefined) },
    signal: new AbortController().signal,
    isIgnored: () => false,
    onProgress: ({ kind, operation }: ProgressEvent) => {
      if (kind === 'started') this.begun.push(operation.number);
    },
    // the disk cannot be read: so each operation ends when it has heard of it
    files: {
      look: (path: string) =>
        new Promise((_, reject) => this.#looks.set(path, () => reject(new SyncError('local/io', { path })))),
    },
    state: { view: { localOf: () => ({ node: 1 }), local: () => ({ node: 1, parent: null }) } },
  } as unknown as Hands;

  get underWay(): number {
    return this.#looks.size;
  }

  /** Ends what is under way, but for these. */
  endOthers(...kept: readonly number[]): void {
    for (const [path, end] of [...this.#looks]) {
      if (kept.some((number) => path === `n${number} (2)`)) continue;
      this.#looks.delete(path);
      end();
    }
  }
}

function sized(number: number, size: number): Operation {
  const op = ignored(number);
  if (op.kind !== 'download') throw new Error('it is one');
  return { ...op, path: `n${number}` as RelPath, remote: { ...op.remote, size } };
}

const large = Array.from({ length: 100 }, (_, number) => sized(number, 20_000_000));
const small = Array.from({ length: 10 }, (_, at) => sized(100 + at, 1_000));
const mixed = { operations: [...large, ...small], waiting: [] };
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('small files are not kept waiting by large ones that come before them in the plan', async () => {
  const held = new Held();
  const ran = runPlan(mixed, () => held.hands);
  await settled();
  expect(held.begun).toEqual([0, 1, ...small.map(({ number }) => number)]);
  while (held.begun.length < 110) {
    held.endOthers();
    await settled();
    expect(held.underWay).toBeLessThanOrEqual(32);
  }
  held.endOthers();
  expect((await ran).failures).toHaveLength(110);
});

test('where more is to be decided, large files that are under way go on behind, and those that are not are left', async () => {
  const held = new Held();
  const ran = runPlan(mixed, () => held.hands, { largeAside: 0 });
  await settled();
  held.endOthers(0, 1);
  const { failures, left, unfinished, isThrough } = await ran;
  expect([failures.length, left, isThrough]).toEqual([10, 98, true]);
  expect(unfinished.map(({ operation }) => operation.number)).toEqual([0, 1]);
  held.endOthers();
  await expect(unfinished[0]?.result()).resolves.toMatchObject({ kind: 'failed' });
});

test('no large file begins where two of an earlier round are still under way', async () => {
  const held = new Held();
  const ran = runPlan(mixed, () => held.hands, { largeAside: 2 });
  await settled();
  expect(held.begun).toEqual(small.map(({ number }) => number));
  held.endOthers();
  expect((await ran).left).toBe(100);
});

test('what waits for a large file is left with it where that does not begin', async () => {
  const held = new Held();
  const waiting = { ...sized(101, 1_000), after: [100 as OperationNumber] };
  const operations = [sized(100, 20_000_000), waiting, sized(102, 1_000)];
  const ran = runPlan({ operations, waiting: [] }, () => held.hands, { largeAside: 2 });
  await settled();
  expect(held.begun).toEqual([102]);
  held.endOthers();
  expect(await ran).toMatchObject({ left: 2, isThrough: true });
});

test('a round that gives way to news is not through', async () => {
  const held = new Held();
  let isPressed = false;
  const ran = runPlan(mixed, () => held.hands, { largeAside: 2, mayBegin: () => !isPressed });
  await settled();
  isPressed = true;
  held.endOthers();
  expect(await ran).toMatchObject({ left: 100, isThrough: false });
});
