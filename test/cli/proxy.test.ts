/** The program as it is built goes through a proxy: it holds a part of undici only, put together by `.config/build.js`. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeHome, Running, writeConfig } from './running.ts';

it('asks the proxy of its environment for the way to an https host', async () => {
  const proxy = createServer();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const asked: string[] = [];
  proxy.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
    asked.push(String(url));
    running.child.kill('SIGKILL');
    socket.destroy();
  });
  const home = makeHome();
  mkdirSync(join(home, 'laptop'), { recursive: true });
  const credentials = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };
  const config = writeConfig(home, 'laptop', { url: 'https://host.invalid', credentials });
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const running = new Running(home, ['check', '--config', config], { HTTPS_PROXY });
  await running.ended;
  proxy.close();
  expect(asked).toEqual(['host.invalid:443']);
});
