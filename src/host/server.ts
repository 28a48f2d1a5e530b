/** The host on a port: node's HTTP server in front of the dispatch. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SyncError } from '../errors.ts';
import { page, type HostAnswer } from './answers.ts';
import type { HostRequest } from './form.ts';

export interface ListenOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly address: string;
}

export interface Listening {
  /** `http://address:port`, no slash at the end; the API is below `/api/v2/`. */
  readonly url: string;
  /** Stops listening and breaks what is still connected. */
  close(): Promise<void>;
}

/** A connection on which nothing moves for so long is given up, so that it holds no slot and no temporary file. */
const IDLE_MS = 10 * 60 * 1000;

type Handle = (request: HostRequest) => Promise<HostAnswer | 'drop'>;

/** Rejects with `usage/wrong` where the port cannot be had. */
export async function listen(
  handle: Handle,
  options: ListenOptions,
  onFault: (error: unknown) => void,
): Promise<Listening> {
  // A large upload over a slow line takes longer than any limit on a whole request.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 15_000 }, (request, response) => {
    response.on('error', ignoreBrokenConnection);
    request.on('error', ignoreBrokenConnection);
    answer(handle, request, response).catch((error: unknown) => {
      if (!response.destroyed && !response.headersSent) {
        onFault(error);
        send(response, page(500, 'Internal server error'), false).catch(onFault);
      } else response.destroy();
    });
  });
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new SyncError('usage/wrong', { detail: `cannot listen on ${options.address}:${options.port}`, cause: error }),
      ),
    );
    server.listen(options.port, options.address, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new SyncError('bug', { detail: 'the server has no port' });
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${host}:${bound.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

// A client that goes away is everyday life: what was not filed is given back by whoever reads the body.
function ignoreBrokenConnection(): void {}

async function answer(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const result = await handle({
    method,
    target: request.url ?? '/',
    origin: `http://${request.headers.host ?? 'localhost'}`,
    headers: singleHeaders(request),
    // Leaving the body early must not break the connection: what is left is read off and the answer still arrives.
    body: request.iterator({ destroyOnReturn: false }),
    from: request.socket.remoteAddress ?? '',
  });
  if (result === 'drop') request.socket.destroy();
  else await send(response, result, method === 'HEAD');
}

async function send(response: ServerResponse, answer: HostAnswer, headOnly: boolean): Promise<void> {
  if (typeof answer.body === 'string') {
    const length = Buffer.byteLength(answer.body);
    const promised = Number(answer.headers['content-length'] ?? length);
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(headOnly ? {} : { 'content-length': String(promised) }),
    });
    if (headOnly || promised === length) response.end(headOnly ? undefined : answer.body);
    else response.write(answer.body, () => response.destroy()); // a hook wants an answer cut short
    return;
  }
  response.writeHead(answer.status, { ...answer.headers });
  if (response.destroyed) return abandon(answer.body);
  try {
    // One chunk is held back: the last one leaves with the end, and a small body in one piece with its head.
    let held: Uint8Array | undefined;
    for await (const chunk of whole(answer)) {
      if (held !== undefined && !response.write(held)) await roomFor(response);
      held = chunk;
    }
    response.end(held);
  } catch {
    response.destroy(); // the client went away, or the answer cannot be completed: either way it must not look whole
  }
}

/** The body; fails at its end where it is shorter than promised, so that the connection breaks instead of hanging. */
async function* whole({ body, headers }: HostAnswer): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') return;
  const promised = Number(headers['content-length'] ?? 0);
  let sent = 0;
  for await (const chunk of body) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent < promised) throw new SyncError('remote/unreachable', { detail: 'the answer was cut short' });
}

/** Resolves once the client has read on; rejects where it is gone. */
function roomFor(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      if (response.destroyed) reject(new SyncError('remote/unreachable'));
      else resolve();
    };
    if (response.destroyed) settle();
    else response.on('drain', settle).on('close', settle);
  });
}

async function abandon(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}

function singleHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
