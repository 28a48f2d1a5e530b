/** `yetisync --once` from outside: exit statuses, what is printed, what is changed. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, makeHome, run, Running, startHost, writeConfig } from './running.ts';

async function laptopWithFiles(): Promise<{ home: string; config: string; url: string }> {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  mkdirSync(join(home, 'laptop/Plans'));
  writeFileSync(join(home, 'laptop/Plans/garden.txt'), 'beans\n');
  writeFileSync(join(home, 'laptop/notes.txt'), 'hello\n');
  writeFileSync(join(home, 'laptop/empty.txt'), '');
  symlinkSync('notes.txt', join(home, 'laptop/link'));
  return { home, config, url };
}

describe('a pass', () => {
  it('shown beforehand gives each step with its reason and changes nothing; made, it says what it did and ends with 0', async () => {
    const { home, config } = await laptopWithFiles();
    const shown = await call(home, ['--once', '--dry-run', '--config', config]);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).toContain('  upload notes.txt (6 B)\n      new here\n');
    expect(shown.stdout).toContain('make folder on the host Plans');
    expect(shown.stdout).toContain('3 steps: 12 B to upload, 0 B to download. Nothing was changed.');
    expect(readdirSync(join(home, 'laptop')).sort()).toEqual(['Plans', 'empty.txt', 'link', 'notes.txt']);
    const again = await call(home, ['--once', '--dry-run', '--json', '--config', config]);
    expect(again.status).toBe(0);
    const lines = allFacts(again.stdout);
    expect(lines.filter(({ event }) => event === 'step')).toHaveLength(3);
    expect(lines.at(-1)).toEqual({ event: 'summary', exit: 0, dryRun: true });

    const { status, stdout, stderr } = await run(home, ['--once', '--config', config]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('2 files uploaded, 12 B');
    expect(stdout).toContain('1 folder made on the host');
    expect(stdout).toMatch(/1 left alone: the host cannot hold empty files.*\n {4}empty\.txt\n/);
    expect(stdout).toMatch(/1 left alone: links.*\n {4}link\n/);
    expect(stdout).toMatch(/in sync after/);
    // eslint-disable-next-line no-control-regex -- a pipe gets no colours
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('shown beforehand leaves the state as it is, to the time of its file', async () => {
    const { home, config } = await laptopWithFiles();
    await call(home, ['--once', '--config', config]);
    const stateDir = join(home, 'laptop-state');
    const files = () =>
      readdirSync(stateDir, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('lock.db'))
        .map((name) => [name, statSync(join(stateDir, name))] as const)
        .flatMap(([name, stat]) => (stat.isFile() ? [[name, stat.mtimeMs, stat.ctimeMs]] : []));
    const before = files();
    expect(before).toHaveLength(1);
    writeFileSync(join(home, 'laptop/new.txt'), 'new\n');
    expect((await call(home, ['--once', '--dry-run', '--config', config])).stdout).toContain('upload new.txt');
    expect(files()).toEqual(before);
  });

  it('with --json tells each step and, last, the summary', async () => {
    const { home, config } = await laptopWithFiles();
    const { status, stdout, stderr } = await run(home, ['--once', '--json', '--config', config]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = allFacts(stdout);
    expect(lines).toContainEqual({ event: 'planned', round: 1, operations: 3, bytes: 12, held: 0, pair: 'laptop' });
    expect(lines).toContainEqual({
      event: 'operation',
      outcome: 'done',
      kind: 'upload',
      path: 'notes.txt',
      size: 6,
      reason: 'new here',
      pair: 'laptop',
    });
    expect(lines.at(-1)).toMatchObject({
      event: 'summary',
      exit: 0,
      pairs: [
        {
          pair: 'laptop',
          exit: 0,
          counts: { upload: 2, 'createFolder remote': 1 },
          bytes: { up: 12, down: 0 },
          problems: [
            { path: 'empty.txt', code: 'remote/empty-file', isFailure: false },
            { path: 'link', code: 'local/special', isFailure: false },
          ],
        },
      ],
    });

    const again = await call(home, ['--once', '--config', config]);
    expect(again.stdout).toMatch(/in sync after .*, nothing to do/);
  });

  it('keeps both versions of a conflict, says so beforehand with all that follows, and says where', async () => {
    const { home, config, url } = await laptopWithFiles();
    const other = writeConfig(home, 'desktop', { url });
    await call(home, ['--once', '--config', config]);
    await call(home, ['--once', '--config', other]);
    writeFileSync(join(home, 'laptop/notes.txt'), 'hello from the laptop\n');
    writeFileSync(join(home, 'desktop/notes.txt'), 'hello from the desktop\n');
    await call(home, ['--once', '--config', config]);
    const shown = await call(home, ['--once', '--dry-run', '--config', other]);
    expect(shown.stdout).toMatch(/ {2}upload notes \(conflict .*\)\.txt \(23 B\)\n/);
    expect(shown.stdout).toContain('3 steps: 23 B to upload, 22 B to download');
    const { status, stdout } = await call(home, ['--once', '--config', other]);
    expect(status).toBe(0);
    expect(stdout).toContain('1 file uploaded, 23 B\n  1 file downloaded, 22 B\n');
    expect(stdout).toContain('1 conflict: both versions are kept');
    const copy = /notes\.txt → (notes \(conflict .*\)\.txt)/.exec(stdout)?.[1] ?? '';
    expect(readFileSync(join(home, 'desktop', copy), 'utf8')).toBe('hello from the desktop\n');
    expect(readFileSync(join(home, 'desktop/notes.txt'), 'utf8')).toBe('hello from the laptop\n');
  });
});

describe('the exit status', () => {
  it('is 1 when the host is out of reach', async () => {
    const home = makeHome();
    const { url, running } = await startHost(home);
    await running.stop();
    const { status, stdout } = await run(home, ['--once', '--config', writeConfig(home, 'laptop', { url })]);
    expect(stdout).toContain('the host cannot be reached');
    expect(status).toBe(1);
  });

  it('is 2 when the config is wrong, with every problem on a line', async () => {
    const home = makeHome();
    const config = writeConfig(home, 'laptop', { url: 'https://example.org', credentials: {}, more: { setle: '2s' } });
    const { status, stderr } = await run(home, ['--once', '--config', config]);
    expect(stderr).toContain(`${config} is not valid:\n`);
    expect(stderr).toMatch(/^ {2}.*setle.*settle/m);
    expect(stderr).toMatch(/^ {2}credentials: are missing/m);
    expect(status).toBe(2);
  });

  it('is 3 when the host refuses the sign-in, and no key is shown', async () => {
    const home = makeHome();
    const { url } = await startHost(home);
    const credentials = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };
    const config = writeConfig(home, 'laptop', { url, credentials });
    for (const words of [['--once'], ['--once', '--json'], ['--once', '--dry-run']]) {
      const { status, stdout, stderr } = await run(home, [...words, '--config', config]);
      expect(stdout).toContain('refused the sign-in');
      expect(stdout + stderr).not.toMatch(/aaaaaaaa|bbbbbbbb/);
      expect(status).toBe(3);
    }
  });

  it('S353, S359: is 3 when one of two folders is missing, and the other one is synced all the same', async () => {
    const home = makeHome();
    const { url } = await startHost(home);
    const folders = [
      { local: join(home, 'gone'), remote: '/Gone' },
      { local: join(home, 'there'), remote: '/There' },
    ];
    const config = writeConfig(home, 'laptop', { url, folders });
    rmSync(join(home, 'gone'), { recursive: true });
    writeFileSync(join(home, 'there/notes.txt'), 'hello\n');
    const { status, stdout } = await run(home, ['--once', '--config', config]);
    expect(stdout).toContain('the local folder is missing');
    expect(stdout).toContain('1 file uploaded');
    expect(stdout).toContain('2 folder pairs, 1 in sync');
    expect(status).toBe(3);
  });
});

describe('a signal', () => {
  const token = { access_token: 'x'.repeat(128), account_id: '1' };

  /** A host that answers these calls alone; tells when another came, which it leaves open. */
  async function silentHost(...answered: readonly string[]): Promise<{ url: string; asked: Promise<void> }> {
    let heard: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (heard = resolve));
    const server = createServer((request, response) => {
      if (!answered.some((endpoint) => request.url?.endsWith(endpoint))) {
        heard();
        return;
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: token, _status: 'success' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  const credentials = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a pass with 1', async (signal) => {
    const home = makeHome();
    const { url, asked } = await silentHost('/authorize', '/disable_access_token');
    const running = new Running(home, ['--once', '--config', writeConfig(home, 'laptop', { url, credentials })]);
    await Promise.race([asked, running.ended]);
    running.child.kill(signal);
    const { status, stdout } = await running.ended;
    expect(stdout).toContain('stopped on request');
    expect(status).toBe(1);
  });

  it('a second one ends it at once, with 128 and its number', async () => {
    const home = makeHome();
    const { url, asked } = await silentHost('/authorize');
    const running = new Running(home, ['--once', '--config', writeConfig(home, 'laptop', { url, credentials })]);
    await Promise.race([asked, running.ended]);
    running.child.kill('SIGTERM');
    // What it says about the stop comes before it gives its token back, which this host never answers.
    await running.firstLine();
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, signal: null });
  });
});
