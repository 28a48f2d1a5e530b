/**
 * Measures uploads of small files over loopback against a host in a process of its own.
 * Usage: npx tsx test/host/measure-uploads.ts [uploads=20000] [parallel=8] [bytes=4096]
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { at, list, multipart, text } from './program.ts';

const [uploads = 0, parallel = 0, bytes = 0] = [20_000, 8, 4096].map((value, index) =>
  Number(process.argv[index + 2] ?? value),
);
const folder = mkdtempSync(join(tmpdir(), 'yetihost-measure-'));
const script = join(import.meta.dirname, 'serve-folder.ts');
const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
const started: unknown = JSON.parse(String((await child.stdout[Symbol.asyncIterator]().next()).value));
const pool = new Pool(text(at(started, 'url')), { connections: parallel });

async function call(endpoint: string, type: string, body: string | Buffer): Promise<unknown> {
  const answer = await pool.request({
    method: 'POST',
    path: `/api/v2/${endpoint}`,
    headers: { 'content-type': type },
    body,
  });
  return answer.body.json();
}

const form = 'application/x-www-form-urlencoded';
const keys = { key1: text(at(started, 'keys', 'key1')), key2: text(at(started, 'keys', 'key2')) };
const signedIn = await call('authorize', form, new URLSearchParams(keys).toString());
const pair = {
  access_token: text(at(signedIn, 'data', 'access_token')),
  account_id: text(at(signedIn, 'data', 'account_id')),
};
let next = 0;
const took: number[] = [];

async function work(): Promise<void> {
  while (next < uploads) {
    next += 1;
    const { body, type } = multipart(pair, `file-${next}.bin`, randomBytes(bytes));
    const began = performance.now();
    const answer = await call('file/upload', type, body);
    if (at(answer, '_status') !== 'success') throw new Error(JSON.stringify(answer));
    took.push(performance.now() - began);
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: parallel }, work));
const seconds = (performance.now() - began) / 1000;
took.sort((one, other) => one - other);
const percentile = (part: number): string => (took[Math.floor(took.length * part)] ?? 0).toFixed(2);
console.log(`${uploads} uploads of ${bytes} bytes, ${parallel} at once: ${Math.round(uploads / seconds)} a second`);
console.log(`milliseconds an upload: median ${percentile(0.5)}, 99 of 100 below ${percentile(0.99)}`);
const listed = performance.now();
const listing = await call('folder/listing', form, new URLSearchParams(pair).toString());
console.log(
  `listing of ${list(at(listing, 'data', 'files')).length} files: ${Math.round(performance.now() - listed)} ms`,
);
await pool.close();
child.kill();
rmSync(folder, { recursive: true, force: true });
