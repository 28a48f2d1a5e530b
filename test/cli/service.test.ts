/** The unit for a person's own systemd, with a `systemctl` that only writes down what it is asked. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeHome, run, writeConfig } from './running.ts';

function prepared(systemctl: string) {
  const home = makeHome();
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/systemctl'), `#!/bin/sh\n${systemctl}\n`, { mode: 0o755 });
  const credentials = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };
  const config = writeConfig(home, 'A', { url: 'https://host.test', credentials });
  const env = { PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` };
  const unit = join(home, '.config/systemd/user/yetisync.service');
  const service = (...words: string[]) => run(home, ['service', ...words, '--config', config], env);
  return { home, config, unit, service, asked: () => readFileSync(join(home, 'asked'), 'utf8').trim().split('\n') };
}

it('is written with the path of this installation, started, and taken away again', async () => {
  const { config, unit, service, asked } = prepared('echo "$@" >> "$HOME/asked"');
  expect(await service('install')).toMatchObject({ status: 0, stderr: '' });
  const text = readFileSync(unit, 'utf8');
  expect(text).toMatch(/^ExecStart="\/.*node" "\/.*main\.(js|ts)" "--config" "/m);
  expect(text).toContain(`"${config}"`);
  expect(asked()).toEqual(['--user daemon-reload', '--user enable --now yetisync.service']);
  expect(await service('uninstall')).toMatchObject({ status: 0 });
  expect(existsSync(unit)).toBe(false);
  expect(asked().slice(2)).toEqual(['--user disable --now yetisync.service', '--user daemon-reload']);
  expect((await service('uninstall')).stdout).toContain('there is no such unit');
});

it('says what systemd said where it does not do it', async () => {
  const { service } = prepared('echo "Failed to connect to bus" >&2; exit 1');
  const { status, stderr } = await service('install');
  expect(status).toBe(1);
  expect(stderr).toContain('systemctl --user daemon-reload: Failed to connect to bus');
});

it('is taken away where systemd does not answer, too', async () => {
  const { service, unit } = prepared('echo "Failed to connect to bus" >&2; exit 1');
  await service('install');
  expect(existsSync(unit)).toBe(true);
  const { status, stdout, stderr } = await service('uninstall');
  expect(status).toBe(1);
  expect(stdout).toContain('removed ');
  expect(stderr).toContain('systemctl --user disable --now yetisync.service: Failed to connect to bus');
  expect(existsSync(unit)).toBe(false);
});
