/**
 * Two daemons, a person on the host's web page and one host as real processes: random work on all sides, a line that breaks, computers that
 * sleep, pauses, kills and restarts. `npm run soak:daemons -- --minutes N [--seed S]`, after `npm run build`. One of the daemons runs from the
 * beginning to the end, so that its memory and its open files tell something. At the end both folders, the host, and the folder of a computer that comes
 * fresh must be equal; every content that was written, and not replaced or removed by who wrote it, must be there; and there must be no copy of a
 * conflict that never was. Prints memory, open files and processor time as they go.
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
import { WebPage } from '../cli/web-page.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { differences, shapeOf, snapshot } from '../support/snapshot.ts';
import type { Shape } from '../support/snapshot.ts';
import { openBadLine } from './bad-line.ts';
import { contentsBelow, lostOf, needlessIn, readHost } from './what-is-left.ts';
import type { Written } from './what-is-left.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } } });
const seed = values.seed ?? String(Date.now());
const random = seededRandom(`daemons ${seed}`);
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'yetisync-soak-'));
const port = 20_000 + random.int(20_000);
const line = await openBadLine(port, random.fork('line'));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const computers = ['A', 'B'] as const;
type Computer = (typeof computers)[number];
/** This one is never ended before the end. */
const steady = random.pick(computers);
const folders = 6;
const ownNames = 30;
const sharedNames = 5;

// ---------------------------------------------------------------------------------------------- processes

const running = new Map<string, ChildProcess>();
const env = { PATH: process.env['PATH'], HOME: home };
const words: Readonly<Record<string, readonly string[]>> = {
  host: ['host', '--data', join(home, 'host'), '--port', String(port), '--json'],
  A: ['--config', join(home, 'A.json')],
  B: ['--config', join(home, 'B.json')],
};

