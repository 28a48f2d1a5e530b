/** Stands between the program and the bundled host: counts the calls by endpoint, and lets a test know when one comes. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface CountingProxy {
  /** To be put into a config in the place of the host's. */
  readonly url: string;
  /** How often an endpoint was asked, such as `authorize`. */
  count(endpoint: string): number;
  /** From now on calls go to another host. */
  leadTo(hostUrl: string): void;
  /** Tokens and addresses of downloads that went by: nobody else may come to know them. */
  readonly secrets: ReadonlySet<string>;
  /** Resolves once it has been asked so often. */
  reached(endpoint: string, count: number): Promise<void>;
}

/** As they stand in a form and in an answer. */
const secretPattern = /access_token=([^&\s]+)|"(?:download_url|url)":"(http[^"]+)"/g;

export async function countCallsTo(hostUrl: string): Promise<CountingProxy> {
  let target = hostUrl;
  const counts = new Map<string, number>();
  const waiting = new Set<() => void>();
  const secrets = new Set<string>();
  const listen = (part: Buffer): void => {
    for (const [, token = '', address = ''] of part.toString('latin1').matchAll(secretPattern))
      secrets.add(token === '' ? address.replaceAll('\\/', '/') : token);
  };
  const server = createServer((asked, answer) => {
    const endpoint = /\/api\/v2\/(.*?)\/?(?:\?|$)/.exec(asked.url ?? '')?.[1] ?? '';
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    for (const look of waiting) look();
    const onward = request(target + (asked.url ?? ''), { method: asked.method, headers: asked.headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.on('data', listen);
      answered.on('error', () => answer.destroy()).pipe(answer);
    });
    // What breaks on one side breaks on the other: the program must see what it would see without us.
    onward.on('error', () => answer.destroy());
    asked.on('data', listen);
    asked.on('error', () => onward.destroy()).pipe(onward);
    answer.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const count = (endpoint: string): number => counts.get(endpoint) ?? 0;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count,
    secrets,
    leadTo: (other) => (target = other),
    reached: (endpoint, wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (count(endpoint) < wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
