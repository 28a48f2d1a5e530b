import { expect, it } from 'vitest';
import type { RelPath } from '../../src/core/path.ts';
import { covers, Hints } from '../../src/daemon/hints.ts';

const hint = (folder: string, deep = false) => ({ kind: 'folder', folder: folder as RelPath, deep }) as const;

it('is due once nothing was heard for the time to settle', () => {
  const hints = new Hints();
  expect(hints.dueMs(2_000)).toBeNull();
  hints.add(hint('a'), 100);
  hints.add(hint('b'), 1_500);
  expect(hints.dueMs(2_000)).toBe(3_500);
});

it('is due in the end where somebody never rests', () => {
  const hints = new Hints();
  for (let ms = 0; ms < 60_000; ms += 500) hints.add(hint('log'), ms);
  expect(hints.dueMs(2_000)).toBe(10_000);
});

it('gives each folder once, with all below it where any hint said so', () => {
  const hints = new Hints();
  hints.add(hint('a'), 1);
  hints.add(hint('a', true), 2);
  hints.add(hint('a'), 3);
  hints.add(hint(''), 4);
  expect(hints.take()).toEqual([
    { folder: 'a', deep: true },
    { folder: '', deep: false },
  ]);
  expect(hints.dueMs(0)).toBeNull();
  expect(hints.take()).toEqual([]);
});

it('forgets single folders when events were lost, or when there are too many of them', () => {
  const lost = new Hints();
  lost.add(hint('a'), 1);
  lost.add({ kind: 'lost' }, 2);
  lost.add(hint('b'), 3);
  expect(lost.take()).toBe('everything');
  const many = new Hints();
  for (let n = 0; n < 6_000; n++) many.add(hint(`d${n}`), n);
  expect(many.take()).toBe('everything');
});

it('keeps what could not be looked at, beside what came meanwhile', () => {
  const hints = new Hints();
  hints.add(hint('a', true), 1);
  const taken = hints.take();
  hints.add(hint('b'), 5);
  hints.putBack(taken, 9);
  expect(hints.take()).toEqual([
    { folder: 'b', deep: false },
    { folder: 'a', deep: true },
  ]);
  hints.putBack('everything', 10);
  expect(hints.take()).toBe('everything');
});

it('knows what a look covers', () => {
  const path = 'a/b' as RelPath;
  expect(covers('everything', path)).toBe(true);
  expect(covers([hint('a')], path)).toBe(false);
  expect(covers([hint('a', true)], path)).toBe(true);
  expect(covers([hint('a/b')], path)).toBe(true);
});
