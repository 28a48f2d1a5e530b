/** The network as it is: undici against a small server of Node's on this computer. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { Transport, TransportRequest } from '../../src/ports.ts';
import { openTransport } from '../../src/remote/client.ts';
import type { ProxyEnv } from '../../src/remote/client.ts';
import { failure } from './scripted-transport.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

async function serve(handler: Handler): Promise<{ url: string; server: Server; sockets: Set<Socket> }> {
  const server = createServer((request, response) => void handler(request, response));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, sockets };
}

function open(proxyEnv: ProxyEnv = {}, connections = 4): Transport {
  const { transport, close } = openTransport({ proxyEnv, connections });
  closers.push(close);
  return transport;
}

const post = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'a=b',
  answerTimeoutMs: 20_000,
  stallTimeoutMs: 20_000,
  ...more,
});

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

async function received(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

describe('a request', () => {
  it('brings status, headers in lower case and the body', async () => {
    const { url } = await serve(async (request, response) => {
      response.writeHead(201, { 'X-Thing': 'One', 'Set-Cookie': ['a=1', 'b=2'] });
      response.end(`${request.method ?? ''} ${await received(request)}`);
    });
    const answer = await open()(post(url));
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'x-thing': 'One', 'set-cookie': 'b=2' });
    expect(await textOf(answer.body)).toBe('POST a=b');
  });

  it('with a stream as its body carries the length that was said, not chunks', async () => {
    let headers: IncomingMessage['headers'] = {};
    const { url } = await serve(async (request, response) => {
      headers = request.headers;
      response.end(String((await received(request)).length));
    });
    async function* body() {
      for (let part = 0; part < 300; part++) yield Buffer.alloc(1_000, 'x');
    }
    const answer = await open()(post(url, { body: body(), headers: { 'content-length': '300000' } }));
    expect(await textOf(answer.body)).toBe('300000');
    expect(headers['content-length']).toBe('300000');
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  it('whose stream fails passes its error on', async () => {
    const { url } = await serve(async (request, response) => {
      await received(request).catch(() => undefined);
      response.end();
    });
    async function* body() {
      yield Buffer.alloc(10);
      throw new SyncError('local/changed');
    }
    expect(await failure(open()(post(url, { body: body(), headers: { 'content-length': '100' } })))).toMatchObject({
      code: 'local/changed',
    });
  });

  it('brings a long answer whole, however late it is read', async () => {
    const long = Buffer.alloc(24_000_000, 'long ');
    let isFlushed = false;
    const { url } = await serve((_, response) => void response.end(long, () => (isFlushed = true)));
    const answer = await open()(post(url));
    const chunks = answer.body[Symbol.asyncIterator]();
    const first = await chunks.next();
    expect(isFlushed).toBe(false); // who does not read is not waited for in memory
    const parts: Uint8Array[] = [Buffer.from((first.value as Uint8Array | undefined) ?? [])];
    for await (const part of { [Symbol.asyncIterator]: () => chunks }) parts.push(part);
    expect(Buffer.concat(parts).equals(long)).toBe(true);
  });

  it('follows no redirect', async () => {
    const { url } = await serve((_, response) => response.writeHead(302, { location: '/other' }).end());
    const answer = await open()(post(url));
    expect([answer.status, answer.headers['location']]).toEqual([302, '/other']);
    await textOf(answer.body);
  });

  it('to a host that is not there is unreachable, with the reason and without the address', async () => {
    const { url, server } = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(open()(post(`${url}secret-path?token=abc`)));
    expect(error).toMatchObject({ code: 'remote/unreachable', detail: 'ECONNREFUSED' });
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/secret|abc/);
    expect(await failure(open()(post('http://no-such-host.invalid/')))).toMatchObject({ code: 'remote/unreachable' });
    expect(await failure(open()(post('no address')))).toMatchObject({ code: 'remote/unreachable' });
  });

  it('that is reset is unreachable', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await failure(open()(post(url)))).toMatchObject({ code: 'remote/unreachable' });
  });

  it('to a host that speaks no TLS is unreachable', async () => {
    const { url } = await serve((_, response) => response.end());
    expect(await failure(open()(post(url.replace('http:', 'https:'))))).toMatchObject({ code: 'remote/unreachable' });
  });

  it('that is never answered times out', async () => {
    const { url } = await serve(() => undefined);
    expect(await failure(open()(post(url, { answerTimeoutMs: 300 })))).toMatchObject({ code: 'remote/timeout' });
  });

  it('whose answer stops in the middle times out', async () => {
    const { url } = await serve((_, response) => response.write('half'));
    const answer = await open()(post(url, { stallTimeoutMs: 300 }));
    expect(await failure(textOf(answer.body))).toMatchObject({ code: 'remote/timeout' });
  });

  it('whose answer is cut short of the length it said fails', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const answer = await open()(post(url));
    expect(await failure(textOf(answer.body))).toMatchObject({ code: 'remote/unreachable' });
  });

  it('can be stopped before, while it waits and while the answer comes', async () => {
    const { url } = await serve((request, response) => (request.url === '/body' ? response.write('half') : undefined));
    const transport = open();
    const before = AbortSignal.abort();
    expect(await failure(transport(post(url, { signal: before })))).toMatchObject({ code: 'stopped' });
    const waiting = new AbortController();
    const unanswered = failure(transport(post(url, { signal: waiting.signal })));
    setImmediate(() => waiting.abort());
    expect(await unanswered).toMatchObject({ code: 'stopped' });
    const reading = new AbortController();
    const answer = await transport(post(`${url}body`, { signal: reading.signal }));
    const rest = failure(textOf(answer.body));
    reading.abort();
    expect(await rest).toMatchObject({ code: 'stopped' });
  });
});

describe('connections', () => {
  it('are kept, and no more than so many', async () => {
    const { url, sockets } = await serve(async (request, response) => {
      await received(request);
      setImmediate(() => response.end('ok'));
    });
    const transport = open({}, 3);
    let most = 0;
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        await textOf((await transport(post(url))).body);
        most = Math.max(most, sockets.size);
      }),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(0);
  });

  it('are given back by answers that nobody read', async () => {
    const { url } = await serve((_, response) => response.end(Buffer.alloc(200_000)));
    const transport = open({}, 1);
    for (let turn = 0; turn < 3; turn++) {
      const answer = await transport(post(url));
      await answer.body[Symbol.asyncIterator]().return?.();
    }
    for await (const _ of (await transport(post(url))).body) break;
    expect((await textOf((await transport(post(url))).body)).length).toBe(200_000);
  });

  it('that the host dropped while idle fail a POST without repeating it', async () => {
    let calls = 0;
    const { url, sockets } = await serve((_, response) => {
      calls++;
      response.end('ok');
    });
    const transport = open({}, 1);
    await textOf((await transport(post(url))).body);
    const [socket] = sockets;
    socket!.destroy();
    // Sent before the client can have noticed, or after: either way never twice.
    const second = await transport(post(url)).then(
      ({ body }) => textOf(body),
      (error: unknown) => error,
    );
    if (second !== 'ok') expect(second).toMatchObject({ code: 'remote/unreachable' });
    expect(calls).toBeLessThanOrEqual(2);
    expect(await textOf((await transport(post(url))).body)).toBe('ok');
  });
});

describe('a proxy', () => {
  /** A proxy that forwards plain requests and opens tunnels, and remembers for whom. */
  async function proxy() {
    const asked: string[] = [];
    const { url, server } = await serve(async (request, response) => {
      asked.push(request.url ?? '');
      response.end(`proxied ${await received(request)}`);
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(`CONNECT ${request.url ?? ''}`);
      const [host, port] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket);
        socket.pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    return { url, asked };
  }

  it('is used for the kind of address that it is set for, and not for the exceptions', async () => {
    const { url } = await serve((_, response) => response.end('direct'));
    const through = await proxy();
    const http = open({ HTTP_PROXY: through.url });
    expect(await textOf((await http(post(url))).body)).toBe('proxied a=b');
    expect(await textOf((await open({ HTTPS_PROXY: through.url })(post(url))).body)).toBe('direct');
    expect(await textOf((await open({ HTTP_PROXY: through.url, NO_PROXY: '127.0.0.1' })(post(url))).body)).toBe(
      'direct',
    );
    expect(through.asked).toEqual([url]);
    await failure(open({ HTTPS_PROXY: through.url })(post(url.replace('http:', 'https:'))));
    expect(through.asked).toHaveLength(2);
    expect(through.asked[1]).toMatch(/^CONNECT 127\.0\.0\.1:/);
  });

  it('that is out of reach is named without its password', async () => {
    const error = await failure(open({ HTTP_PROXY: 'http://ann:secret@127.0.0.1:1/' })(post('http://host.test/')));
    expect(error.code).toBe('remote/unreachable');
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret');
  });
});
