/** Calls the host from within its own process: the same requests and answers, without a socket. */
import { SyncError } from '../errors.ts';
import type { Transport, TransportRequest } from '../ports.ts';
import type { HostAnswer } from './answers.ts';
import type { HostRequest } from './form.ts';

export function makeTransport(handle: (request: HostRequest) => Promise<HostAnswer | 'drop'>): Transport {
  return async (request) => {
    const { signal } = request;
    if (signal?.aborted === true) throw new SyncError('stopped');
    const url = new URL(request.url);
    const body = bytesOf(request);
    const answer = await untilAborted(
      handle({
        method: request.method,
        target: url.pathname + url.search,
        origin: url.origin,
        headers: lowerCased(request.headers),
        body,
        from: '127.0.0.1',
      }).catch((error: unknown) => {
        if (signal?.aborted === true) throw new SyncError('stopped');
        throw error;
      }),
      signal,
    );
    if (answer === 'drop') throw new SyncError('remote/unreachable', { detail: 'the connection broke' });
    return { status: answer.status, headers: lowerCased(answer.headers), body: answerBytes(answer, signal) };
  };
}

/** The request's body; it fails like a broken connection once the caller has given up. */
async function* bytesOf({ body, signal }: TransportRequest): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === 'string') yield Buffer.from(body, 'utf8');
  else if (body instanceof Uint8Array) yield body;
  else {
    for await (const chunk of body) {
      if (signal?.aborted === true) throw new SyncError('stopped');
      yield chunk;
    }
  }
}

/** As on a socket, an answer shorter than it said is a broken connection. */
async function* answerBytes(answer: HostAnswer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const promised = answer.headers['content-length'];
  let sent = 0;
  if (typeof answer.body === 'string') {
    const bytes = Buffer.from(answer.body, 'utf8');
    sent = bytes.length;
    if (sent > 0) yield bytes;
  } else {
    for await (const chunk of answer.body) {
      if (signal?.aborted === true) throw new SyncError('stopped');
      sent += chunk.length;
      yield chunk;
    }
  }
  if (promised !== undefined && sent < Number(promised))
    throw new SyncError('remote/unreachable', { detail: 'the answer was cut short' });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new SyncError('stopped'));
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
