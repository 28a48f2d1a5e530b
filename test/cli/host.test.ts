/** `yetisync host` as a person meets it: the first start, accounts and trash beside the running host, the stop. */
import { mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, facts, makeHome, run, Running, startHost, writeConfig } from './running.ts';

it('the first start makes an account, and keeps its keys for the user alone', async () => {
  const { data, running } = await startHost(makeHome());
  expect(facts(running.stdout)).toMatchObject({ event: 'listening', accounts: [{ username: 'user1' }] });
  for (const part of ['key1', 'key2', 'password']) {
    const path = join(data, 'keys', `user1.${part}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(running.stdout + running.stderr).not.toContain(readFileSync(path, 'utf8').trim());
  }
  expect(statSync(join(data, 'host.sock')).mode & 0o777).toBe(0o600);
});

it('prints a config that works as it stands', async () => {
  const home = makeHome();
  const running = new Running(home, ['host', '--data', 'h', '--port', '0']);
  while (!running.stdout.includes('Ctrl+C')) await Promise.race([running.firstLine(), running.ended]);
  const config = running.stdout.slice(running.stdout.indexOf('{'), running.stdout.lastIndexOf('}') + 1);
  mkdirSync(join(home, 'Cloud'));
  mkdirSync(join(home, '.config/yetisync'), { recursive: true });
  writeFileSync(join(home, '.config/yetisync/config.json'), config);
  const { status, stderr } = await call(home, ['--once']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(await running.stop()).toMatchObject({ status: 0 });
});

it.each([
  ['running', true],
  ['stopped', false],
])('accounts are added and limited while the host is %s', async (_title, isRunning) => {
  const home = makeHome();
  const { data, running } = await startHost(home);
  if (!isRunning) await running.stop();
  const added = await run(home, ['host', 'account', 'add', '--data', data, '--username', 'ann', '--json']);
  expect(facts(added.stdout)).toMatchObject({ username: 'ann', key1File: join(data, 'keys/ann.key1') });
  const limited = await run(home, [
    'host',
    'account',
    'limits',
    '--data',
    data,
    '--account',
    'ann',
    'max_upload_size=100MB',
  ]);
  expect(limited).toMatchObject({ status: 0, stdout: 'ann:\nmax_upload_size = 100000000\n' });
  const listed = await run(home, ['host', 'account', 'list', '--data', data]);
  expect(listed.stdout).toBe('1  user1\n2  ann\n');

  const again = await run(home, ['host', 'account', 'add', '--data', data, '--username', 'ann']);
  expect(again).toMatchObject({ status: 2, stdout: '' });
  expect(again.stderr).toContain('ann');
  const misspelt = await run(home, [
    'host',
    'account',
    'limits',
    '--data',
    data,
    '--account',
    'an',
    'max_upload_size=1',
  ]);
  expect(misspelt).toMatchObject({ status: 2 });
  expect(misspelt.stderr).toContain('did you mean ann?');
});

it('brings back what was removed, beside the running host', async () => {
  const home = makeHome();
  const { url, data } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  writeFileSync(join(home, 'laptop/notes.txt'), 'kept');
  await call(home, ['--once', '--config', config]);
  unlinkSync(join(home, 'laptop/notes.txt'));
  await call(home, ['--once', '--config', config]);

  const words = ['--data', data, '--account', 'user1'];
  const listed = await run(home, ['host', 'trash', 'list', ...words]);
  const [item = ''] = listed.stdout.split(' ');
  expect(listed.stdout).toContain('notes.txt');
  expect(await run(home, ['host', 'trash', 'restore', ...words, item])).toMatchObject({
    status: 0,
    stdout: 'restored notes.txt\n',
  });
  expect(await run(home, ['host', 'trash', 'restore', ...words, item])).toMatchObject({ status: 2 });
  await call(home, ['--once', '--config', config]);
  expect(readFileSync(join(home, 'laptop/notes.txt'), 'utf8')).toBe('kept');
});

it('a second host on the same data is told that it is taken', async () => {
  const home = makeHome();
  const { data } = await startHost(home);
  const { status, stderr } = await run(home, ['host', '--data', data, '--port', '0']);
  expect(status).toBe(1);
  expect(stderr).toContain('another yetisync host is at work with this folder');
});

it('ends with 0 when it is stopped, and answers again when it is started anew', async () => {
  const home = makeHome();
  const first = await startHost(home);
  expect(await first.running.stop()).toMatchObject({ status: 0, signal: null });
  const second = await startHost(home);
  expect(allFacts(second.running.stdout)).toMatchObject([{ accounts: [{ username: 'user1' }] }]);
});
