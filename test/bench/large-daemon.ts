/**
 * What one change costs a daemon that has a large tree in step: an edit, and a folder with all of it renamed, here and on the host. Wall time
 * is until the other side shows it; processor time and calls are those of the next seconds too, polls among them.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, list, text } from '../host/program.ts';
import type { BenchHost } from './bench-host.ts';
import { plant } from './measured.ts';

export interface DaemonChange {
  readonly what: string;
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
  readonly calls: number;
  readonly fewest: number;
  readonly note: string;
}

export interface LargeDaemonOptions {
  readonly program: string;
  readonly files: number;
  readonly place: string;
  readonly host: BenchHost;
  /** One full pass over the folder `a`. */
  readonly pass: () => Promise<unknown>;
}

type Counts = Readonly<Record<string, number>>;
const ownSettings = { settle: '2s', poll: { interval: '5s' }, log: { level: 'warn' } };
const afterMs = 4_000;

export async function* changesInLargeTree(options: LargeDaemonOptions): AsyncGenerator<DaemonChange> {
  const { program, files, place, host, pass } = options;
  const here = join(place, 'a');
  mkdirSync(here);
  plant(join(here, 'big'), { files, folders: Math.ceil(files / 100), bytes: 64 });
  await pass();
  const config = join(place, 'daemon.json');
  const settings: unknown = JSON.parse(readFileSync(join(place, 'a.json'), 'utf8'));
  writeFileSync(config, JSON.stringify({ ...(settings as object), ...ownSettings }), { mode: 0o600 });
  const daemon = spawn(process.execPath, [program, '--config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const page = await openPage(host);
    await untilCalm(host);
    // `fewest`: without the polls of these seconds
    const measure = async (
      what: string,
      fewest: number,
      act: () => unknown,
      isThere: () => Promise<boolean> | boolean,
    ): Promise<DaemonChange> => {
      await host.calls();
      page.asked.clear();
      const [before, startedMs] = [costOf(daemon.pid), performance.now()];
      await act();
      while (!(await isThere())) await sleep(50);
      const wallS = (performance.now() - startedMs) / 1_000;
      await sleep(afterMs);
      const after = costOf(daemon.pid);
      const made = Object.entries(await host.calls()).map(
        ([name, count]) => [name, count - (page.asked.get(name) ?? 0)] as const,
      );
      const calls = made.reduce((sum, [, count]) => sum + count, 0);
      const note = made.flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : [])).join(', ');
      return { what, wallS, cpuS: after.cpuS - before.cpuS, peakMiB: after.peakMiB, calls, fewest, note };
    };

    const file = join(here, 'big/f0.dat');
    const folder = await page.find('big');
    const sizeThere = async () => {
      const rows = list(at(await page.ask('folder/listing', { parent_folder_id: folder ?? '' }), 'data', 'files'));
      return rows.map((row) => (text(at(row, 'filename')) === 'f0.dat' ? Number(at(row, 'fileSize')) : 0));
    };
    const of = `daemon, ${files} files`;
    yield await measure(
      `first edit, which makes the staging folder, ${of}`,
      6,
      () => appendFileSync(file, 'an edit'),
      async () => (await sizeThere()).includes(statSync(file).size),
    );
    yield await measure(
      `one edit, ${of}`,
      5,
      () => appendFileSync(file, 'an edit'),
      async () => (await sizeThere()).includes(statSync(file).size),
    );
    yield await measure(
      `folder with all of it renamed here, ${of}`,
      3,
      () => renameSync(join(here, 'big'), join(here, 'renamed')),
      async () => (await page.find('renamed')) !== null,
    );
    yield await measure(
      `folder with all of it renamed on the host, ${of}`,
      1,
      () => page.ask('folder/edit', { folder_id: folder ?? '', folder_name: 'again' }),
      () => existsSync(join(here, 'again')),
    );
  } finally {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
  }
}

/** Until the daemon asks for no more than its polls. */
async function untilCalm(host: BenchHost): Promise<void> {
  for (let before = 1; ;) {
    await sleep(2_000);
    const now = sumOf(await host.calls());
    if (before > 10 && now <= 10) return;
    before = Math.max(before, now);
  }
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function costOf(pid: number | undefined): { readonly cpuS: number; readonly peakMiB: number } {
  const [user = 0, system = 0] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { cpuS: (user + system) / 100, peakMiB: peak / 1024 };
}

async function openPage({ url, keys }: BenchHost) {
  const asked = new Map<string, number>();
  const ask = async (endpoint: string, fields: Readonly<Record<string, string>>): Promise<unknown> => {
    asked.set(endpoint, (asked.get(endpoint) ?? 0) + 1);
    const body = new URLSearchParams({ ...token, ...fields });
    return (await fetch(`${url}/api/v2/${endpoint}`, { method: 'POST', body })).json();
  };
  let token: Readonly<Record<string, string>> = {};
  const signedIn = at(await ask('authorize', keys), 'data');
  token = { access_token: text(at(signedIn, 'access_token')), account_id: String(at(signedIn, 'account_id')) };
  const inFolder = async (parent: string, name: string): Promise<string | null> => {
    const rows = list(at(await ask('folder/listing', { parent_folder_id: parent }), 'data', 'folders'));
    const found = rows.find((row) => text(at(row, 'folderName')) === name);
    return found === undefined ? null : String(at(found, 'id'));
  };
  const pair = (await inFolder('', 'Cloud')) ?? '';
  return { asked, ask, find: (name: string) => inFolder(pair, name) };
}
