/**
 * What a first sync costs: `npx tsx test/bench/first-sync.ts [files] [folders] [bytes] [profiles=FOLDER]`.
 * Uploads a tree, passes again with nothing to do, downloads it into a second folder, and passes there twice more. Each pass is
 * a process of its own, as it is for a person; the host is one too. CPU counts from when the program is loaded, so it is
 * ours and not the compiler's.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../src/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { openHost } from '../../src/host/host.ts';
import { silentLog } from '../../src/log.ts';
import { realClock } from '../../src/system/clock.ts';
import { realRandom } from '../../src/system/random.ts';

interface Served {
  readonly url: string;
  readonly keys: { readonly key1: string; readonly key2: string };
}

interface Passed {
  readonly exit: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

interface Pass extends Served {
  readonly place: string;
  readonly name: string;
}

const [role, ...rest] = process.argv.slice(2);
const profiles = process.argv.find((word) => word.startsWith('profiles='))?.slice('profiles='.length);

if (role === 'host') await serve(rest[0] ?? '');
else if (role === 'pass') await pass(JSON.parse(rest[0] ?? '') as Pass);
else
  await compare(
    process.argv
      .slice(2)
      .filter((word) => /^\d+$/.test(word))
      .map(Number),
  );

async function compare([files = 2_000, folders = 200, bytes = 4_096]: readonly number[]): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'yetisync-bench-'));
  const host = start('host', join(place, 'host'));
  try {
    const served = await told<Served>(host);
    mkdirSync(join(place, 'a'));
    mkdirSync(join(place, 'b'));
    plant(join(place, 'a'), { files, folders, bytes });
    console.log(`${files} files of ${bytes} bytes in ${folders} folders`);
    for (const [what, name] of [
      ['first upload', 'a'],
      ['idle', 'a'],
      ['first download', 'b'],
      ['idle', 'b'],
      ['idle again', 'b'],
    ] as const) {
      const passed = await told<Passed>(start('pass', JSON.stringify({ ...served, place, name } satisfies Pass)));
      host.send('counts');
      show(what, passed, files, await told<Record<string, number>>(host));
    }
  } finally {
    host.kill('SIGKILL');
    rmSync(place, { recursive: true });
  }
}

function show(what: string, passed: Passed, files: number, calls: Record<string, number>): void {
  const { exit, counts, problems, wallMs, cpuMs, peakMiB } = passed;
  console.log(
    `${what.padEnd(15)} wall ${(wallMs / 1000).toFixed(2)} s  CPU ${(cpuMs / 1000).toFixed(2)} s (${(cpuMs / files).toFixed(2)} ms a file)` +
      `  peak ${peakMiB.toFixed(0)} MiB  exit ${exit}, problems ${problems}, ${JSON.stringify(counts)}`,
  );
  console.log(`${' '.repeat(15)} calls ${JSON.stringify(calls)}`);
}

/** Small files, no two alike, ten folders in each folder. */
function plant(root: string, { files, folders, bytes }: { files: number; folders: number; bytes: number }): void {
  const path = (at: number): string => (at === 0 ? root : join(path(Math.floor(at / 10)), `d${at % 10}`));
  for (let at = 0; at < folders; at++) mkdirSync(path(at), { recursive: true });
  for (let at = 0; at < files; at++) {
    writeFileSync(join(path(at % folders), `f${at}.dat`), Buffer.alloc(bytes, `file ${at} `));
  }
}

function start(what: 'host' | 'pass', argument: string): ChildProcess {
  const profile = what === 'pass' && profiles !== undefined ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [];
  return fork(fileURLToPath(import.meta.url), [what, argument], {
    execArgv: ['--import', 'tsx', ...profile],
  });
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (status) => reject(new Error(`ended with ${String(status)} and said nothing`)));
  });
}

async function serve(folder: string): Promise<void> {
  const host = await openHost({
    storage: { kind: 'folder', path: folder },
    habits: ['documented'],
    clock: realClock,
    random: realRandom,
  });
  const keys = host.admin.addAccount({});
  const { url } = await host.listen({ port: 0, address: '127.0.0.1' });
  process.on('message', () => {
    process.send?.(host.admin.callCounts());
    host.admin.resetCallCounts();
  });
  process.send?.({ url, keys } satisfies Served);
}

async function pass({ url, keys, place, name }: Pass): Promise<void> {
  const unlimited = [{ fromMinute: 0, bytesPerSecond: 0 }];
  const config: Config = {
    host: { base: `${url}/api/v2/`, identity: 'bench' },
    credentials: { kind: 'keys', ...keys },
    pairs: [{ name, local: join(place, name), remote: '/Cloud', exclude: [] }],
    stateDir: join(place, `state-${name}`),
    runtimeDir: null,
    poll: { intervalMs: 60_000, fullSweepMs: 900_000 },
    settleMs: 50,
    limits: { requestsPerSecond: 0, uploads: 8, downloads: 8, uploadRate: unlimited, downloadRate: unlimited },
    holdRemovals: { percent: 50, count: 1_000 },
    ignore: [],
    trashKeepMs: 1e9,
    reserveDiskBytes: 0,
    onStale: null,
    metrics: null,
    notify: false,
    allowInsecure: true,
    logLevel: 'info',
  };
  const loaded = process.cpuUsage();
  const began = performance.now();
  const engine = await openEngine({
    config,
    log: silentLog,
    env: {},
    computer: name,
    process: { pid: process.pid, command: 'bench' },
    signal: new AbortController().signal,
  });
  const [pair] = engine.pairs;
  if (pair === undefined) throw new Error('no pair');
  const { exit, counts, problems } = await pair.runOnce({ onEvent: () => undefined });
  await engine.close();
  const cpu = process.cpuUsage(loaded);
  process.send?.({
    exit,
    counts,
    problems: problems.length,
    wallMs: performance.now() - began,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  } satisfies Passed);
  process.disconnect?.();
}
