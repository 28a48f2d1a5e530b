/** What a person is told on the desktop: the decision, and the program that says it. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchOver } from '../../src/compose/alarms.ts';
import { DeskNews } from '../../src/daemon/desk-news.ts';
import type { PairReport } from '../../src/daemon/pair-activity.ts';
import { silentLog } from '../../src/log.ts';
import { FakeClock } from '../support/fake-clock.ts';

const calm = {
  name: 'Cloud',
  local: '/home/me/Cloud',
  remote: '/Cloud',
  phase: 'idle',
  error: null,
  held: 0,
  waiting: 0,
  problems: [],
  facts: null,
  work: { operations: 0, done: 0, underWay: [] },
  totals: { operations: {}, passes: 1, bytesUp: 0, bytesDown: 0, failures: {} },
} as unknown as PairReport;

const withConflicts = (count: number): PairReport => ({
  ...calm,
  totals: { ...calm.totals, operations: { 'conflictCopy local': count, upload: 9 } },
});

const halted = (code: 'local/root-missing' | 'remote/unreachable'): PairReport => ({
  ...calm,
  phase: 'halted',
  error: { code, message: `it is ${code}`, sinceMs: 0 },
});

it('conflicts are told together and once, and what goes on by itself not at all', () => {
  const desk = new DeskNews();
  const told = (report: PairReport) => desk.news([report]).map(({ text }) => text);
  expect(told(calm)).toEqual([]);
  expect(told(withConflicts(3))).toEqual(['3 files were changed on both sides and are kept twice: yetisync conflicts']);
  expect(told(withConflicts(3))).toEqual([]);
  expect(told(withConflicts(4))).toEqual(['1 file was changed on both sides and is kept twice: yetisync conflicts']);
  expect(told(halted('remote/unreachable'))).toEqual([]);
});

it('held removals and a stop are told when they come, not while they last, and again the next time', () => {
  const desk = new DeskNews();
  const told = (report: PairReport) => desk.news([report]).length;
  expect(desk.news([{ ...calm, held: 40 }])).toEqual([
    { title: 'yetisync: Cloud', text: 'unusually many removals at once wait for you: yetisync held' },
  ]);
  expect(told({ ...calm, held: 60 })).toBe(0);
  expect(told(calm)).toBe(0);
  expect(told({ ...calm, held: 60 })).toBe(1);
  expect(told(halted('local/root-missing'))).toBe(1);
  expect(told(halted('local/root-missing'))).toBe(0);
  expect(told(calm)).toBe(0);
  expect(told(halted('local/root-missing'))).toBe(1);
});

/** A desktop whose `notify-send` writes down what it is to say. */
async function said({
  notify,
  hasProgram,
}: {
  readonly notify: boolean;
  readonly hasProgram: boolean;
}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'yetisync-desk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const heard = join(folder, 'heard');
  if (hasProgram) writeFileSync(join(folder, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${heard}'\n`);
  if (hasProgram) chmodSync(join(folder, 'notify-send'), 0o755);
  const clock = new FakeClock();
  const stop = new AbortController();
  const watching = watchOver({
    clock,
    config: () => ({ notify, onStale: null }),
    reports: () => [withConflicts(2)],
    env: { PATH: folder, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
    log: silentLog,
    service: { watchdogMs: null, tell: () => Promise.resolve() },
    signal: stop.signal,
  });
  await clock.advance(10_000);
  if (notify && hasProgram) await vi.waitFor(() => expect(existsSync(heard)).toBe(true), 10_000);
  stop.abort();
  await watching;
  return existsSync(heard) ? readFileSync(heard, 'utf8') : '';
}

it('notify-send says it; where it is missing, or the config says no, nothing does and nothing fails', async () => {
  expect(await said({ notify: true, hasProgram: true })).toBe(
    '--app-name=yetisync\n--\nyetisync: Cloud\n2 files were changed on both sides and are kept twice: yetisync conflicts\n',
  );
  expect(await said({ notify: true, hasProgram: false })).toBe('');
  expect(await said({ notify: false, hasProgram: true })).toBe('');
});
