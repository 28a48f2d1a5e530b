/** Small pages for programs on this computer: GET on 127.0.0.1, nothing else. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SyncError } from '../errors.ts';

export interface LocalPage {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A browser that was led here by a name of somebody else's says so in this header. */
const ownNames = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** `pages` by path, such as `/health`. Rejects with `usage/wrong` where the port cannot be had; 0 is any free one. */
export async function serveLocally(
  port: number,
  pages: Readonly<Record<string, () => Promise<LocalPage>>>,
): Promise<LocalServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const page = Object.hasOwn(pages, request.url ?? '') ? pages[request.url ?? ''] : undefined;
    const isAllowed = request.method === 'GET' && ownNames.test(request.headers.host ?? '');
    const { status, type, text }: LocalPage = !isAllowed
      ? { status: 403, type: 'text/plain', text: 'not here\n' }
      : page === undefined
        ? { status: 404, type: 'text/plain', text: 'no such page\n' }
        : await page();
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new SyncError('usage/wrong', { detail: `cannot listen on 127.0.0.1:${port}`, cause })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
