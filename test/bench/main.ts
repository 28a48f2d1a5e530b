/**
 * What yetisync costs, beside what people would use instead: `npm run bench [-- CASE …] [--files=10000] [--big=1024] [--runs=3] [--json=FILE]`.
 * Each pass is the built program as a person starts it, start-up included; the host is a process of its own. Medians of `runs`.
 * `--big` is the size of the one large file in MiB. Cases: see below. `large` is 100,000 files in 5,000 folders and takes a quarter of an hour;
 * `changes` and `daemon` take as long with `--files=100000`. `large` and `daemon` together are behaviour S357 of the catalogue.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { startBenchHost } from './bench-host.ts';
import type { BenchHost } from './bench-host.ts';
import { startDriver } from './host-driver.ts';
import { changesInLargeTree } from './large-daemon.ts';
import { measured, plant } from './measured.ts';
import type { Took } from './measured.ts';
import { isInstalled, startRclone, unison } from './peers.ts';

interface Row {
  readonly what: string;
  readonly who: string;
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
  /** Calls made, and the fewest with which it can be done. */
  readonly calls?: number;
  readonly fewest?: number;
  readonly note?: string;
}

const bareLoop = [process.execPath, '--import', 'tsx', fileURLToPath(new URL('bare-loop.ts', import.meta.url))];
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const option = (name: string, usual: number): number =>
  Number(process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? usual);
const files = option('files', 10_000);
const runs = option('runs', 3);
const bigMiB = option('big', 1024);
const json = process.argv.find((word) => word.startsWith('--json='))?.slice('--json='.length);

const cases: Readonly<Record<string, (world: World) => Promise<void>>> = {
  tree: (world) => tree(world, { files, folders: Math.ceil(files / 10), isCompared: true }),
  edits: hundredEdits,
  copies: thousandCopies,
  big: oneBigFile,
  far: farAway,
  start: startUp,
  host: hostAlone,
  changes: manyChanges,
  daemon: oneChange,
  large: (world) => tree(world, { files: 100_000, folders: 5_000, isCompared: false }),
};
const usual = ['tree', 'edits', 'copies', 'big', 'far', 'start', 'host'];

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = asked.filter((name) => !(name in cases));
if (unknown.length > 0)
  throw new Error(`no such case: ${unknown.join(', ')}; there are ${Object.keys(cases).join(', ')}`);

const rows: Row[] = [];
for (const name of asked.length === 0 ? usual : asked) {
  const place = mkdtempSync(join(tmpdir(), 'yetisync-bench-'));
  const host = await startBenchHost(join(place, 'host'));
  try {
    await cases[name]?.({ place, host });
  } finally {
    await host.stop();
    rmSync(place, { recursive: true });
  }
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);

interface World {
  readonly place: string;
  readonly host: BenchHost;
}

// ---------------------------------------------------------------------------------------------- cases

async function tree(
  { place, host }: World,
  size: { files: number; folders: number; isCompared: boolean },
): Promise<void> {
  const { files: count, folders, isCompared } = size;
  const [a, b] = [join(place, 'a'), join(place, 'b')];
  plant(a, { files: count, folders, bytes: 4096 });
  for (const folder of [b, join(place, 'd')]) mkdirSync(folder);
  const of = `${count} x 4 KiB in ${folders} folders`;
  const pass = yetisync(place, host);
  await ours(`first upload, ${of}`, host, count + 2 * folders + 5, () => pass('a'));
  await ours(`idle, ${of}`, host, folders + 3, () => pass('a'), runs);
  await ours(`first download, ${of}`, host, 2 * count + folders + 3, () => pass('b'));
  if (isCompared && isInstalled('eatmydata')) {
    // rclone and unison do not wait for the disk: what is left without that wait
    cpSync(a, join(place, 'c'), { recursive: true, filter: (path) => !path.endsWith('.yetisync') });
    const calm = { remote: '/Calm', before: ['eatmydata'] };
    await ours(`first upload without fsync, ${of}`, host, count + 2 * folders + 5, () => pass('c', calm));
    await ours(`first download without fsync, ${of}`, host, 2 * count + folders + 3, () => pass('d', calm));
  }
  appendFileSync(join(a, 'd1/f1.dat'), 'an edit');
  await ours(`one edit, ${of}`, host, folders + 3 + 5, () => pass('a'));
  renameSync(join(a, 'd1'), join(a, 'renamed'));
  await ours(`folder with a tenth renamed, ${of}`, host, folders + 3 + 1, () => pass('a'));
  await ours(`that rename on the other computer, ${of}`, host, folders + 3 + 2, () => pass('b'));
  if (!isCompared) return;
  for (const way of ['up', 'down']) {
    const words = [...bareLoop, `many-${way}`, String(count), host.url, host.keys.key1, host.keys.key2];
    const { stdout, ...took } = await measured(words, { scratch: place });
    peer(`first ${way}load, ${of}`, 'bare loop', {
      ...took,
      ...(JSON.parse(stdout) as Pick<Took, 'wallS' | 'cpuS'>),
      stdout,
    });
  }
  const theirs = join(place, 'theirs');
  cpSync(a, theirs, { recursive: true });
  peer(`idle, ${of}`, 'find', await measured(['find', theirs, '-printf', '%p %s %i %T@\n'], { scratch: place }));
  peer(`first upload, ${of}`, 'cp', await measured(['cp', '-r', theirs, join(place, 'cp')], { scratch: place }));
  if (isInstalled('rclone')) {
    const rclone = await startRclone(place);
    try {
      peer(`first upload, ${of}`, 'rclone', await rclone.pass(theirs, { first: true }));
      peer(`idle, ${of}`, 'rclone', await median(() => rclone.pass(theirs)));
      mkdirSync(join(place, 'theirs-b'));
      peer(`first download, ${of}`, 'rclone', await rclone.pass(join(place, 'theirs-b'), { first: true }));
    } finally {
      rclone.stop();
    }
  }
  if (isInstalled('unison')) {
    const other = join(place, 'unison-other');
    peer(`first upload, ${of}`, 'unison', await unison(place, theirs, other));
    peer(`idle, ${of}`, 'unison', await median(() => unison(place, theirs, other)));
  }
}

