/**
 * What a call costs the bundled host, over loopback, the host in a process of its own with a real folder: uploads of
 * small files, listings of a small and of the full folder, download addresses, downloads. Prints the rate, the time of a
 * call, and the CPU time that the host itself spent on it.
 *
 * `npx tsx test/bench/host-calls.ts [uploads=20000] [parallel=8] [bytes=4096]`; for a profile of the host,
 * `node --import tsx --cpu-prof test/bench/host-calls.ts`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { at, list, multipart, text } from '../host/program.ts';
import { seededRandom } from '../support/seeded-random.ts';

const [uploads = 0, parallel = 0, bytes = 0] = [20_000, 8, 4096].map((value, index) =>
  Number(process.argv[index + 2] ?? value),
);
const folder = mkdtempSync(join(tmpdir(), 'yetihost-bench-'));
const host = fork(join(import.meta.dirname, '../host/serve-folder.ts'), [folder], { silent: true });
const { stdout } = host;
if (stdout === null) throw new Error('the host says nothing');
const started: unknown = JSON.parse(String((await once(stdout, 'data'))[0]));
const pool = new Pool(text(at(started, 'url')), { connections: parallel });

async function post(endpoint: string, type: string, body: string | Buffer): Promise<unknown> {
  const headers = { 'content-type': type };
  const answer = await pool.request({ method: 'POST', path: `/api/v2/${endpoint}`, headers, body });
  const document = await answer.body.json();
  if (at(document, '_status') !== 'success') throw new Error(JSON.stringify(document));
  return document;
}

const call = (endpoint: string, fields: Record<string, string>): Promise<unknown> =>
  post(endpoint, 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString());

const keys = { key1: text(at(started, 'keys', 'key1')), key2: text(at(started, 'keys', 'key2')) };
const signedIn = await call('authorize', keys);
const pair = {
  access_token: text(at(signedIn, 'data', 'access_token')),
  account_id: text(at(signedIn, 'data', 'account_id')),
};

/** Microseconds of CPU that the host has spent since its start. */
async function hostCpu(): Promise<number> {
  host.send('cpu');
  const [usage] = (await once(host, 'message')) as unknown[];
  return Number(at(usage, 'user')) + Number(at(usage, 'system'));
}

async function measure(what: string, calls: number, act: (number: number) => Promise<void>): Promise<void> {
  const took: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < calls) {
      next += 1;
      const began = performance.now();
      await act(next);
      took.push(performance.now() - began);
    }
  };
  const cpu = await hostCpu();
  const began = performance.now();
  await Promise.all(Array.from({ length: parallel }, work));
  const seconds = (performance.now() - began) / 1000;
  const spent = Math.round((await hostCpu()) - cpu) / calls;
  took.sort((one, other) => one - other);
  const percentile = (part: number): string => `${(took[Math.floor(took.length * part)] ?? 0).toFixed(2)} ms`;
  console.log(
    `${what}: ${Math.round(calls / seconds)} a second, half within ${percentile(0.5)}, 99 of 100 within ${percentile(0.99)}, ${Math.round(spent)} µs CPU each`,
  );
}

const random = seededRandom(1);
const ids: string[] = [];
await measure(`${uploads} uploads of ${bytes} bytes, ${parallel} at once`, uploads, async (number) => {
  const content = Buffer.alloc(bytes, Buffer.from(random.hex(32), 'hex'));
  const { body, type } = multipart(pair, `file-${number}.bin`, content);
  ids.push(text(at(await post('file/upload', type, body), 'data', 0, 'file_id')));
});

const made = await call('folder/create', { ...pair, folder_name: 'twenty', parent_id: '' });
const twenty = text(at(made, 'data', 'id'));
for (const id of ids.slice(0, 20)) await call('file/copy', { ...pair, file_id: id, copy_to_folder_id: twenty });
await measure('listings of 20 files', 5000, async () => {
  await call('folder/listing', { ...pair, parent_folder_id: twenty });
});
await measure(`listings of all ${uploads}`, 10, async () => {
  const { length } = list(at(await call('folder/listing', pair), 'data', 'files'));
  if (length !== uploads) throw new Error(`${length} of ${uploads} files are listed`);
});

const addresses: string[] = [];
const wanted = ids.slice(0, 5000);
await measure('download addresses', wanted.length, async (number) => {
  const answer = await call('file/download', { ...pair, file_id: wanted[number - 1] ?? '' });
  addresses.push(text(at(answer, 'data', 'download_url')));
});
await measure(`downloads of ${bytes} bytes`, addresses.length, async (number) => {
  const { pathname, search } = new URL(addresses[number - 1] ?? '');
  const answer = await pool.request({ method: 'GET', path: pathname + search });
  const { byteLength } = await answer.body.arrayBuffer();
  if (byteLength !== bytes) throw new Error(`${byteLength} bytes came`);
});

await pool.close();
host.disconnect();
await once(host, 'exit');
rmSync(folder, { recursive: true, force: true });
