import { describe, expect, it } from 'vitest';
import type { HeldRemoval, HistoryLine, KnownProblem } from '../../src/ports.ts';
import { entry, path } from './rows.ts';
import { newState } from './trees.ts';

const line = (at: number, where: string, changes: Partial<HistoryLine> = {}): HistoryLine => ({
  atMs: at,
  kind: 'upload',
  side: 'remote',
  path: path(where),
  reason: 'new locally',
  facts: { id: 'f20', size: 3, md5: null },
  ...changes,
});

describe('history', () => {
  it('is told newest first, by run, by path and what is below it', () => {
    const state = newState();
    const first = state.beginRun(1);
    for (const [at, where] of ['a', 'a/b', 'a-c', 'a/b/c', 'b'].entries()) {
      state.record({ changes: [], history: line(at, where) });
    }
    const second = state.beginRun(10);
    state.record({ changes: [], history: line(11, 'a/d') });
    const paths = (query: Parameters<typeof state.history>[0]) => state.history(query).map((one) => one.path);
    expect(paths({ limit: 2 })).toEqual(['a/d', 'b']);
    expect(paths({ path: path('a'), limit: 9 })).toEqual(['a/d', 'a/b/c', 'a/b', 'a']);
    expect(paths({ path: path(''), run: first, limit: 9 })).toEqual(['b', 'a/b/c', 'a-c', 'a/b', 'a']);
    expect(state.history({ run: second, limit: 9 })).toEqual([{ ...line(11, 'a/d'), run: second }]);
  });

  it('counts removals on a side since a time, a folder with all that it covered', () => {
    const state = newState();
    const trash = (at: number, facts: HistoryLine['facts'], side: 'local' | 'remote' = 'remote') =>
      state.record({ changes: [], history: line(at, 'x', { kind: 'trash', side, facts }) });
    trash(10, {});
    trash(20, { count: 40 });
    trash(20, {}, 'local');
    state.record({ changes: [], history: line(20, 'y', { kind: 'move', facts: { count: 9 } }) });
    expect(state.removalsSince(0, 'remote')).toBe(41);
    expect(state.removalsSince(11, 'remote')).toBe(40);
    expect(state.removalsSince(0, 'local')).toBe(1);
    expect(state.removalsSince(21, 'local')).toBe(0);
  });

  it('keeps what each run came to', () => {
    const state = newState();
    const first = state.beginRun(1);
    const second = state.beginRun(2);
    state.endRun(first, 5, 0, { uploads: 2 });
    expect(state.lastRuns(9)).toEqual([
      { run: second, startedMs: 2, endedMs: null, exit: null, counts: {} },
      { run: first, startedMs: 1, endedMs: 5, exit: 0, counts: { uploads: 2 } },
    ]);
    expect(state.lastRuns(1)).toHaveLength(1);
  });
});

describe('what waits', () => {
  const problem: KnownProblem = {
    path: path('a'),
    code: 'remote/quota',
    detail: null,
    fingerprint: 'x',
    sinceMs: 1.5,
    tries: 2,
    nextTryMs: 9,
  };
  const held: HeldRemoval = {
    side: 'local',
    path: path('a'),
    entry: entry(2),
    entryKind: 'file',
    fingerprint: 'x',
    approved: false,
    sinceMs: 3,
  };

  it('is replaced as a whole', () => {
    const state = newState();
    state.setProblems([problem, { ...problem, path: path('b'), detail: 'full' }]);
    state.setProblems([{ ...problem, tries: 3 }]);
    expect(state.problems()).toEqual([{ ...problem, tries: 3 }]);
    state.setHeldRemovals([held, { ...held, entry: entry(3), approved: true }]);
    state.setHeldRemovals([{ ...held, approved: true }]);
    expect(state.heldRemovals()).toEqual([{ ...held, approved: true }]);
  });

  it('leaves out problems of a code that this version does not have', () => {
    const state = newState();
    state.setProblems([problem, { ...problem, code: 'remote/once-upon-a-time' as KnownProblem['code'] }]);
    expect(state.problems()).toEqual([problem]);
  });
});

describe('small facts', () => {
  it('are kept until they are taken back', () => {
    const state = newState();
    expect(state.facts.get('computer')).toBeNull();
    state.facts.set('computer', 'one');
    state.facts.set('computer', 'two');
    expect(state.facts.get('computer')).toBe('two');
    state.facts.set('computer', null);
    expect(state.facts.get('computer')).toBeNull();
  });

  it('begin with a key under which refused credentials are remembered', () => {
    expect(newState().facts.get('hashKey')).toMatch(/^[0-9a-f]{64}$/);
  });
});
