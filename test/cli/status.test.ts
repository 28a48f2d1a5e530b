import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statusText } from '../../src/cli/status.ts';
import { makeStyle } from '../../src/cli/shell.ts';
import type { PairStatus } from '../../src/compose/status.ts';
import { parseRelPath } from '../../src/core/path.ts';
import { call } from './in-process.ts';
import { facts, makeHome, startHost, writeConfig } from './running.ts';

const nowMs = new Date(2026, 10, 22, 14, 0, 0).getTime();

const known: PairStatus = {
  pair: { name: 'Cloud', local: '/home/ann/Cloud', remote: '/Cloud', exclude: [] },
  isKnown: true,
  lastSuccessMs: nowMs - 65_000,
  lastSweepMs: nowMs - 65_000,
  lastRun: { run: 3, startedMs: nowMs - 70_000, endedMs: nowMs - 65_000, exit: 0, counts: { upload: 2 } },
  entries: 1234,
  problems: [],
  held: [],
  removedLately: { local: 0, remote: 0 },
  waiting: [],
  unsynced: 0,
  names: [],
  isSignInRefused: false,
  lastStop: null,
  lockedBy: null,
};

const textOf = (changes: Partial<PairStatus>) => statusText({ ...known, ...changes }, nowMs, makeStyle(false));

describe('the status', () => {
  it('of a pair that is well', () => {
    expect(textOf({})).toBe(
      [
        '/home/ann/Cloud ⇄ /Cloud',
        '  last in sync     2026-11-22 13:58:55, 1 min 5 s ago',
        '  last pass        2026-11-22 13:58:50, 1 min 10 s ago: in sync, 2 files uploaded',
        '  host last seen   2026-11-22 13:58:55, 1 min 5 s ago',
        '  1,234 items in step',
      ].join('\n'),
    );
  });

  it('says what stopped the last pass, and what to do about it', () => {
    const lastStop = { code: 'remote/folder-missing', about: '/Cloud', atMs: nowMs - 60_000 } as const;
    expect(textOf({ lastStop })).toContain(
      '  stopped          1 min ago: the folder on the host is gone or in its trash: restore it there, or run `yetisync forget` to begin anew (/Cloud)',
    );
  });

  it('tells of a refused sign-in, of problems by kind and of what is not in step', () => {
    const problem = (path: string) => ({
      path: parseRelPath(path),
      code: 'remote/quota' as const,
      detail: null,
      fingerprint: path,
      sinceMs: 0,
      tries: 1,
      nextTryMs: 0,
    });
    const problems = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(problem);
    const text = textOf({ isSignInRefused: true, problems, unsynced: 7, lastSuccessMs: null });
    expect(text).toContain('the host refused the sign-in');
    expect(text).toContain('last in sync     never');
    expect(text).toContain('7 not in step');
    expect(text).toMatch(
      /7 not synced: the account's space.*\n {4}a\n {4}b\n {4}c\n {4}d\n {4}e\n {4}… and 2 more\n.*`yetisync status --problems remote\/quota` lists all/,
    );
  });

  it('tells of a pass that was cut off, and of conflicts', () => {
    expect(textOf({ lastRun: { run: 1, startedMs: nowMs, endedMs: null, exit: null, counts: {} } })).toContain(
      'was cut off',
    );
    const counts = { 'conflictCopy local': 2 };
    expect(textOf({ lastRun: { run: 1, startedMs: nowMs, endedMs: nowMs, exit: 0, counts } })).toContain('2 conflicts');
  });
});

it('is read from the state alone, before and after the first pass, and answers 0', async () => {
  const home = makeHome();
  const { url, running } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  const before = await call(home, ['status', '--config', config]);
  expect(before).toMatchObject({ status: 0, stderr: '' });
  expect(before.stdout).toContain('never synced on this computer');
  expect(before.stdout).toContain('no daemon is running');

  writeFileSync(join(home, 'laptop/notes.txt'), 'hello\n');
  await call(home, ['--once', '--config', config]);
  await running.stop();
  const after = await call(home, ['--config', config, 'status']);
  expect(after.stdout).toMatch(/last pass .*: in sync, 1 file uploaded\n/);
  expect(after.stdout).toContain('1 item in step');
  const json = await call(home, ['status', '--json', '--config', config]);
  expect(facts(json.stdout)).toMatchObject({
    pair: 'laptop',
    isKnown: true,
    entries: 1,
    unsynced: 0,
    problems: [],
    held: [],
  });
});

it('groups what cannot be synced, lists it when asked, and names what has another name on the host', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  for (let at = 10; at < 22; at++) writeFileSync(join(home, `laptop/empty-${at}.txt`), '');
  symlinkSync('nowhere', join(home, 'laptop/link'));
  writeFileSync(join(home, 'laptop/ blank.txt'), 'x');
  mkdirSync(join(home, 'laptop/ruled'));
  writeFileSync(join(home, 'laptop/ruled/.yetisyncignore'), '[\n');
  writeFileSync(join(home, 'laptop/ruled/file'), '1');
  const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
  expect(await yetisync('--once')).toMatchObject({ status: 1 });
  const { stdout } = await yetisync('status');
  expect(stdout).toMatch(/1 not synced: its ignore file cannot be read.*\n {4}ruled\n/);
  expect((await yetisync('explain', join(home, 'laptop/ruled/file'))).stdout).toContain(
    'its ignore file cannot be read',
  );
  expect(stdout).toMatch(
    /12 left alone: the host cannot hold empty files.*\n {4}empty-10\.txt\n(.*\n){4} {4}… and 7 more\n/,
  );
  expect(stdout).toContain('1 left alone: links');
  expect(stdout).not.toContain('not in step');
  expect(stdout).toContain('1 item with another name on the host:\n     blank.txt is ~ys~%20blank.txt there');
  const all = (await yetisync('status', '--problems')).stdout;
  expect(all.match(/^ {4}empty-/gm)).toHaveLength(12);
  expect(all).toContain('\n    link');
  const some = (await yetisync('status', '--problems', 'local/special')).stdout;
  expect(some).toContain('\n    link');
  expect(some).not.toContain('empty-');
  expect((await yetisync('status', '--watch')).stderr).toContain('--watch needs a terminal');
});

it('says of a damaged state which file it is and what to do, without a stack', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  await call(home, ['--once', '--config', config]);
  const [name = ''] = readdirSync(join(home, 'laptop-state')).filter((one) => !one.startsWith('lock'));
  const file = join(home, 'laptop-state', name, 'state.db');
  writeFileSync(file, 'no database at all, but long enough to be taken for one'.repeat(200));
  const { status, stderr } = await call(home, ['status', '--config', config]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^yetisync: .*state\.db: the state database is damaged: .*`yetisync --once`.*\n$/);
  expect(stderr).toContain(file);
});
