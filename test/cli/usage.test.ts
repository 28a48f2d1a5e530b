/** What the program answers to words alone: help, version, and wrong use with the word that was probably meant. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { complaintOf, usageComplaint } from '../../src/cli/complaint.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { SyncError } from '../../src/errors.ts';
import { call } from './in-process.ts';
import { makeHome, run, Running, writeConfig } from './running.ts';

/** What the words come to before any command has begun, without a process of its own for each; `main.ts` does the same. */
async function parsed(words: readonly string[]): Promise<{ complaint: string | null; help: string; chose: boolean }> {
  let help = '';
  let chose = false;
  const program = buildProgram('1.2.3', () => (chose = true));
  for (const command of [program, ...program.commands.flatMap(withAllBelow)]) {
    command.configureOutput({ writeOut: (text) => (help += text) });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return { complaint: null, help, chose };
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { complaint: null, help, chose };
    if (error instanceof CommanderError) return { complaint: usageComplaint(error, program), help, chose };
    if (error instanceof SyncError && error.code === 'usage/wrong')
      return { complaint: complaintOf(error), help, chose };
    throw error;
  }
}

type Command = ReturnType<typeof buildProgram>;

function withAllBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}

describe('wrong use ends with 2 and says what was probably meant', () => {
  it.each([
    [['statsu'], 'Did you mean `yetisync status`?'],
    [['chek'], 'Did you mean `yetisync check`?'],
    [['--onec'], '--once'],
    [['--dry-run'], 'yetisync --once --dry-run'],
    [['xyzzy-plugh'], 'no command `xyzzy-plugh`'],
    [['--once', 'demo'], 'go without a command'],
    [['host', '--data', 'h', '--port', '99999'], 'from 0 to 65535'],
    [['host', 'acount'], 'yetisync host account'],
    [['held', 'aprove'], 'held --help'],
    [['demo', 'now'], '--help'],
  ])('yetisync %j', async (words, meant) => {
    const { complaint, help, chose } = await parsed(words);
    expect(complaint).toContain(meant);
    expect(complaint).toMatch(/^yetisync: /);
    expect({ help, chose }).toEqual({ help: '', chose: false });
  });

  it.each([
    [['--onec'], '--once'],
    [['host'], '--data'],
    [['host', '--data', 'h', '--habits', 'ghost'], 'did you mean ghosts?'],
    [['host', 'trash', 'list', '--data', 'h'], '--account'],
    [['host', 'account', 'list', '--data', 'h'], 'holds no host'],
  ])('yetisync %j, as a process', async (words, meant) => {
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

describe('a place for the state in which no folder can be made', () => {
  it.each([['--once'], ['check'], ['forget', '--yes']])('is named with what to do: %s', async (...words) => {
    const home = makeHome();
    writeFileSync(join(home, 'file'), '');
    const more = { stateDir: join(home, 'file/state') };
    const credentials = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };
    const config = writeConfig(home, 'laptop', { url: 'http://127.0.0.1:9', credentials, more });
    const { status, stdout, stderr } = await call(home, [...words, '--config', config]);
    expect(status).toBe(2);
    expect(stdout + stderr).toMatch(/a folder .* cannot be made there.*stateDir/s);
  });
});

describe('help', () => {
  it.each([
    [['--help'], '$ yetisync --once'],
    [['check', '--help'], '$ yetisync check'],
    [['status', '--help'], '$ yetisync status'],
    [['held', '--help'], '$ yetisync held reject Photos'],
    [['held', 'approve', '--help'], '$ yetisync held approve'],
    [['demo', '--help'], '$ yetisync demo'],
    [['host', '--help'], '$ yetisync host --data'],
    [['host', 'account', 'add', '--help'], '$ yetisync host account add'],
    [['host', 'account', 'limits', '--help'], '$ yetisync host account limits'],
    [['host', 'trash', 'restore', '--help'], '$ yetisync host trash restore'],
  ])('yetisync %j shows an example', async (words, example) => {
    const { complaint, help, chose } = await parsed(words);
    expect(help).toContain(example);
    expect({ complaint, chose }).toEqual({ complaint: null, chose: false });
  });

  it('ends with 0, and fits into 80 columns', async () => {
    const { status, stdout, stderr } = await run(makeHome(), ['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('$ yetisync --once');
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
