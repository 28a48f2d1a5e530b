/** What the disk's refusals mean: the one table from errno to our codes. */
import { SyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** `null`: depends on what was tried. */
const meanings: Readonly<Record<string, ErrorCode | null>> = {
  ENOENT: 'local/missing',
  // A component of the path is a file by now.
  ENOTDIR: 'local/missing',
  EEXIST: 'local/occupied',
  ENOTEMPTY: 'local/not-empty',
  EISDIR: 'local/changed',
  EACCES: null,
  EPERM: null,
  EROFS: 'local/read-only',
  ENOSPC: 'local/disk-full',
  EDQUOT: 'local/disk-full',
  EMFILE: 'local/no-handles',
  ENFILE: 'local/no-handles',
  ENOMEM: 'local/no-handles',
  ENAMETOOLONG: 'local/name-too-long',
  // Names that this disk cannot hold (APFS, NTFS).
  EILSEQ: 'name/unsupported',
  // Links, sockets and devices, when opened.
  ELOOP: 'local/special',
  ENXIO: 'local/special',
  ENODEV: 'local/special',
};

/** Everything else, EIO, ESTALE and EXDEV among it, is trouble of the disk. Errors without an errno are bugs and stay as they are. */
export function localError(error: unknown, path: string, trying: 'read' | 'write'): unknown {
  if (error instanceof SyncError) return error;
  const code = errnoOf(error);
  if (code === null) return error;
  const known = meanings[code];
  const meaning =
    known === undefined ? 'local/io' : (known ?? (trying === 'read' ? 'local/unreadable' : 'local/read-only'));
  // The message of Node's own error holds the path as it was used, which can be one of `/proc/self/fd`.
  return new SyncError(meaning, { path, detail: code, cause: error });
}

/** The errno's name; `null`: not an error of the disk. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

/** An error as the disk itself would give it. */
export function errno(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  const code = errnoOf(error);
  return code !== null && codes.includes(code);
}

/** Nothing is there, or a component above it is no folder. */
export function isMissing(error: unknown): boolean {
  return isErrno(error, 'ENOENT', 'ENOTDIR');
}

/** What `link` answers where the file system, or the system's policy for this file, allows no second names. */
export function cannotLink(error: unknown): boolean {
  return isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK');
}
