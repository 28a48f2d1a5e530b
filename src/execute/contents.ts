/** Reading a remote file to its end: one address, one GET, and another of each where the line breaks. */
import type { Md5, RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Remote } from '../ports.ts';
import type { Hands } from './hands.ts';

/** Where the bytes go. `offset` counts from the file's beginning. */
export interface Sink {
  /** How many bytes are there already. */
  offset(): number;
  restart(): Promise<void>;
  write(data: Uint8Array): Promise<void>;
}

interface Fetcher extends Pick<Hands, 'signal'> {
  readonly remote: Pick<Remote, 'download'>;
}

/** Cut lines are taken up again this often without a single new byte before it is a failure. */
const FRUITLESS_TRIES = 3;

/**
 * Fetches `size` bytes of `id` into `sink`, resuming where the sink stands. Rejects with `remote/download-cut` or
 * `remote/download-mismatch` when what comes is not that file: too short, too long, or a web page.
 */
export async function fetchContent(
  file: { readonly id: RemoteId; readonly name: RemoteName; readonly size: number },
  sink: Sink,
  { remote, signal }: Fetcher,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (let fruitless = 0; ;) {
    const before = sink.offset();
    try {
      await fetchOnce(file, sink, { remote, signal }, onBytes);
      return;
    } catch (error) {
      if (!hasCode(error, 'remote/download-cut', 'remote/unreachable', 'remote/timeout')) throw error;
      fruitless = sink.offset() > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw error;
    }
  }
}

/** MD5 of what the host has as `file`: all of it is fetched, nothing is kept. Rejects as `fetchContent` does. */
export async function contentOf(
  file: { readonly id: RemoteId; readonly name: RemoteName; readonly size: number },
  { newHasher, ...hands }: Fetcher & Pick<Hands, 'newHasher'>,
): Promise<Md5> {
  let hasher = newHasher();
  let offset = 0;
  const sink: Sink = {
    offset: () => offset,
    restart: () => {
      [hasher, offset] = [newHasher(), 0];
      return Promise.resolve();
    },
    write: (data) => {
      hasher.update(data);
      offset += data.length;
      return Promise.resolve();
    },
  };
  await fetchContent(file, sink, hands, () => undefined);
  return hasher.digest();
}

async function fetchOnce(
  { id, name, size }: { readonly id: RemoteId; readonly name: RemoteName; readonly size: number },
  sink: Sink,
  { remote, signal }: Fetcher,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const stream = await remote.download(id, sink.offset(), { signal });
  if (stream.html && !/\.x?html?$/i.test(name)) {
    await abandon(stream.content);
    throw new SyncError('remote/download-mismatch', { detail: 'the host sent a web page instead' });
  }
  if (stream.length !== null && stream.offset + stream.length !== size) {
    await abandon(stream.content);
    throw new SyncError('remote/download-mismatch', {
      detail: `${stream.offset + stream.length} bytes instead of ${size}`,
    });
  }
  if (stream.offset !== sink.offset()) await sink.restart(); // the host knows no ranges and began anew
  for await (const chunk of stream.content) {
    if (sink.offset() + chunk.length > size) {
      throw new SyncError('remote/download-mismatch', {
        detail: `more than the ${size} bytes that the listing promised`,
      });
    }
    await sink.write(chunk);
    onBytes(chunk.length);
  }
  // hosts close the line early without an error: only the count tells
  if (sink.offset() < size) throw new SyncError('remote/download-cut', { detail: `${sink.offset()} of ${size} bytes` });
}

async function abandon(content: AsyncIterable<Uint8Array>): Promise<void> {
  await content[Symbol.asyncIterator]().return?.();
}