function start(name: string): void {
  const child = spawn(process.execPath, [program, ...(words[name] ?? [])], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.on('exit', (status) => {
    if (running.get(name) === child && status !== 0) say(`${name} ended with ${status}`);
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

/** Runs a command to its end; the line goes on meanwhile. */
async function command(
  ...given: readonly string[]
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [program, ...given], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

function writeConfig(name: string): void {
  mkdirSync(join(home, name), { recursive: true });
  const keys = { key1File: join(home, 'host/keys/user1.key1'), key2File: join(home, 'host/keys/user1.key2') };
  const config = {
    host: line.url,
    credentials: keys,
    folders: [{ local: join(home, name), remote: '/Cloud' }],
    stateDir: join(home, `${name}-state`),
    settle: '100ms',
    poll: { interval: '5s', fullSweep: '10s' },
    // one of them sends so slowly that its larger files are on their way for a while
    limits: { requestsPerSecond: 0, uploadRate: name === 'B' ? '20kB' : '0' },
    holdRemovals: { percent: 100, count: 1_000_000 },
    log: { level: 'error' },
  };
  writeFileSync(join(home, `${name}.json`), JSON.stringify(config), { mode: 0o600 });
}

/** Of each process: memory, open files, and seconds of processor time since it began. */
function figures(): string {
  return [...running]
    .filter(([, { pid }]) => existsSync(`/proc/${pid}/status`))
    .sort()
    .map(([name, { pid }]) => {
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
      const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
      const seconds = ticks.reduce((sum, part) => sum + Number(part), 0) / 100;
      const files = readdirSync(`/proc/${pid}/fd`).length;
      return `${name} ${Math.round(Number(kilobytes) / 1024)} MB, ${files} files, ${Math.round(seconds)} s CPU`;
    })
    .join('; ');
}

// ---------------------------------------------------------------------------------------------- deeds

/** What each one wrote last under a name; what was replaced or removed by the same one is superseded. */
const last = new Map<string, Written>();
/** The same for both names of a folder: what stands below moves with it. */
const keyOf = (who: string, path: string): string => `${who} ${path.replace(/[de](\d\/[^/]+)$/, 'd$1')}`;
let deeds = 0;

/** Folders go by two names, so that they are renamed under the hands of all. */
const folderName = (n: number, isOther: boolean): string => `${isOther ? 'e' : 'd'}${n}`;

function folderOf(name: Computer): string {
  const n = random.int(folders);
  const other = join(home, name, folderName(n, true));
  return existsSync(other) ? other : join(home, name, folderName(n, false));
}

/** Each has names of its own, and some that all write to; folders are shared. */
function deed(name: Computer): void {
  deeds += 1;
  const folder = folderOf(name);
  mkdirSync(folder, { recursive: true });
  const write = (file: string): void => {
    const path = join(folder, file);
    const content = random.chance(0.02)
      ? `${name} ${deeds} `.repeat(10_000 + random.int(40_000))
      : `${name} ${deeds} ${random.int(1e9)}`;
    writeFileSync(path, content);
    last.set(keyOf(name, path), { who: name, path, content });
  };
  const own = `${name}${random.int(ownNames)}`;
  switch (random.int(12)) {
    case 0:
    case 1:
      rmSync(join(folder, own), { force: true });
      last.delete(keyOf(name, join(folder, own)));
      return;
    case 2:
    case 3: {
      const [from, to] = [join(folder, own), join(folder, `${name}${random.int(ownNames)}`)];
      if (from === to || !existsSync(from)) return;
      renameSync(from, to);
      moved(name, from, to);
      return;
    }
    case 4:
      write(`shared${random.int(sharedNames)}`);
      return;
    case 5: {
      if (!random.chance(0.1)) return;
      const n = random.int(folders);
      const [from, to] = [join(home, name, folderName(n, false)), join(home, name, folderName(n, true))];
      if (existsSync(from) && !existsSync(to)) renameSync(from, to);
      else if (existsSync(to) && !existsSync(from)) renameSync(to, from);
      return;
    }
    default:
      write(own);
  }
}

/** What stood under the new name is gone, and what was written to the old one stands there. */
function moved(name: string, from: string, to: string): void {
  const before = last.get(keyOf(name, from));
  last.delete(keyOf(name, from));
  last.delete(keyOf(name, to));
  if (before !== undefined) last.set(keyOf(name, to), { ...before, path: to });
}

let page: WebPage | null = null;

/** On the host itself, past the bad line. What fails there (a host that is away) was not done, or is not known to be. */
async function webDeed(): Promise<void> {
  deeds += 1;
  const n = random.int(folders);
  const [own, other] = [`web${random.int(ownNames)}`, `web${random.int(ownNames)}`];
  const act = random.int(8);
  const content = `web ${deeds} ${random.int(1e9)}`;
  try {
    page ??= await WebPage.open({ url: `http://127.0.0.1:${port}`, data: join(home, 'host') });
    const there = (await page.list('/Cloud')).folders.map(({ name }) => name);
    const folder = `/Cloud/${folderName(n, there.includes(folderName(n, true)))}`;
    if (!there.includes(folder.slice('/Cloud/'.length))) return;
    const file = act === 7 ? `shared${random.int(sharedNames)}` : own;
    const path = `${folder}/${file}`;
    if (act === 0) {
      last.delete(keyOf('web', path));
      await page.trash(folder, [own]);
    } else if (act === 1) {
      const names = (await page.list(folder)).files.map(({ name }) => name);
      if (!names.includes(own) || names.includes(other)) return;
      await page.rename(folder, own, other);
      moved('web', path, `${folder}/${other}`);
    } else {
      last.delete(keyOf('web', path));
      await page.replace(folder, file, content);
      last.set(keyOf('web', path), { who: 'web', path, content });
    }
  } catch {
    page = null;
  }
}

// ---------------------------------------------------------------------------------------------- trouble

const told: Record<string, number> = {};
const note = (what: string): void => void (told[what] = (told[what] ?? 0) + 1);

async function trouble(): Promise<void> {
  const restless = computers.find((name) => name !== steady) ?? 'A';
  const computer = random.pick(computers);
  switch (random.int(8)) {
    case 0: {
      const [name, signal] = [random.pick([restless, 'host']), random.pick(['SIGKILL', 'SIGTERM'] as const)];
      note(`${signal} ${name}`);
      await stop(name, signal);
      await sleep(random.int(3_000));
      start(name);
      return;
    }
    case 1: {
      note(`asleep ${computer}`);
      running.get(computer)?.kill('SIGSTOP');
      for (let n = random.int(20); n > 0; n--) {
        deed(random.pick(computers));
        await sleep(random.int(1_000));
      }
      running.get(computer)?.kill('SIGCONT');
      return;
    }
    case 2:
    case 3: {
      note(`paused ${computer}`);
      await command('pause', '--config', join(home, `${computer}.json`));
      for (let n = random.int(10); n > 0; n--) deed(random.pick(computers));
      await sleep(random.int(6_000));
      await command('resume', '--config', join(home, `${computer}.json`));
      return;
    }
    case 4:
      note(`config again ${computer}`);
      running.get(computer)?.kill('SIGHUP');
      return;
    default: {
      const way = random.pick(['cut', 'slow', 'away'] as const);
      note(`line ${way}`);
      line.be(way);
      for (let n = random.int(20); n > 0; n--) {
        deed(random.pick(computers));
        if (random.chance(0.3)) await webDeed();
        await sleep(random.int(1_000));
      }
      line.be('well');
    }
  }
}

// ---------------------------------------------------------------------------------------------- the end

const shape = (name: string): Shape => shapeOf(snapshot(join(home, name)));
const asText = (one: Shape): string => JSON.stringify([...one].sort());

async function settled(): Promise<boolean> {
  let calm = 0;
  for (let tries = 0; tries < 300 && calm < 15; tries++) {
    const [before] = [asText(shape('A'))];
    await sleep(1_000);
    calm = asText(shape('A')) === asText(shape('B')) && asText(shape('A')) === before ? calm + 1 : 0;
  }
  return calm >= 15;
}

start('host');
while (!existsSync(join(home, 'host/keys/user1.key2'))) await sleep(100);
for (const name of computers) writeConfig(name);
for (const name of computers) start(name);
say(`seed ${JSON.stringify(seed)}, ${steady} runs from beginning to end, in ${home}`);
const beganMs = performance.now();
const untilMs = beganMs + Number(values.minutes) * 60_000;
let toldMs = 0;
while (performance.now() < untilMs) {
  for (let n = random.int(8); n > 0; n--) deed(random.pick(computers));
  if (random.chance(0.5)) await webDeed();
  await sleep(random.int(1_500));
  if (random.chance(0.06)) await trouble();
  if (performance.now() - toldMs > 60_000) {
    toldMs = performance.now();
    say(`${Math.round((toldMs - beganMs) / 60_000)} min, ${deeds} deeds; ${figures()}`);
  }
}
line.be('well');
const failures: string[] = [];
if (!(await settled()))
  failures.push('the two folders did not become equal', ...differences(shape('A'), shape('B'), ['A', 'B']));
say(`settled; ${figures()}`);
for (const name of computers) await stop(name, 'SIGTERM');
for (const name of computers) {
  const { status, output } = await command('verify', '--download', '--config', join(home, `${name}.json`));
  if (status !== 0) failures.push(`verify of ${name} ended with ${status}: ${output}`);
}
writeConfig('C');
const fresh = await command('--once', '--config', join(home, 'C.json'));
if (fresh.status !== 0) failures.push(`a fresh computer ended with ${fresh.status}: ${fresh.output}`);
failures.push(...differences(shape('A'), shape('C'), ['A', 'a fresh computer']));
await stop('host', 'SIGTERM');
await line.close();
const host = readHost(join(home, 'host'));
failures.push(...differences(shape('A'), host.active, ['A', 'the host']));
const kept = new Set(host.kept);
for (const name of computers) for (const md5 of contentsBelow(join(home, name))) kept.add(md5);
failures.push(...lostOf([...last.values()], kept), ...needlessIn(shape('A')));
const copies = [...shape('A').keys()].filter((path) => path.includes('(conflict ')).length;
for (const failure of failures) say(failure);
say(JSON.stringify(told));
say(
  `${deeds} deeds from seed ${JSON.stringify(seed)} in ${Math.round((performance.now() - beganMs) / 60_000)} minutes, ${failures.length} failures; ${copies} copies of conflicts`,
);
if (failures.length === 0) rmSync(home, { recursive: true });
else say(`kept: ${home}`);
process.exitCode = failures.length === 0 ? 0 : 1;
