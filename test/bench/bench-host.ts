/**
 * The host that a benchmark works against, as a process of its own over a real folder, which tells what it was asked.
 * Through a proxy each answer can be made to wait, as that of a host far away does.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openHost } from '../../src/host/host.ts';
import { realClock } from '../../src/system/clock.ts';
import { realRandom } from '../../src/system/random.ts';

export interface BenchHost {
  readonly url: string;
  readonly keys: { readonly key1: string; readonly key2: string };
  /** Calls by endpoint since it was asked last. */
  calls(): Promise<Readonly<Record<string, number>>>;
  /** From now on each answer waits so long. Only where it was started with a proxy. */
  slowDown(delayMs: number): void;
  stop(): Promise<void>;
}

interface Served {
  readonly url: string;
  readonly keys: { readonly key1: string; readonly key2: string };
}

/** Serves the accounts that are kept in `folder`. The first time it makes one. */
export async function startBenchHost(folder: string, { proxied = false } = {}): Promise<BenchHost> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', folder, proxied ? 'proxied' : 'direct'], {
    execArgv: ['--import', 'tsx'],
  });
  const { url, keys } = await told<Served>(child);
  return {
    url,
    keys,
    calls: () => {
      child.send('counts');
      return told<Record<string, number>>(child);
    },
    slowDown: (delayMs) => void child.send(delayMs),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.send('stop');
      }),
  };
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (status: number | null) => reject(new Error(`the host ended with ${String(status)}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

async function serve(folder: string, isProxied: boolean): Promise<void> {
  const storage = { kind: 'folder', path: folder } as const;
  const host = await openHost({ storage, habits: ['documented'], clock: realClock, random: realRandom });
  const { key1, key2 } = host.admin.addAccount({});
  const { url } = await host.listen({ port: 0, address: '127.0.0.1' });
  const proxy = { delayMs: 0 };
  process.on('message', (word) => {
    if (typeof word === 'number') {
      proxy.delayMs = word;
      return;
    }
    if (word === 'stop') {
      void host.close().then(() => process.exit(0));
      return;
    }
    process.send?.(host.admin.callCounts());
    host.admin.resetCallCounts();
  });
  process.send?.({ url: isProxied ? await delayed(url, proxy) : url, keys: { key1, key2 } } satisfies Served);
}

/** A way to the same host on which each answer takes longer. */
function delayed(url: string, proxy: { readonly delayMs: number }): Promise<string> {
  const { hostname, port } = new URL(url);
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    const onward = request({ hostname, port, method, path, headers }, (got) => {
      setTimeout(() => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      }, proxy.delayMs);
    });
    asked.pipe(onward);
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`);
    }),
  );
}

const [role, folder = '', way] = process.argv.slice(2);
if (role === 'serve' && process.send !== undefined) await serve(folder, way === 'proxied');
