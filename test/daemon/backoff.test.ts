import { expect, it } from 'vitest';
import { recoveryFrom, retryWaitMs } from '../../src/daemon/backoff.ts';
import { SyncError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';

const after = (code: ErrorCode, failures = 1, retryAfterMs?: number, intervalMs = 60_000) =>
  recoveryFrom(new SyncError(code, retryAfterMs === undefined ? {} : { retryAfterMs }), {
    failures,
    chance: 0.5,
    intervalMs,
  });

it.each<[ErrorCode, number, readonly number[]]>([
  ['remote/server-error', 60_000, [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]],
  ['remote/unreachable', 60_000, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]],
  ['remote/unreachable', 5_000, [5_000, 10_000, 15_000, 15_000, 15_000, 15_000, 15_000]],
  ['remote/unreachable', 3_600_000, [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]],
])('waits longer after each %s in a row where it polls every %i ms, and never for long', (code, intervalMs, waits) => {
  const found = [1, 2, 3, 4, 5, 6, 50].map((failures) => after(code, failures, undefined, intervalMs));
  expect(found.map((it) => (it.kind === 'retry' ? it.waitMs : null))).toEqual(waits);
});

it('waits at least as long as the host asks for', () => {
  expect(after('remote/rate-limited', 1, 300_000)).toEqual({ kind: 'retry', waitMs: 300_000 });
});

it.each<ErrorCode>([
  'local/root-missing',
  'local/root-unreadable',
  'local/root-foreign',
  'remote/folder-missing',
  'remote/other-account',
  'state/locked',
])('looks again at each poll after %s', (code) => {
  expect(after(code, 7)).toEqual({ kind: 'halt', waitMs: 60_000 });
});

it('ends all for a refused sign-in: it is tried once', () => {
  expect(after('remote/sign-in-refused')).toEqual({ kind: 'exit' });
});

it('tries again what was left undone, ever less often while nothing comes of it', () => {
  expect([0, 1, 2, 30].map(retryWaitMs)).toEqual([5_000, 10_000, 20_000, 900_000]);
});
