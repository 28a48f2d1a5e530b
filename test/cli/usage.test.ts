/** What the program answers to words alone: help, version, and wrong use with the word that was probably meant. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeHome, run, Running } from './running.ts';

describe('wrong use ends with 2 and says what was probably meant', () => {
  it.each([
    [['statsu'], 'Did you mean `yetisync status`?'],
    [['--onec'], '--once'],
    [['--dry-run'], 'yetisync --once --dry-run'],
    [[], 'yetisync --once'],
    [['init'], 'planned but not there yet'],
    [['xyzzy-plugh'], 'no command `xyzzy-plugh`'],
    [['--once', 'demo'], 'go without a command'],
    [['host'], '--data'],
    [['host', '--data', 'h', '--port', '99999'], 'from 0 to 65535'],
    [['host', '--data', 'h', '--habits', 'ghost'], 'did you mean ghosts?'],
    [['host', 'trash', 'list', '--data', 'h'], '--account'],
    [['host', 'account', 'list', '--data', 'h'], 'holds no host'],
    [['host', 'acount'], 'yetisync host account'],
    [['demo', 'now'], '--help'],
  ])('yetisync %j', async (words, meant) => {
    const { status, stdout, stderr } = await run(makeHome(), words);
    expect(stderr).toContain(meant);
    expect(stderr).toMatch(/^yetisync: /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('a missing config names the file that was looked for', async () => {
    const home = makeHome();
    const { status, stderr } = await run(home, ['--once']);
    expect(stderr).toContain(`${home}/.config/yetisync/config.json`);
    expect(status).toBe(2);
  });
});

describe('help', () => {
  it.each([
    [['--help'], '$ yetisync --once'],
    [['status', '--help'], '$ yetisync status'],
    [['demo', '--help'], '$ yetisync demo'],
    [['host', '--help'], '$ yetisync host --data'],
    [['host', 'account', 'add', '--help'], '$ yetisync host account add'],
    [['host', 'account', 'limits', '--help'], '$ yetisync host account limits'],
    [['host', 'trash', 'restore', '--help'], '$ yetisync host trash restore'],
    [['help', 'demo'], '$ yetisync demo'],
  ])('yetisync %j shows an example and ends with 0', async (words, example) => {
    const { status, stdout, stderr } = await run(makeHome(), words);
    expect(stdout).toContain(example);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('fits into 80 columns', async () => {
    const { stdout } = await run(makeHome(), ['--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

it('the version is the one of the package', async () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  expect(await run(makeHome(), ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
});

it('a reader that goes away is no failure', async () => {
  const running = new Running(makeHome(), ['--help']);
  running.child.stdout.destroy();
  expect(await running.ended).toMatchObject({ status: 0, signal: null, stderr: '' });
});
