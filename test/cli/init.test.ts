/** `yetisync init`: from nothing to a config that works, without questions and with a person who answers them. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { init } from '../../src/cli/init.ts';
import type { Questions } from '../../src/cli/questions.ts';
import type { Shell } from '../../src/cli/shell.ts';
import { makeStyle } from '../../src/cli/shell.ts';
import { SyncError } from '../../src/errors.ts';
import { call } from './in-process.ts';
import { facts, makeHome, startHost } from './running.ts';
import { WebPage } from './web-page.ts';

async function nothingYet() {
  const home = makeHome();
  const { url, data } = await startHost(home);
  const key = (part: string) => readFileSync(join(data, `keys/user1.${part}`), 'utf8').trim();
  const config = join(home, '.config/yetisync/config.json');
  return { home, url, data, keys: { key1: key('key1'), key2: key('key2') }, password: key('password'), config };
}

describe('without questions', () => {
  it('takes keys from stdin, tries them, says what the first sync would do, and writes a config for its owner alone', async () => {
    const { home, url, keys, config } = await nothingYet();
    mkdirSync(join(home, 'Cloud'));
    writeFileSync(join(home, 'Cloud/notes.txt'), 'hello\n');
    const words = ['init', '--host', url, '--local', '~/Cloud', '--remote', '/Cloud', '--stdin'];
    const shell = { input: () => Promise.resolve(`${keys.key1}\n${keys.key2}\n`) };
    const { status, stdout, stderr } = await call(home, words, { shell });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('to upload:    1 file, 6 B\nto download:  0 files, 0 B\n');
    expect(stdout).toContain('Nothing is removed on either side.');
    expect(stdout).not.toContain(keys.key1);
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(statSync(join(config, '..')).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({
      host: url,
      credentials: keys,
      folders: [{ local: '~/Cloud', remote: '/Cloud' }],
    });
    expect((await call(home, ['--once'])).stdout).toContain('1 file uploaded');
    expect(await call(home, words, { shell })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is a config already') as string,
    });
  });

  it('takes keys from files, which the config then names, a password from the environment, and answers as JSON', async () => {
    const { home, url, data, password, config } = await nothingYet();
    const where = ['--host', url, '--local', 'New', '--remote', '/New'];
    const files = ['--key1-file', join(data, 'keys/user1.key1'), '--key2-file', join(data, 'keys/user1.key2')];
    const first = await call(home, ['init', ...where, ...files, '--json']);
    expect(facts(first.stdout)).toMatchObject({ config, steps: 0, problems: 0 });
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({
      credentials: { key1File: join(data, 'keys/user1.key1') },
    });
    expect(existsSync(join(home, 'New'))).toBe(true);
    const other = join(home, 'other.json');
    const env = { YETISYNC_PASSWORD: password };
    const second = await call(home, ['init', '--config', other, ...where, '--username', 'user1'], { env });
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(other, 'utf8'))).toMatchObject({ credentials: { username: 'user1', password } });
  });

  it('writes nothing when the host refuses, when something is missing, or when the answers are wrong', async () => {
    const { home, url, config } = await nothingYet();
    const where = ['--local', '~/Cloud', '--remote', '/Cloud'];
    const env = { YETISYNC_KEY1: 'a'.repeat(64), YETISYNC_KEY2: 'b'.repeat(64) };
    expect(await call(home, ['init', '--host', url, ...where], { env })).toMatchObject({ status: 3 });
    expect(existsSync(join(home, 'Cloud'))).toBe(false);
    const none = await call(home, ['init', '--remote', '/Cloud']);
    expect(none).toMatchObject({ status: 2 });
    expect(none.stderr).toContain('--host, --local, the secrets');
    const plain = await call(home, ['init', '--host', 'http://example.org', ...where], { env });
    expect(plain).toMatchObject({ status: 2, stderr: expect.stringContaining('plain http') as string });
    expect(existsSync(config)).toBe(false);
  });
});

/** Answers in turn; what is asked and told is kept. */
class Person implements Questions {
  readonly heard: string[] = [];
  readonly #answers: string[];

  constructor(answers: readonly string[]) {
    this.#answers = [...answers];
  }

