/**
 * Questions between two programs of one user on one computer: a Unix socket beside the data it is about, one JSON line
 * each way. What must hold: nobody but that user can connect, and nobody listens once the program has ended.
 */
import { unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { isErrorCode, SyncError } from '../errors.ts';
import { realDisk } from './disk.ts';

/** No question or answer of ours comes near it; a longer one is not ours. */
const longestLine = 16 * 1024 * 1024;

export interface Answering {
  close(): Promise<void>;
}

/**
 * Answers questions at `path` until closed. A socket left behind by a killed program is replaced, so the caller must hold
 * a lock that says there is no other. An `answer` that rejects with `SyncError` is one for the other side.
 */
export async function answerRequests(
  path: string,
  answer: (question: unknown) => Promise<unknown>,
): Promise<Answering> {
  const place = await reachable(path);
  // The asker ends its half once it has asked; the answer comes after.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy()); // whoever asked went away
    void serve(socket, answer);
  });
  try {
    removeLeftover(place.path);
    await listenPrivately(server, place.path);
  } catch (cause) {
    await place.close();
    throw new SyncError('state/unwritable', { path, cause });
  }
  return {
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await place.close();
    },
  };
}

/** Asks who listens at `path`; `undefined`: nobody does. */
export async function sendRequest(path: string, question: unknown): Promise<unknown> {
  const place = await reachable(path);
  try {
    const socket = await connected(place.path);
    if (socket === undefined) return undefined;
    socket.end(`${JSON.stringify(question)}\n`);
    return read(await lineOf(socket));
  } finally {
    await place.close();
  }
}

async function serve(socket: Socket, answer: (question: unknown) => Promise<unknown>): Promise<void> {
  try {
    const question: unknown = JSON.parse(await lineOf(socket));
    const value = await answer(question);
    socket.end(`${JSON.stringify({ value })}\n`);
  } catch (error) {
    const known = error instanceof SyncError ? error : new SyncError('bug', { cause: error });
    socket.end(`${JSON.stringify({ refused: known.code, detail: known.detail ?? known.message })}\n`);
  }
}

function read(line: string): unknown {
  const answer: unknown = JSON.parse(line);
  if (typeof answer !== 'object' || answer === null) throw new SyncError('bug', { detail: 'no answer' });
  if ('refused' in answer) {
    const detail = 'detail' in answer ? String(answer.detail) : '';
    throw new SyncError(isErrorCode(answer.refused) ? answer.refused : 'bug', { detail });
  }
  return 'value' in answer ? answer.value : null;
}

/** The first line that arrives; rejects when the other side ends before it is whole. */
function lineOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > longestLine) socket.destroy(new Error('too long'));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the other side ended before it had said all')));
  });
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
  });
}

/** The mode is right from the first moment: between making a socket and changing its mode somebody could connect. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
}

function removeLeftover(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** A socket's path may have 107 bytes only; through its folder, held open, the path is short whatever the folder's is. */
async function reachable(path: string): Promise<{ readonly path: string; close(): Promise<void> }> {
  const held = await realDisk.holdFolder?.(dirname(path));
  if (held === undefined) return { path, close: async () => undefined };
  return { path: join(held.path, basename(path)), close: () => held.close() };
}
