/**
 * Two daemons and one host as real processes, random work on both computers, kills and restarts of all three: `npm run soak:daemons -- --minutes N
 * [--seed S]`, after `npm run build`. At the end both folders must be equal, and every content that was written and not replaced
 * or removed by the same computer since must be there. Prints memory and open files over time.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../support/seeded-random.ts';
import { shapeOf, snapshot } from '../support/snapshot.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } } });
const seed = values.seed ?? String(Date.now());
const random = seededRandom(`daemons ${seed}`);
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'yetisync-soak-'));
const port = 20_000 + random.int(20_000);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const running = new Map<string, ChildProcess>();
const words: Readonly<Record<string, readonly string[]>> = {
  host: ['host', '--data', join(home, 'host'), '--port', String(port), '--json'],
  A: ['--config', join(home, 'A.json')],
  B: ['--config', join(home, 'B.json')],
};

function start(name: string): void {
  const env = { PATH: process.env['PATH'], HOME: home };
  const child = spawn(process.execPath, [program, ...(words[name] ?? [])], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.on('exit', (status) => {
    if (running.get(name) === child && status !== 0) process.stdout.write(`${name} ended with ${status}\n`);
  });
  running.set(name, child);
}

async function stop(name: string, signal: NodeJS.Signals): Promise<void> {
  const child = running.get(name);
  running.delete(name);
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

function writeConfig(name: string): void {
  mkdirSync(join(home, name));
  const keys = { key1File: join(home, 'host/keys/user1.key1'), key2File: join(home, 'host/keys/user1.key2') };
  const config = {
    host: `http://127.0.0.1:${port}`,
    credentials: keys,
    folders: [{ local: join(home, name), remote: '/Cloud' }],
    stateDir: join(home, `${name}-state`),
    settle: '100ms',
    poll: { interval: '5s', fullSweep: '10s' },
    limits: { requestsPerSecond: 0 },
    holdRemovals: { percent: 100, count: 1_000_000 },
    log: { level: 'error' },
  };
  writeFileSync(join(home, `${name}.json`), JSON.stringify(config), { mode: 0o600 });
}

/** Each computer has names of its own, so that what must be left is known; folders are shared. */
function deed(name: string): void {
  const folder = join(home, name, `d${random.int(6)}`);
  const path = join(folder, `${name}${random.int(30)}`);
  mkdirSync(folder, { recursive: true });
  switch (random.int(5)) {
    case 0:
      rmSync(path, { force: true });
      return;
    case 1:
      if (existsSync(path)) renameSync(path, join(folder, `${name}${random.int(30)}`));
      return;
    default:
      writeFileSync(path, `${name} ${random.int(1e9)}`);
  }
}

const own = (name: string): ReadonlyMap<string, string> =>
  new Map([...shapeOf(snapshot(join(home, name)))].filter(([path]) => path.includes(`/${name}`)));

function figures(): string {
  return [...running]
    .filter(([, { pid }]) => existsSync(`/proc/${pid}/status`))
    .map(([name, { pid }]) => {
      const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
      return `${name} ${Math.round(Number(rss) / 1024)} MB, ${readdirSync(`/proc/${pid}/fd`).length} files`;
    })
    .join('; ');
}

async function settled(): Promise<boolean> {
  for (let tries = 0; tries < 120; tries++) {
    const [a, b] = ['A', 'B'].map((name) => JSON.stringify([...shapeOf(snapshot(join(home, name)))].sort()));
    if (a === b) return true;
    await sleep(1_000);
  }
  return false;
}

start('host');
while (!existsSync(join(home, 'host/keys/user1.key2'))) await sleep(100);
for (const name of ['A', 'B']) writeConfig(name);
for (const name of ['A', 'B']) start(name);
const until = performance.now() + Number(values.minutes) * 60_000;
let deeds = 0;
let failures = 0;
let toldMs = 0;
while (performance.now() < until) {
  for (let n = random.int(8); n > 0; n--, deeds++) deed(random.pick(['A', 'B']));
  await sleep(random.int(1_500));
  if (random.chance(0.04)) {
    const name = random.pick(['A', 'B', 'host']);
    await stop(name, random.pick(['SIGKILL', 'SIGTERM']));
    await sleep(random.int(3_000));
    start(name);
  }
  if (performance.now() - toldMs > 30_000) {
    toldMs = performance.now();
    process.stdout.write(`${deeds} deeds; ${figures()}\n`);
  }
}
const wanted = ['A', 'B'].map((name) => [name, own(name)] as const);
if (!(await settled())) {
  failures++;
  process.stdout.write('the two folders did not become equal\n');
}
for (const [name, before] of wanted) {
  const now = new Set(shapeOf(snapshot(join(home, name))).values());
  const lost = [...before].filter(([, md5]) => !now.has(md5));
  failures += lost.length;
  for (const [path] of lost) process.stdout.write(`lost: ${name}'s ${path}\n`);
}
process.stdout.write(`${deeds} deeds from seed ${JSON.stringify(seed)}, ${failures} failures; ${figures()}\n`);
for (const name of ['A', 'B', 'host']) await stop(name, 'SIGTERM');
if (failures === 0) rmSync(home, { recursive: true });
else process.stdout.write(`kept: ${home}\n`);
process.exitCode = failures === 0 ? 0 : 1;
