/** The daemon as a process, as a person or systemd runs it, against the bundled host as another process. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { countCallsTo } from './counting-proxy.ts';
import { allFacts, facts, makeHome, run, Running, startHost, writeConfig } from './running.ts';
import type { ConfigParts } from './running.ts';

const quick = { settle: '50ms', poll: { interval: '5s', fullSweep: '5s' } };

/** Looks until it is so; what never comes ends with the test's own time. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Stopped after the test, where it has not ended by then. */
function daemon(home: string, config: string, env: Readonly<Record<string, string>> = {}): Running {
  const running = new Running(home, ['--config', config], env);
  onTestFinished(async () => {
    if (running.child.exitCode === null) running.child.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

const says = (running: Running, text: string): Promise<void> => until(() => running.stderr.includes(text));

interface Set {
  readonly home: string;
  readonly config: string;
  readonly url: string;
  readonly path: (name: string) => string;
}

async function set(name = 'A', more: Partial<ConfigParts> = {}): Promise<Set> {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, name, { url, more: quick, ...more });
  return { home, config, url, path: (file) => join(home, name, file) };
}

it('S247: what happens in one folder happens in the other, and a stop is no failure', async () => {
  const { home, config, url, path } = await set();
  const other = writeConfig(home, 'B', { url, more: quick });
  const there = (file: string): string => join(home, 'B', file);
  const one = daemon(home, config);
  const two = daemon(home, other);
  await Promise.all([says(one, 'daemon began'), says(two, 'daemon began')]);
  mkdirSync(path('d/e'), { recursive: true });
  writeFileSync(path('d/e/f'), 'one');
  await until(() => existsSync(there('d/e/f')));
  renameSync(path('d'), path('dd'));
  await until(() => existsSync(there('dd/e/f')) && !existsSync(there('d')));
  writeFileSync(there('dd/e/f'), 'two');
  await until(() => readFileSync(path('dd/e/f'), 'utf8') === 'two');
  rmSync(path('dd/e/f'));
  await until(() => !existsSync(there('dd/e/f')));
  for (const running of [one, two]) expect(await running.stop()).toMatchObject({ status: 0 });
  const uploads = [one, two].flatMap(({ stderr }) => allFacts(stderr)).filter(({ kind }) => kind === 'upload');
  expect(uploads.map((line) => line['path'])).toEqual(['d/e/f', 'dd/e/f']);
});

it('S258: what a person puts into a folder while it comes from the host goes there too', async () => {
  const { home, config, url, path } = await set();
  const other = writeConfig(home, 'B', { url, more: quick });
  mkdirSync(path('d'));
  for (let number = 0; number < 12; number++) writeFileSync(path(`d/f${number}`), `content ${number}`);
  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  const running = daemon(home, other);
  await until(() => existsSync(join(home, 'B/d')));
  writeFileSync(join(home, 'B/d/own'), 'own');
  await until(() => allFacts(running.stderr).some((line) => line['kind'] === 'upload' && line['path'] === 'd/own'));
  expect(await running.stop()).toMatchObject({ status: 0 });
  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  expect(readFileSync(path('d/own'), 'utf8')).toBe('own');
  expect(readdirSync(path('d'))).toHaveLength(13);
});

it('a person can ask how it is, let it rest and go on, and others than this user cannot', async () => {
  const { home, config, path } = await set();
  expect(await run(home, ['pause', '--config', config])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no daemon is running') as string,
  });
  const running = daemon(home, config);
  writeFileSync(path('first'), '1');
  await says(running, 'operation done');
  expect(statSync(join(home, 'A-state/control.sock')).mode & 0o777).toBe(0o600);
  const status = await run(home, ['status', '--config', config]);
  expect(status.stdout).toContain(`the daemon (process ${running.child.pid})`);
  expect(facts((await run(home, ['pause', '--json', '--config', config])).stdout)).toMatchObject({ pairs: ['A'] });
  writeFileSync(path('second'), '2');
  await until(() => true);
  const paused = facts((await run(home, ['status', '--json', '--config', config])).stdout);
  expect(paused['daemon']).toMatchObject({ phase: 'paused' });
  expect(running.stderr).not.toContain('second');
  expect(await run(home, ['now', '--config', config])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('yetisync resume') as string,
  });
  expect((await run(home, ['resume', 'A', '--config', config])).status).toBe(0);
  await says(running, '"second"');
  expect((await run(home, ['now', '--config', config])).stdout).toContain('looks everywhere now: A');
  const wrong = await run(home, ['now', 'Nowhere', '--config', config]);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('there are: A') as string });
});

it('S262, S263: a second daemon and a single pass on the same folder are refused while it runs', async () => {
  const { home, config } = await set();
  const running = daemon(home, config);
  await says(running, 'daemon began');
  const [second, once] = await Promise.all([
    run(home, ['--config', config]),
    run(home, ['--once', '--config', config]),
  ]);
  for (const refused of [second, once]) {
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`process ${running.child.pid}`);
  }
});