  begin(title: string): void {
    this.heard.push(title);
  }
  end(text: string): void {
    this.heard.push(text);
  }
  tell(title: string, lines: readonly string[]): void {
    this.heard.push([title, ...lines].join('\n'));
  }
  warn(line: string): void {
    this.heard.push(line);
  }
  choose<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly label: string }[],
    first: T,
  ) {
    const answer = this.#next([question, ...choices.map(({ label }) => label)].join('\n'));
    const found = choices.find(({ label }) => label === answer)?.value;
    if (answer !== '' && found === undefined) throw new Error(`not offered: ${answer}`);
    return Promise.resolve(found ?? first);
  }
  line(question: string, usual: string | null, check: (answer: string) => string | null): Promise<string> {
    const answer = this.#next(question);
    const given = answer === '' ? (usual ?? '') : answer;
    const complaint = check(given);
    return complaint === null ? Promise.resolve(given) : this.line(`${question} ${complaint}`, usual, check);
  }
  secret(question: string, check: (answer: string) => string | null): Promise<string> {
    return this.line(question, null, check);
  }
  yes(question: string): Promise<boolean> {
    return Promise.resolve(this.#next(question) === 'yes');
  }
  during<T>(_what: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    return work((text) => this.heard.push(text));
  }

  #next(question: string): string {
    this.heard.push(question);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new SyncError('stopped');
    return answer;
  }
}

function shellAt(home: string, printed: string[], env: Readonly<Record<string, string>> = {}): Shell {
  const screen = { isTerminal: false, columns: 80, style: makeStyle(false), canvas: null };
  return {
    print: (text) => printed.push(text),
    tell: () => undefined,
    keepSecret: () => undefined,
    ask: null,
    input: () => Promise.resolve(''),
    out: screen,
    err: screen,
    env,
    home,
    cwd: home,
    computer: 'tester',
    pid: process.pid,
    temporary: join(home, 'tmp'),
    program: ['node', 'yetisync'],
    system: 'test',
    endsWell: () => undefined,
    onHangUp: () => () => undefined,
    signal: new AbortController().signal,
  };
}

describe('with questions', () => {
  it('offers the hosts and the folders that the account has, takes a second try at the keys, makes the first sync, and has systemd run it from then on', async () => {
    const { home, url, data, keys, config } = await nothingYet();
    const web = await WebPage.open({ url, data });
    await web.makeFolder('Pictures');
    const person = new Person([
      'another one',
      'http://example.org',
      url,
      'too short',
      'a'.repeat(64),
      'b'.repeat(64),
      keys.key1,
      keys.key2,
      '',
      '/Pictures',
      'yes',
      'yes',
    ]);
    const printed: string[] = [];
    mkdirSync(join(home, 'bin'));
    const asked = join(home, 'asked');
    writeFileSync(join(home, 'bin/systemctl'), `#!/bin/sh\necho "$@" >> '${asked}'\n`, { mode: 0o755 });
    expect(await init({}, shellAt(home, printed, { PATH: join(home, 'bin') }), person)).toBe(0);
    const heard = person.heard.join('\n');
    expect(heard).toContain('xcloudfile.com\npixelcloudstorage.com\nanother one');
    expect(heard).toContain('must be https');
    expect(heard).toContain('A key has 64 characters; this has 9');
    expect(heard).toContain('The host refused the sign-in');
    expect(heard).toContain('Which folder on the host?\n/Cloud\n/Pictures\n/\nanother path');
    expect(heard).toContain('What the first sync would do\nto upload:    0 files, 0 B');
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({
      folders: [{ local: '~/Cloud', remote: '/Pictures' }],
    });
    expect(printed.join('\n')).toContain('in sync after');
    expect(readFileSync(join(home, '.config/systemd/user/yetisync.service'), 'utf8')).toContain(config);
    expect(readFileSync(asked, 'utf8')).toContain('--user enable --now yetisync.service');
  });

  it('asks whether to try again while the host is out of reach, with the same keys', async () => {
    const { home, keys, config } = await nothingYet();
    const person = new Person(['another one', 'http://127.0.0.1:9', keys.key1, keys.key2, 'no']);
    await expect(init({}, shellAt(home, []), person)).rejects.toMatchObject({ code: 'remote/unreachable' });
    expect(person.heard.slice(-2)).toEqual([expect.stringContaining('cannot be reached'), 'Try again?']);
    expect(existsSync(config)).toBe(false);
  });

  it('writes nothing when the person leaves', async () => {
    const { home, config } = await nothingYet();
    await expect(init({}, shellAt(home, []), new Person(['']))).rejects.toMatchObject({ code: 'stopped' });
    expect(existsSync(config)).toBe(false);
  });
});