async function hundredEdits({ place, host }: World): Promise<void> {
  plant(join(place, 'a'), { files: 200, folders: 1, bytes: 4096 });
  const pass = yetisync(place, host);
  await pass('a');
  for (let at = 0; at < 100; at++) appendFileSync(join(place, `a/f${at}.dat`), 'an edit');
  await host.calls();
  await ours('100 edits in one folder', host, 3 * 100 + 3, () => pass('a'));
}

async function thousandCopies({ place, host }: World): Promise<void> {
  const a = join(place, 'a');
  plant(a, { files: 1, folders: 1, bytes: 100_000 });
  const pass = yetisync(place, host);
  await pass('a');
  for (let at = 0; at < 1_000; at++) cpSync(join(a, 'f0.dat'), join(a, `copy ${at}.dat`));
  await host.calls();
  await ours('1,000 local copies of a file that the host has', host, 2 * 1_000 + 3, () => pass('a'));
}

async function oneBigFile({ place, host }: World): Promise<void> {
  mkdirSync(join(place, 'a'));
  mkdirSync(join(place, 'b'));
  const path = join(place, 'a/big.bin');
  const piece = createHash('sha512').update('big').digest();
  const chunk = Buffer.concat(Array.from({ length: 16_384 }, () => piece));
  const sink = createWriteStream(path);
  await pipeline(
    Readable.from(
      (function* () {
        for (let at = 0; at < bigMiB; at++) {
          chunk.writeUInt32LE(at, 0);
          yield Buffer.from(chunk);
        }
      })(),
    ),
    sink,
  );
  const pass = yetisync(place, host);
  await ours(`one file of ${bigMiB} MiB up`, host, 1 + 2 + 5, () => pass('a'));
  await ours(`one file of ${bigMiB} MiB down`, host, 2 + 2 + 3, () => pass('b'));
  const words = (way: string) => [...bareLoop, way, path, host.url, host.keys.key1, host.keys.key2];
  peer(`one file of ${bigMiB} MiB up`, 'bare loop', await measured(words('up'), { scratch: place }));
  peer(`one file of ${bigMiB} MiB down`, 'bare loop', await measured(words('down'), { scratch: place }));
  const read = process.hrtime.bigint();
  await pipeline(createReadStream(path), createHash('md5'));
  row({
    what: 'reading and hashing it',
    who: 'here',
    wallS: Number(process.hrtime.bigint() - read) / 1e9,
    cpuS: 0,
    peakMiB: 0,
  });
}

async function farAway({ place }: World): Promise<void> {
  plant(join(place, 'a'), { files: 1_000, folders: 1_000, bytes: 100 });
  const delayMs = 50;
  const far = await startBenchHost(join(place, 'far'), { proxied: true });
  try {
    const pass = yetisync(place, far);
    await pass('a');
    far.slowDown(delayMs);
    const took = await pass('a');
    const note = `at least ${(1_000 * delayMs) / 8 / 1000} s by the wait alone`;
    row({ what: `idle, 1,000 folders, each answer after ${delayMs} ms`, who: 'yetisync', ...took, note });
  } finally {
    await far.stop();
  }
}

