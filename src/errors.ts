/**
 * Every way in which yetisync can fail, in one table: what the code means, what a program does about it
 * (disposition), what a person reads, and the exit status it ends in.
 *
 * `retry`: the same call may work later. `skip`: this path cannot be synced now, the others go on.
 * `halt`: the folder pair (or the program) must not go on.
 */
export type Disposition = 'retry' | 'skip' | 'halt';

/** Exit statuses of the contract: 0 in sync, 1 run again may help, 2 wrong use or config, 3 a person must act, 70 a bug. */
export type ExitStatus = 0 | 1 | 2 | 3 | 70;

interface ErrorMeaning {
  readonly disposition: Disposition;
  readonly exit: ExitStatus;
  /** One lower-case sentence without a full stop: what is wrong and, where there is one, the cure. */
  readonly message: string;
}

const meanings = {
  'remote/unreachable': { disposition: 'retry', exit: 1, message: 'the host cannot be reached' },
  'remote/timeout': { disposition: 'retry', exit: 1, message: 'the host did not answer in time' },
  'remote/server-error': { disposition: 'retry', exit: 1, message: 'the host answered with a server error' },
  'remote/rate-limited': { disposition: 'retry', exit: 1, message: 'the host asks for fewer requests' },
  'remote/bad-answer': {
    disposition: 'retry',
    exit: 1,
    message: 'the host answered with something that is not an answer of its API',
  },
  'remote/token-lapsed': { disposition: 'retry', exit: 1, message: 'the host no longer accepts the access token' },
  'remote/put-out': { disposition: 'retry', exit: 1, message: "another computer's sign-in ended this one's" },
  'remote/sign-in-refused': {
    disposition: 'halt',
    exit: 3,
    message: 'the host refused the sign-in: mend the credentials, then run `yetisync check`',
  },
  'remote/refused': { disposition: 'skip', exit: 1, message: 'the host refused' },
  'remote/not-found': { disposition: 'skip', exit: 1, message: 'the host does not know this item' },
  'remote/quota': {
    disposition: 'skip',
    exit: 1,
    message:
      "the account's space on the host is used up: free some there (what is in the host's trash counts too) or raise its limit",
  },
  'remote/upload-forbidden': { disposition: 'skip', exit: 1, message: "the account's package does not allow uploads" },
  'remote/too-large': { disposition: 'skip', exit: 1, message: 'larger than the account may store or fetch' },
  'remote/download-wait': { disposition: 'retry', exit: 1, message: 'the account has to wait between downloads' },
  'remote/download-limit': {
    disposition: 'skip',
    exit: 1,
    message: "today's downloads of the account are used up: it is tried again every hour",
  },
  'remote/banned': { disposition: 'skip', exit: 1, message: 'the host bans this content' },
  'remote/empty-file': {
    disposition: 'skip',
    exit: 0,
    message: 'the host cannot hold empty files: what is empty stays on this computer',
  },
  'remote/upload-mismatch': { disposition: 'retry', exit: 1, message: 'what the host stored is not what was sent' },
  'remote/astray': { disposition: 'retry', exit: 1, message: 'the host did not put the item where it was asked to' },
  'remote/download-cut': { disposition: 'retry', exit: 1, message: 'the download ended early' },
  'remote/download-mismatch': {
    disposition: 'retry',
    exit: 1,
    message: 'the downloaded content is not what the listing promised',
  },
  'remote/folder-missing': {
    disposition: 'halt',
    exit: 3,
    message: 'the folder on the host is gone or in its trash: restore it there, or run `yetisync forget` to begin anew',
  },
  'remote/other-account': {
    disposition: 'halt',
    exit: 3,
    message:
      'these credentials open another account than before: put the old ones back, or run `yetisync forget` to begin anew',
  },
  'remote/renewed': {
    disposition: 'halt',
    exit: 3,
    message:
      'the host gives the numbers of known files to others: it was put back to an older state, or begun anew. `yetisync forget` lets go of what was known; the next pass then compares both sides and removes nothing',
  },
  'local/unreadable': { disposition: 'skip', exit: 1, message: 'cannot be read: check its permissions' },
  'local/missing': { disposition: 'skip', exit: 1, message: 'is no longer there' },
  'local/changed': { disposition: 'retry', exit: 1, message: 'changed while it was being worked on' },
  'local/occupied': { disposition: 'retry', exit: 1, message: 'something else has that name by now' },
  'local/not-empty': { disposition: 'retry', exit: 1, message: 'the folder is not empty' },
  'local/disk-full': { disposition: 'skip', exit: 1, message: 'not enough space on this disk: free some' },
  'local/read-only': { disposition: 'skip', exit: 1, message: 'cannot be written: check its permissions' },
  'local/no-handles': { disposition: 'retry', exit: 1, message: 'too many open files on this computer' },
  'local/emptied': {
    disposition: 'skip',
    exit: 1,
    message: 'is empty here; the host cannot hold empty files and keeps its last content until there is new one',
  },
  'local/name-too-long': {
    disposition: 'skip',
    exit: 1,
    message:
      'the name, or the whole path, is longer than this disk allows (mostly 255 and 4,095 bytes): shorten a name or move the folder up',
  },
  'local/special': { disposition: 'skip', exit: 0, message: 'links, sockets, pipes and devices are left alone' },
  'local/special-in-place': {
    disposition: 'skip',
    exit: 1,
    message: 'a link or special file stands where a synced item was: the host keeps the item until that is gone',
  },
  'local/leftovers-in-place': {
    disposition: 'skip',
    exit: 1,
    message:
      'a folder of this name stays here for what the ignore rules leave alone in it: move or rename that folder, and the file of the host comes',
  },
  'local/parked': {
    disposition: 'skip',
    exit: 1,
    message: 'it stood aside while names were exchanged, and what it was called is not known any more: give it a name',
  },
  'local/io': { disposition: 'skip', exit: 1, message: 'the disk reported an error' },
  'local/root-missing': {
    disposition: 'halt',
    exit: 3,
    message: 'the local folder is missing or not a folder: mount or restore it, or correct `local` in the config',
  },
  'local/root-unreadable': {
    disposition: 'halt',
    exit: 3,
    message: 'the local folder, or what yetisync keeps in its `.yetisync`, cannot be read: check permissions and disk',
  },
  'local/root-foreign': {
    disposition: 'halt',
    exit: 3,
    message:
      'the local folder is not the one of this pair: run `yetisync adopt` if it is meant, where the daemon runs after stopping it',
  },
  'name/unsupported': { disposition: 'skip', exit: 1, message: 'the name cannot be kept on the other side: rename it' },
  'name/ignored-here': {
    disposition: 'skip',
    exit: 1,
    message:
      'the host has several items of one name, and a rule ignores the name that this one has here: rename one of them, or change the rule',
  },
  'name/not-utf8': { disposition: 'skip', exit: 1, message: 'the name is not valid UTF-8: rename it' },
  'state/locked': {
    disposition: 'halt',
    exit: 1,
    message:
      'another yetisync is at work with this state: wait for its end or stop it; a daemon makes a pass for `yetisync now`',
  },
  'host/locked': {
    disposition: 'halt',
    exit: 1,
    message: 'another yetisync host is at work with this folder: stop it, or serve another one',
  },
  'state/corrupt': {
    disposition: 'halt',
    exit: 1,
    message:
      'the state database is damaged: the next `yetisync --once` sets it aside and removes nothing on either side',
  },
  'state/newer': {
    disposition: 'halt',
    exit: 2,
    message: 'the state database was written by a newer yetisync: upgrade this one',
  },
  'state/unwritable': { disposition: 'halt', exit: 1, message: 'the state directory cannot be written' },
  'state/no-place': {
    disposition: 'halt',
    exit: 2,
    message:
      'a folder for the state or the socket cannot be made there: let it be written, or name another place with `stateDir` in the config',
  },
  'ignore/unreadable': {
    disposition: 'skip',
    exit: 1,
    message:
      'its ignore file cannot be read, so the folder is held back: correct `.yetisyncignore` in it, or remove it',
  },
  'install/incomplete': {
    disposition: 'halt',
    exit: 1,
    message: 'a part of yetisync is missing or was made for another version of Node: install yetisync anew',
  },
  'service/failed': { disposition: 'halt', exit: 1, message: 'systemd did not do what it was asked to' },
  'daemon/paused': {
    disposition: 'halt',
    exit: 1,
    message: 'the folder pair is paused: `yetisync resume` lets it go on, and looks everywhere',
  },
  'daemon/none': {
    disposition: 'halt',
    exit: 1,
    message: 'no daemon is running: start it with `yetisync`, or make one pass with `yetisync --once`',
  },
  'config/invalid': { disposition: 'halt', exit: 2, message: 'the config is not valid' },
  'usage/wrong': { disposition: 'halt', exit: 2, message: 'wrong use' },
  stopped: { disposition: 'halt', exit: 1, message: 'stopped on request' },
  bug: { disposition: 'halt', exit: 70, message: 'an unexpected failure inside yetisync' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof meanings;

/** True for what another program of ours calls an error, too. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(meanings, text);
}

/** What `code` means: disposition, exit status and message. */
export function meaningOf(code: ErrorCode): ErrorMeaning {
  return meanings[code];
}

export interface SyncErrorOptions {
  /** The path or place it is about, as a person would write it. */
  readonly path?: string;
  /** What in particular is wrong, where the table's sentence says too little. Never a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** How long the other side asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The one error that adapters throw. Anything else that is thrown is a bug. */
export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly path: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: SyncErrorOptions = {}) {
    const { path, detail, cause, retryAfterMs } = options;
    const what = meanings[code].message + (detail === undefined ? '' : ` (${detail})`);
    super(path === undefined ? what : `${path}: ${what}`, cause === undefined ? undefined : { cause });
    this.name = 'SyncError';
    this.code = code;
    this.disposition = meanings[code].disposition;
    this.path = path;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
  }
}

/** True for a `SyncError` of one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is SyncError {
  return error instanceof SyncError && codes.includes(error.code);
}

/** Ends an exhaustive switch: a case that the types say cannot happen. */
export function assertNever(value: never): never {
  throw new SyncError('bug', { detail: `unexpected case ${JSON.stringify(value)}` });
}

/** Whether the compiled part of a package is not there (its making failed, or is not over), or fits another version of Node. */
export function isWithoutCompiledPart(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const doesNotFit = 'code' in error && error.code === 'ERR_DLOPEN_FAILED';
  return doesNotFit || error.message.startsWith('Could not locate the bindings file');
}
