/**
 * The interfaces between the rooms. Everything that can differ between two runs of the same pass (time, chance,
 * disk, network) comes through here, so that a test can hold it in its hand. Each method's comment is its contract.
 */
import type { Md5 } from './core/entry.ts';

// ---------------------------------------------------------------------------------------------- time and chance

export interface Clock {
  /** Wall-clock time in milliseconds since 1970; may jump either way. */
  now(): number;
  /** Milliseconds since an unknown moment; never goes back. For durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with `stopped` as soon as `signal` aborts. Leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** `bytes` random bytes as lower-case hex (twice as many characters). */
  hex(bytes: number): string;
}

// ---------------------------------------------------------------------------------------------- disk

/** What `lstat` tells. Times in nanoseconds; `birthtimeNs` is 0 where the file system keeps none. */
export interface DiskStat {
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: bigint;
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

/** An open file. Every method rejects with Node's `ErrnoException`. */
export interface DiskFile {
  stat(): Promise<DiskStat>;
  /** Reads up to `buffer.length` bytes from `position`; returns how many, 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `data` at `position`. */
  write(data: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  /** Returns once content and metadata are on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The file system as yetisync needs it: paths are absolute, links are never followed at the last component.
 * Methods fail with Node's `ErrnoException` (`code`: ENOENT, EACCES, ENOSPC, …); the adapters above translate.
 */
export interface Disk {
  lstat(path: string): Promise<DiskStat>;
  lstatSync(path: string): DiskStat;
  /** The names in a folder, in no order. A name that is not UTF-8 contains U+FFFD. */
  readdir(path: string): Promise<string[]>;
  /** The whole file, for small ones. */
  readFile(path: string): Promise<Uint8Array>;
  readFileSync(path: string): Uint8Array;
  /** `read`: existing, not through a link (O_NOFOLLOW). `create`: fails with EEXIST. `resume`: existing, for writing, not through a link. */
  open(path: string, mode: 'read' | 'create' | 'resume'): Promise<DiskFile>;
  /** Creates or replaces the file in one step (temporary file, sync, rename). For yetisync's own small files only. */
  writeFileAtomic(path: string, data: string, mode: number): Promise<void>;
  /** Fails with EEXIST where something is. */
  mkdir(path: string): Promise<void>;
  /** Makes missing parents too; nothing happens where the folder is. */
  mkdirAll(path: string, mode?: number): Promise<void>;
  /** A second name for a file; fails with EEXIST where something is. */
  link(from: string, to: string): Promise<void>;
  /** Replaces an existing `to`, as POSIX does. Callers that must not overwrite use `link` and `unlink`. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Only an empty folder. */
  rmdir(path: string): Promise<void>;
  /** Returns once the entries of the folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** The path with all links resolved. */
  realpath(path: string): Promise<string>;
  /** Bytes an ordinary user may still write on the file system that holds `path`. */
  freeBytes(path: string): Promise<number>;
}

// ---------------------------------------------------------------------------------------------- transport

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is read once; `headers` then carries its `content-length`. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** How long the first byte of the answer may take after the request was sent, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** How long the answer's body may pause, in milliseconds. */
  readonly stallTimeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Names in lower case; of repeated headers the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read to its end or abandoned by `break`/`return`; either frees the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one HTTP request. Follows no redirect, repeats nothing, knows nothing of the API.
 * Rejects with `remote/unreachable`, `remote/timeout` or `stopped`.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

// ---------------------------------------------------------------------------------------------- hashing

/** MD5 of a stream, as hosts use it to tell contents apart. Not for secrets. */
export interface Hasher {
  update(data: Uint8Array): void;
  digest(): Md5;
}