async function startUp({ place, host }: World): Promise<void> {
  mkdirSync(join(place, 'a'));
  const pass = yetisync(place, host);
  await pass('a');
  row({ what: 'an empty folder, idle', who: 'yetisync', ...(await median(() => pass('a'))) });
  const version = () => measured([process.execPath, program, '--version'], { scratch: place });
  row({ what: '--version', who: 'yetisync', ...(await median(version)) });
  const nothing = () => measured([process.execPath, '-e', '0'], { scratch: place });
  row({ what: 'node itself', who: 'node', ...(await median(nothing)) });
}

/** The bundled host without anybody of ours: what was answered is on its disk. */
async function hostAlone(): Promise<void> {
  const driver = await startDriver(8);
  try {
    const count = 10_000;
    const what = `host: ${count} uploads of 4 KiB, 8 at a time`;
    const { perSecond, cpu } = await driver.measure(what, count, (n) => driver.upload(`f${n}.bin`, 4_096));
    const note = `${Math.round(perSecond)} a second`;
    row({ what, who: 'host', wallS: count / perSecond, cpuS: (cpu * count) / 1e6, peakMiB: 0, note });
  } finally {
    await driver.close();
  }
}

/** As many changes as there are files, made while nothing ran: all moved, edited, or removed. */
async function manyChanges({ place, host }: World): Promise<void> {
  const a = join(place, 'a');
  const folders = Math.ceil(files / 100);
  plant(a, { files, folders, bytes: 64 });
  const pass = yetisync(place, host);
  await ours(`first upload, ${files} x 64 bytes in ${folders} folders`, host, files + 2 * folders + 5, () => pass('a'));
  plant(a, { files, folders, bytes: 65 });
  await ours(`${files} edits made while stopped`, host, 3 * files + 2 * folders + 3, () => pass('a'));
  for (const name of readdirSync(a)) if (name !== '.yetisync') rmSync(join(a, name), { recursive: true });
  writeFileSync(join(a, 'left'), 'left');
  await ours(`${files} removals made while stopped`, host, 2 * folders + 13, () => pass('a'));
}

async function oneChange({ place, host }: World): Promise<void> {
  const pass = yetisync(place, host);
  const options = { program, files, place, host, pass: () => pass('a') };
  for await (const change of changesInLargeTree(options)) row({ who: 'yetisync', ...change });
}

// ---------------------------------------------------------------------------------------------- how

interface Wish {
  readonly remote?: string;
  /** Words before the command. */
  readonly before?: readonly string[];
}

/** A pass over the folder of that name below `place`: rates and parallelism opened by config, as the goals say. */
function yetisync(
  place: string,
  { url, keys }: Pick<BenchHost, 'url' | 'keys'>,
): (name: string, wish?: Wish) => Promise<Took> {
  return (name, { remote = '/Cloud', before = [] } = {}) => {
    const config = join(place, `${name}.json`);
    const text = {
      host: url,
      credentials: keys,
      folders: [{ local: join(place, name), remote }],
      stateDir: join(place, `state-${name}`),
      settle: '0s',
      limits: { requestsPerSecond: 0, uploads: 8, downloads: 8 },
      reserveDisk: '0',
      holdRemovals: { percent: 100, count: 10_000_000 },
    };
    writeFileSync(config, JSON.stringify(text), { mode: 0o600 });
    return measured([...before, process.execPath, program, '--once', '--config', config], { scratch: place });
  };
}

async function ours(
  what: string,
  host: BenchHost,
  fewest: number,
  pass: () => Promise<Took>,
  times = 1,
): Promise<void> {
  await host.calls();
  const took = await median(pass, times);
  const counted = Object.values(await host.calls()).reduce((sum, count) => sum + count, 0);
  row({ what, who: 'yetisync', ...took, calls: Math.round(counted / times), fewest });
}

function peer(what: string, who: string, took: Took): void {
  row({ what, who, ...took });
}

/** The one in the middle by wall time. */
async function median(work: () => Promise<Took>, times = runs): Promise<Took> {
  const all: Took[] = [];
  for (let at = 0; at < times; at++) all.push(await work());
  const middle = all.sort((one, other) => one.wallS - other.wallS)[Math.floor(all.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function row({ what, who, wallS, cpuS, peakMiB, calls, fewest, note }: Row): void {
  rows.push({
    what,
    who,
    wallS,
    cpuS,
    peakMiB,
    ...(calls === undefined ? {} : { calls, fewest }),
    ...(note === undefined ? {} : { note }),
  });
  const asked = calls === undefined ? '' : `  calls ${calls} (fewest ${String(fewest)})`;
  console.log(
    `${what.padEnd(62)} ${who.padEnd(9)} wall ${wallS.toFixed(2).padStart(7)} s  CPU ${cpuS.toFixed(2).padStart(7)} s  peak ${peakMiB.toFixed(0).padStart(4)} MiB${asked}${note === undefined ? '' : `  ${note}`}`,
  );
}
