/** Drives a bundled host that runs as a process of its own over a real folder, and measures what calls cost it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { at, multipart, text } from '../host/program.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** What some calls took. Times in milliseconds, as the client sees them. */
export interface Measured {
  readonly perSecond: number;
  readonly median: number;
  readonly slow: number;
  /** Microseconds of CPU that the host itself spent on each. */
  readonly cpu: number;
}

export interface Driver {
  readonly call: (endpoint: string, fields?: Record<string, string>) => Promise<unknown>;
  /** Uploads bytes that no other file has; returns the new id. */
  readonly upload: (name: string, bytes: number, folder?: string) => Promise<string>;
  /** Creates a folder; returns its id. */
  readonly folder: (name: string, parent?: string) => Promise<string>;
  readonly get: (url: string) => Promise<number>;
  /** Runs `act` with the numbers from 1 to `calls`, several at once, and prints what they took. */
  readonly measure: (what: string, calls: number, act: (number: number) => Promise<unknown>) => Promise<Measured>;
  readonly close: () => Promise<void>;
}

/** `parallel`: how many calls are under way at once. */
export async function startDriver(parallel: number): Promise<Driver> {
  const place = mkdtempSync(join(tmpdir(), 'yetihost-bench-'));
  const host = fork(join(import.meta.dirname, '../host/serve-folder.ts'), [place], { silent: true });
  const { stdout } = host;
  if (stdout === null) throw new Error('the host says nothing');
  const started: unknown = JSON.parse(String((await once(stdout, 'data'))[0]));
  const pool = new Pool(text(at(started, 'url')), { connections: parallel });
  const random = seededRandom(1);

  const post = async (endpoint: string, type: string, body: string | Buffer): Promise<unknown> => {
    const headers = { 'content-type': type };
    const answer = await pool.request({ method: 'POST', path: `/api/v2/${endpoint}`, headers, body });
    const document = await answer.body.json();
    if (at(document, '_status') !== 'success') throw new Error(JSON.stringify(document));
    return document;
  };
  const form = (endpoint: string, fields: Record<string, string>): Promise<unknown> =>
    post(endpoint, 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString());
  const keys = { key1: text(at(started, 'keys', 'key1')), key2: text(at(started, 'keys', 'key2')) };
  const signedIn = await form('authorize', keys);
  const pair = {
    access_token: text(at(signedIn, 'data', 'access_token')),
    account_id: text(at(signedIn, 'data', 'account_id')),
  };
  const hostCpu = async (): Promise<number> => {
    host.send('cpu');
    const [usage] = (await once(host, 'message')) as unknown[];
    return Number(at(usage, 'user')) + Number(at(usage, 'system'));
  };
  const call: Driver['call'] = (endpoint, fields = {}) => form(endpoint, { ...pair, ...fields });

  return {
    call,
    async upload(name, bytes, folder = '') {
      const content = Buffer.alloc(bytes, Buffer.from(random.hex(32), 'hex'));
      const { body, type } = multipart({ ...pair, folder_id: folder }, name, content);
      return text(at(await post('file/upload', type, body), 'data', 0, 'file_id'));
    },
    async folder(name, parent = '') {
      return text(at(await call('folder/create', { folder_name: name, parent_id: parent }), 'data', 'id'));
    },
    async get(url) {
      const { pathname, search } = new URL(url);
      const answer = await pool.request({ method: 'GET', path: pathname + search });
      return (await answer.body.arrayBuffer()).byteLength;
    },
    async measure(what, calls, act) {
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
      const spent = await hostCpu();
      const began = performance.now();
      await Promise.all(Array.from({ length: parallel }, work));
      const seconds = (performance.now() - began) / 1000;
      const cpu = ((await hostCpu()) - spent) / calls;
      took.sort((one, other) => one - other);
      const percentile = (part: number): number => took[Math.floor(took.length * part)] ?? 0;
      const measured = { perSecond: calls / seconds, median: percentile(0.5), slow: percentile(0.99), cpu };
      console.log(
        `${what}: ${Math.round(measured.perSecond)} a second, half within ${measured.median.toFixed(2)} ms, ` +
          `99 of 100 within ${measured.slow.toFixed(2)} ms, ${Math.round(cpu)} µs CPU each`,
      );
      return measured;
    },
    async close() {
      await pool.close();
      host.disconnect();
      await once(host, 'exit');
      rmSync(place, { recursive: true, force: true });
    },
  };
}