it('commands that only look, there too, work beside it with its own sign-in, which stays the only one', async () => {
  const home = makeHome();
  const host = await startHost(home, '--habits', 'one-token');
  const proxy = await countCallsTo(host.url);
  const config = writeConfig(home, 'A', { url: proxy.url, more: quick });
  writeFileSync(join(home, 'A/f'), '1');
  const running = daemon(home, config);
  await says(running, 'operation done');
  const looks = [['check'], ['verify', '--download'], ['--once', '--dry-run'], ['link', join(home, 'A/f')]];
  for (const words of looks) expect((await run(home, [...words, '--config', config])).status).toBe(0);
  writeFileSync(join(home, 'A/g'), '2');
  await says(running, '"g"');
  expect(proxy.count('authorize')).toBe(1);
  for (const secret of proxy.secrets) expect(running.stderr).not.toContain(secret);
});

it('S255, S257: a folder that is named by a link and a roundabout way is watched, and what arrives there causes no further work', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, 'A', { url, more: quick });
  mkdirSync(join(home, 'disk'));
  symlinkSync(join(home, 'disk'), join(home, 'link'));
  const folders = [{ local: `${home}/link/../link/`, remote: '/Cloud' }];
  const roundabout = writeConfig(home, 'B', { url, folders, more: quick });
  for (let n = 0; n < 300; n++) writeFileSync(join(home, 'A', `f${n}`), String(n));
  expect((await run(home, ['--once', '--config', config])).status).toBe(0);
  const running = daemon(home, roundabout);
  await says(running, '"f299"');
  writeFileSync(join(home, 'disk/own'), 'own');
  await says(running, '"own"');
  expect(await running.stop()).toMatchObject({ status: 0 });
  const deeds = allFacts(running.stderr).flatMap((line) => (typeof line['kind'] === 'string' ? [line['kind']] : []));
  expect(deeds.filter((kind) => kind !== 'download')).toEqual(['upload']);
  expect(deeds).toHaveLength(301);
});

it('S310: ends with 3 when the sign-in is refused, and does not try it again when it is started again', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const credentials = { key1: 'x'.repeat(64), key2: 'y'.repeat(64) };
  const config = writeConfig(home, 'A', { url, credentials, more: quick });
  const first = await run(home, ['--config', config]);
  expect(first).toMatchObject({ status: 3, stderr: expect.stringContaining('refused the sign-in') as string });
  expect((await run(home, ['--config', config])).status).toBe(3);
});

it('S321: halts a pair whose folder is away, goes on with the others, and comes back by itself', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const folders = ['A', 'B'].map((name) => ({ local: join(home, name), remote: `/${name}` }));
  const config = writeConfig(home, 'both', { url, folders, more: quick });
  const running = daemon(home, config);
  writeFileSync(join(home, 'A/a'), 'a');
  writeFileSync(join(home, 'B/b'), 'b');
  await until(() => running.stderr.includes('"a"') && running.stderr.includes('"b"'));
  renameSync(join(home, 'A'), join(home, 'away'));
  await says(running, 'pair is halted');
  writeFileSync(join(home, 'B/goes-on'), 'x');
  await says(running, 'goes-on');
  const lines = allFacts((await run(home, ['status', '--json', '--config', config])).stdout);
  expect(lines.map((line) => (line['daemon'] as { phase: string }).phase)).toEqual(['halted', 'idle']);
  renameSync(join(home, 'away'), join(home, 'A'));
  await says(running, 'pair is well again');
  writeFileSync(join(home, 'A/back'), 'x');
  await says(running, '"back"');
  expect(existsSync(join(home, 'A/a'))).toBe(true);
  expect(await running.stop()).toMatchObject({ status: 0 });
});

it('S265: takes over a new config when it is told to, and keeps the old one where that is wrong', async () => {
  const { home, config, url, path } = await set();
  mkdirSync(join(home, 'run'));
  const running = daemon(home, config, { RUNTIME_DIRECTORY: join(home, 'run') });
  mkdirSync(path('Videos'));
  for (const name of ['a.txt', 'Videos/old']) writeFileSync(path(name), '1');
  await until(() => running.stderr.includes('"a.txt"') && running.stderr.includes('"Videos/old"'));
  writeFileSync(config, '{');
  running.child.kill('SIGHUP');
  await says(running, 'config cannot be used');
  const folders = [{ local: path(''), remote: '/Cloud', exclude: ['/Videos'] }];
  const limits = { requestsPerSecond: 0, uploadRate: [['00:00', '1MB']], downloadRate: '1MB' };
  writeConfig(home, 'A', { url, folders, more: { ...quick, limits, ignore: ['*.iso'] } });
  running.child.kill('SIGHUP');
  await says(running, 'config was read again');
  rmSync(path('Videos/old'));
  for (const name of ['b.iso', 'Videos/new', 'c.txt']) writeFileSync(path(name), '1');
  await says(running, '"c.txt"');
  expect(running.stderr).not.toMatch(/b\.iso|Videos\/new|trash/);
  // who has not the environment of the service manager finds the socket all the same
  const status = await run(home, ['status', '--config', config]);
  expect(status.stdout).toContain(`the daemon (process ${running.child.pid})`);
  // taken in again: what was removed here meanwhile was not removed for yetisync, and comes back
  writeConfig(home, 'A', { url, more: quick });
  running.child.kill('SIGHUP');
  await until(() => existsSync(path('Videos/old')) && running.stderr.includes('"Videos/new"'));
  expect(await running.stop()).toMatchObject({ status: 0 });
});

