/** A report from a real folder: nothing private is in it, and what it says would be done follows from what is in it. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readReport, replay } from '../support/replay.ts';
import { call } from './in-process.ts';
import { makeHome, startHost, writeConfig } from './running.ts';

it('tells all that a decision hangs on and nothing private, and the decision can be made again from it', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const [laptop, desktop] = ['laptop', 'desktop'].map((name) => ({
    folder: join(home, name),
    config: writeConfig(home, name, { url, more: { ignore: ['secret-rule.iso'] } }),
  })) as [{ folder: string; config: string }, { folder: string; config: string }];
  const on = (one: { config: string }, ...words: string[]) => call(home, [...words, '--config', one.config]);
  const write = (path: string, text: string) => writeFileSync(join(home, path), text);
  expect((await on(laptop, 'report')).stdout).toContain('never synced');
  mkdirSync(join(laptop.folder, 'Letters/old'), { recursive: true });
  for (const name of ['diary.txt', 'Diary.txt', 'Letters/anna.txt', 'Letters/old/berta.txt', 'gone.txt', 'moved.txt'])
    write(`laptop/${name}`, `content of ${name}`);
  for (const one of [laptop, desktop, laptop]) await on(one, '--once');
  write('desktop/diary.txt', 'edited there');
  rmSync(join(desktop.folder, 'Letters/old'), { recursive: true });
  for (const one of [desktop]) await on(one, '--once');
  // the pass sees the removal; what it is to do about it, and what was changed here, is open when the report is made
  write('laptop/diary.txt', 'edited here');
  await on(laptop, '--once');
  write('laptop/Letters/anna.txt', 'edited here and not sent');
  renameSync(join(laptop.folder, 'moved.txt'), join(laptop.folder, 'Letters/elsewhere.txt'));
  rmSync(join(laptop.folder, 'gone.txt'));
  write('laptop/new.txt', 'new');
  write('laptop/empty.txt', '');
  symlinkSync('diary.txt', join(laptop.folder, 'a-link'));

  const { status, stdout, stderr } = await on(laptop, 'report', '-o', 'report.json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Read it before you send it');
  const text = readFileSync(join(home, 'report.json'), 'utf8');
  const secrets = [1, 2].map((nth) => readFileSync(join(home, `host/keys/user1.key${nth}`), 'utf8').trim());
  for (const secret of [...secrets, home, url, 'secret-rule', '/Cloud']) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/diary|letters|anna|berta|gone\.|moved\.|elsewhere|a-link|content of|\bedited\b/i);

  expect(JSON.parse(text)).toMatchObject({
    config: { host: 'another one', signIn: 'keys', ignoreRules: 1 },
    pairs: [{ calls: { byKind: { authorize: { calls: 1, failed: 0 }, 'file/upload': {}, 'folder/listing': {} } } }],
  });
  const [decision, ...others] = readReport(text);
  expect(others).toEqual([]);
  if (decision === undefined) throw new Error('no decision');
  expect(decision.steps.map((step) => `${step.do} ${step.side ?? ''}`.trim()).sort()).toEqual([
    'move remote',
    'trash remote',
    'upload',
    'upload',
  ]);
  expect(decision.problems.map(({ code }) => code).sort()).toEqual(['local/special', 'remote/empty-file']);
  expect(replay(decision)).toEqual({
    steps: decision.steps,
    problems: decision.problems,
    waiting: decision.waiting,
  });
  // a decision that hangs on what is in the report changes with it
  const { trees } = decision;
  const bent = { ...decision, trees: { ...trees, remote: trees.remote.slice(0, -1) } };
  expect(replay(bent).steps).not.toEqual(decision.steps);
});
