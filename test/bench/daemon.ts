/**
 * What the daemon costs and how quick it is: `npm run build`, then `npx tsx test/bench/daemon.ts [folders] [files] [idle seconds]`, 10,000, 30,000
 * and 300 if left out. Daemon and host are processes of their own, as for a person. Prints, each with what it should be:
 * how soon an edit is on the host and a change there is here; processor time, memory and calls while nothing happens with so many folders
 * watched; and, while that many files are copied in and half of them removed again, the longest time that one piece of work kept all others waiting.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askDaemon } from '../../src/compose/control.ts';
import type { DaemonStatus } from '../../src/daemon/control-schema.ts';
import { WebPage } from '../cli/web-page.ts';

const [folders = 10_000, files = 30_000, idleSeconds = 300] = process.argv.slice(2).map(Number);
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'yetisync-bench-'));
const here = join(home, 'A');
const data = join(home, 'host');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function start(...words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function until<T>(look: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await sleep(50);
  }
}

async function seconds(what: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await what();
  return Math.round((performance.now() - startedMs) / 10) / 100;
}

/** Of a process: memory in MiB, and processor time in seconds since it began. */
function costOf({ pid }: ChildProcess): { readonly memory: number; readonly cpu: number } {
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return { memory: Math.round(kilobytes / 1024), cpu: ticks.reduce((sum, part) => sum + Number(part), 0) / 100 };
}

const port = await freePort();
const metrics = await freePort();
const url = `http://127.0.0.1:${port}`;

/** The longest stall that any page told of, in seconds: each tells of the time since the one before, whoever asked for that. */
let longest = 0;

/** One number of the page for Prometheus. */
async function measure(name: string): Promise<number> {
  // where the daemon ends or begins anew just now there is no number
  const text = await fetch(`http://127.0.0.1:${metrics}/metrics`, { headers: { connection: 'close' } })
    .then((page) => page.text())
    .catch(() => '');
  const numberOf = (one: string): number =>
    Number(new RegExp(`^${one}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  const stall = numberOf('yetisync_longest_stall_seconds');
  if (stall > longest) longest = stall;
  return numberOf(name);
}

function writeConfig(more: object): string {
  const path = join(home, 'A.json');
  const config = {
    host: url,
    credentials: { key1File: join(data, 'keys/user1.key1'), key2File: join(data, 'keys/user1.key2') },
    folders: [{ local: here, remote: '/Cloud' }],
    stateDir: join(home, 'A-state'),
    holdRemovals: { percent: 100, count: 1_000_000 },
    log: { level: 'warn' },
    ...more,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

const entries = (): Promise<number> => measure('yetisync_entries').catch(() => NaN);
const inStep = (count: number): Promise<void> =>
  until(async () => ((await entries()) === count && (await measure('yetisync_queue')) === 0 ? true : null)).then(
    () => undefined,
  );

try {
  mkdirSync(here);
  const host = start('host', '--data', data, '--port', String(port), '--json');
  await until(() => (existsSync(join(data, 'keys/user1.key2')) ? true : null));
  await sleep(500);
  const page = await WebPage.open({ url, data });

  // ---------------------------------------------------------------------------------------------- quickness
  let config = writeConfig({
    metrics: { port: metrics },
    poll: { interval: '5s' },
    limits: { requestsPerSecond: 0 },
  });
  let daemon = start('--config', config);
  await until(async () => (Number.isNaN(await entries()) ? null : true));
  mkdirSync(join(here, 'active'));
  writeFileSync(join(here, 'active/first'), 'first');
  const onHost = (name: string): Promise<true> =>
    until(async () => ((await page.list('/Cloud/active')).files.some((one) => one.name === name) ? true : null));
  await onHost('first');
  const edits: number[] = [];
  const arrivals: number[] = [];
  for (let n = 0; n < 5; n++) {
    await sleep(4_000);
    edits.push(
      await seconds(async () => {
        writeFileSync(join(here, `active/edit${n}`), `edit ${n}`);
        await onHost(`edit${n}`);
      }),
    );
    await page.replace('/Cloud/active', `web${n}`, `web ${n}`);
    arrivals.push(await seconds(() => until(() => (existsSync(join(here, `active/web${n}`)) ? true : null))));
  }
  say(`an edit is on the host after ${edits.join(', ')} s (settle is 2 s; wanted: at most 3 s)`);
  say(
    `a change there in an active folder is here after ${arrivals.join(', ')} s (interval is 5 s; wanted: at most 7 s)`,
  );

  // ---------------------------------------------------------------------------------------------- a burst
  let known = 1 + 1 + 2 * 5;
  const perFolder = 100;
  const source = join(home, 'source');
  for (let n = 0; n < files; n++) {
    if (n % perFolder === 0) mkdirSync(join(source, `d${n / perFolder}`), { recursive: true });
    writeFileSync(join(source, `d${Math.floor(n / perFolder)}/f${n}`), `content ${n}`);
  }
  await measure('yetisync_longest_stall_seconds');
  longest = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      await sleep(500);
      await measure('yetisync_longest_stall_seconds');
    }
  })();
  const copying = spawn('cp', ['-r', source, join(here, 'burst')]);
  await new Promise((resolve) => copying.once('close', resolve));
  say(`${files} files copied in; longest stall so far ${Math.round(longest * 1000)} ms`);
  const removed = Math.floor(files / perFolder / 2);
  await until(async () => ((await entries()) > known + files / 8 ? true : null));
  say(`a part is sent; longest stall so far ${Math.round(longest * 1000)} ms`);
  const took = await seconds(async () => {
    for (let n = 0; n < removed; n++) {
      rmSync(join(here, `burst/d${n}`), { recursive: true });
      if (n % 10 === 0) await sleep(1);
    }
    known += 1 + (files / perFolder - removed) * (1 + perFolder);
    await inStep(known);
  });
  isOver = true;
  await watching;
  const after = costOf(daemon);
  say(`half of them removed while the rest was sent, in step ${took} s later, with ${after.memory} MB`);
  say(
    `the longest that one piece of work kept all others waiting: ${Math.round(longest * 1000)} ms (wanted: at most 200 ms)`,
  );

  // ---------------------------------------------------------------------------------------------- rest
  const side = Math.ceil(Math.sqrt(folders));
  for (let n = 0; n < folders; n++) mkdirSync(join(here, `rest/${Math.floor(n / side)}/${n}`), { recursive: true });
  known += 1 + Math.ceil(folders / side) + folders;
  await inStep(known);
  await stop(daemon);
  config = writeConfig({});
  daemon = start('--config', config);
  const asked = (): Promise<DaemonStatus | null> =>
    askDaemon({ runtimeDir: null, stateDir: join(home, 'A-state') }, { command: 'status' }).then(
      (status) => status ?? null,
    );
  await until(async () => (((await asked())?.pairs[0]?.totals.passes ?? 0) > 0 ? true : null));
  await sleep(5_000);
  const [calls, before] = [(await asked())?.calls ?? NaN, costOf(daemon)];
  await sleep(idleSeconds * 1_000);
  const [rest, status] = [costOf(daemon), await asked()];
  const share = ((rest.cpu - before.cpu) / idleSeconds) * 100;
  const hourly = Math.round((((status?.calls ?? NaN) - calls) / idleSeconds) * 3_600);
  say(
    `at rest for ${idleSeconds} s with ${status?.pairs[0]?.watched} folders watched: ${share.toFixed(2)} % of a core (wanted: less than 0.5), ${rest.memory} MB (${before.memory} MB before), ${hourly} calls an hour`,
  );
  await stop(daemon);
  await stop(host);
} finally {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}