it('systemd hears when it is ready, how it is, that it lives, that it reads its config again, and that it ends', async () => {
  const { home, config, path } = await set();
  const [bin, told] = [join(home, 'bin'), join(home, 'told')];
  mkdirSync(bin);
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${told}'\n`, { mode: 0o755 });
  const heard = (): string[] => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);
  const hears = (words: string, times = 1): Promise<void> =>
    until(() => heard().filter((line) => line.includes(words)).length >= times);
  const socket = { NOTIFY_SOCKET: join(home, 'notify'), WATCHDOG_USEC: '400000' };
  const running = daemon(home, config, { ...socket, PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  await hears('WATCHDOG=1', 3);
  await hears('STATUS=in sync');
  renameSync(path(''), join(home, 'away'));
  await says(running, 'pair is halted');
  await until(() => /STATUS=.*(missing|not there)/.test(heard().at(-1) ?? ''));
  renameSync(join(home, 'away'), path(''));
  await says(running, 'pair is well again');
  running.child.kill('SIGHUP');
  await hears('READY=1', 2);
  expect(await running.stop()).toMatchObject({ status: 0 });
  const changes = heard().flatMap((line) => / (READY|RELOADING|STOPPING)=1/.exec(line)?.[1] ?? []);
  expect(changes).toEqual(['READY', 'RELOADING', 'READY', 'STOPPING']);
  expect(heard().every((line) => line.startsWith(`--pid=${running.child.pid} `))).toBe(true);
});

it('S261: a second signal ends it at once, and the next pass goes on', async () => {
  const slow = { ...quick, limits: { requestsPerSecond: 0, uploadRate: '1kB' } };
  const { home, config, path, url } = await set('A', { more: slow });
  writeFileSync(path('large'), Buffer.alloc(3_000_000, 7));
  const running = daemon(home, config);
  await says(running, 'daemon began');
  running.child.kill('SIGINT');
  running.child.kill('SIGTERM');
  expect([130, 143]).toContain((await running.ended).status);
  writeConfig(home, 'A', { url, more: quick });
  expect((await run(home, ['--once', '--config', config])).stdout).toContain('1 file uploaded');
});

it('removals that wait are decided through the daemon, which carries it out', async () => {
  const { home, config, path } = await set('A', { more: { ...quick, holdRemovals: { percent: 50, count: 5 } } });
  for (let n = 0; n < 12; n++) writeFileSync(path(`f${n}`), String(n));
  const running = daemon(home, config);
  await says(running, '"f11"');
  await until(() => allFacts(running.stderr).filter(({ kind }) => kind === 'upload').length === 12);
  for (let n = 0; n < 12; n++) rmSync(path(`f${n}`));
  const held = async (): Promise<number> =>
    allFacts((await run(home, ['held', '--json', '--config', config])).stdout).length;
  while ((await held()) < 12);
  expect((await run(home, ['held', 'reject', 'f1', '--config', config])).stdout).toContain('1 removal refused');
  await until(() => existsSync(path('f1')));
  expect((await run(home, ['held', 'approve', '--config', config])).stdout).toContain('11 removals agreed to');
  await until(() => allFacts(running.stderr).filter(({ kind }) => kind === 'trash').length === 11);
  expect(readFileSync(path('f1'), 'utf8')).toBe('1');
});

it('S361, /metrics and /health answer on this computer, and onStale is told when nothing goes for too long', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const told = join(home, 'told');
  const config = writeConfig(home, 'A', {
    url: host.url,
    more: {
      ...quick,
      metrics: { port: 65_000 + (process.pid % 500) },
      onStale: { after: '1s', command: `printf '%s %s' "$YETISYNC_PAIR" "$YETISYNC_REASON" > ${told}` },
    },
  });
  const port = Number(/"port":(\d+)/.exec(readFileSync(config, 'utf8'))?.[1]);
  const running = daemon(home, config);
  writeFileSync(join(home, 'A/f'), 'x');
  await says(running, '"operation done"');
  const page = async (name: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}/${name}`);
    return { status: answer.status, text: await answer.text() };
  };
  const metrics = await page('metrics');
  expect(metrics.text).toMatch(/yetisync_operations_total\{pair="A"\} [1-9]/);
  expect(metrics.text).not.toContain(home);
  expect((await page('health')).status).toBe(200);
  renameSync(join(home, 'A'), join(home, 'away'));
  await says(running, 'pair is halted');
  expect((await page('health')).status).toBe(503);
  await until(() => existsSync(told) && readFileSync(told, 'utf8').includes('halted: A'));
});
