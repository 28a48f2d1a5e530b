/**
 * The interfaces between the rooms. Everything that can differ between two runs of the same pass (time, chance,
 * disk, network) comes through here, so that a test can hold it in its hand. Each method's comment is its contract.
 */
import type {
  BaseEntry,
  EntryKind,
  EntryNumber,
  Identity,
  LocalEntry,
  LocalSeen,
  LocalTrouble,
  Md5,
  NodeNumber,
  RemoteEntry,
  RemoteId,
  Side,
  Stamp,
} from './core/entry.ts';
import type { ActKind, Place, RemoteExpectation } from './core/operation.ts';
import type { LocalName, RelPath, RemoteName } from './core/path.ts';
import type { Known } from './core/postponed.ts';
import type { RemoteFile, RemoteFolder, RemoteListing, ShownChild } from './core/remote-items.ts';
import type { TreeView } from './core/tree.ts';
import type { Changed, Former } from './core/undo.ts';

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
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

/**
 * A folder held open. What is done through `path` happens in this very folder, wherever its name leads by then;
 * `path` holds until `close`, which may be called twice.
 */
export interface HeldFolder {
  readonly path: string;
  /** Where the folder stands at this moment by the system's own word, free of links; of one that was removed, no path at all. `null`: not known. */
  standsAt(): string | null;
  close(): Promise<void>;
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
  chown(uid: number, gid: number): Promise<void>;
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
  /** As `rename`, at once: for the few places where nothing of this program may come between a look and the act. */
  renameSync(from: string, to: string): void;
  unlink(path: string): Promise<void>;
  /** Only an empty folder. */
  rmdir(path: string): Promise<void>;
  /** Returns once the entries of the folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** Opens a folder, not through a link at the last component (ELOOP or ENOTDIR). Left out where the system has no such thing. */
  holdFolder?(path: string): Promise<HeldFolder>;
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

// ---------------------------------------------------------------------------------------------- the host, as values

export type { RemoteFile, RemoteFolder, RemoteListing };

export interface UploadAnswer {
  readonly id: RemoteId;
  /** The name as it was stored. */
  readonly name: RemoteName;
  /** `null`: the host did not say. */
  readonly size: number | null;
  readonly md5: Md5 | null;
}

export interface DownloadStream {
  /** Position of the first byte: the asked one, or 0 where the host knows no `Range`. */
  readonly offset: number;
  /** Bytes from `offset` to the end by the host's word; `null`: not said. */
  readonly length: number | null;
  /** True when the answer calls itself HTML. */
  readonly html: boolean;
  /** Must be read to its end or abandoned. Ends early without an error on some hosts: count. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** What the account may do. `null`: no limit. Sizes in bytes. */
export interface AccountLimits {
  readonly canUpload: boolean;
  readonly maxUploadSize: number | null;
  readonly maxDownloadSize: number | null;
  readonly maxStorage: number | null;
  readonly parallelUploads: number | null;
  readonly parallelDownloads: number | null;
  readonly downloadsPerDay: number | null;
  readonly downloadBytesPerDay: number | null;
  readonly waitBetweenDownloadsMs: number;
}

/** How urgent a call is: waiting operations go ahead of sweeps. */
export type Urgency = 'operation' | 'sweep';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly urgency?: Urgency;
}

/**
 * The host. Calls that only read are repeated after passing failures; calls that change anything are sent once, except
 * where the host certainly did not act (token lapsed, 429): what a lost answer leaves behind is the caller's to look up.
 * All reject with `SyncError` of a `remote/` code, or `stopped`.
 */
export interface Remote {
  /** Signs in if need be. `id` is the account's id, the same for ever. */
  account(options?: CallOptions): Promise<{ readonly id: string }>;
  limits(options?: CallOptions): Promise<AccountLimits>;
  list(folder: RemoteId, options?: CallOptions): Promise<RemoteListing>;
  /** `null` when the host does not know it. Trashed folders are not told from active ones by it. */
  folderInfo(folder: RemoteId, options?: CallOptions): Promise<RemoteFolder | null>;
  /** `null` when the host does not know it. */
  fileInfo(file: RemoteId, options?: CallOptions): Promise<RemoteFile | null>;
  createFolder(parent: RemoteId, name: RemoteName, options?: CallOptions): Promise<RemoteFolder>;
  /** Renames and moves in one call; the answer shows what became of it, which can be nothing. */
  editFolder(folder: RemoteId, change: RemoteChange, options?: CallOptions): Promise<RemoteFolder>;
  editFile(file: RemoteId, change: RemoteChange, options?: CallOptions): Promise<RemoteFile>;
  copyFile(file: RemoteId, to: RemoteId, options?: CallOptions): Promise<RemoteFile>;
  trashFolder(folder: RemoteId, options?: CallOptions): Promise<void>;
  trashFile(file: RemoteId, options?: CallOptions): Promise<void>;
  /** Sends `content`, exactly `size` bytes, once. Where the token had lapsed rejects with `remote/token-lapsed` and stored nothing. */
  upload(file: OutgoingFile, options?: CallOptions): Promise<UploadAnswer>;
  /** Asks for an address and opens it at `offset`. */
  download(file: RemoteId, offset: number, options?: CallOptions): Promise<DownloadStream>;
  /** Gives the token back. Never rejects; does nothing when there is none. */
  signOut(): Promise<void>;
}

export interface OutgoingFile {
  readonly parent: RemoteId;
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface RemoteChange {
  readonly name?: RemoteName;
  /** `ACCOUNT_ROOT` for the root. */
  readonly parent?: RemoteId;
}

// ---------------------------------------------------------------------------------------------- the local folder

/** The content of one file, while it is being sent. */
export interface LocalRead {
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
  /**
   * After the last byte: MD5 of what was read; rejects with `local/changed` if the file is not the one it was at the start. Asked again it looks
   * again.
   */
  finish(): Promise<Md5>;
  /** May be called at any time, also twice. */
  close(): Promise<void>;
}

/** A download that is under way in `.yetisync/`, out of sight of the person. */
export interface Arrival {
  /** How many bytes of it are already there from an earlier attempt; the next byte goes there. */
  readonly offset: number;
  /** Throws away what is there: the host began anew. */
  restart(): Promise<void>;
  write(data: Uint8Array): Promise<void>;
  /** MD5 and size of all that was written; synced to the disk. Call once, after the last byte. */
  finish(): Promise<{ readonly md5: Md5; readonly size: number; readonly seen: LocalSeen }>;
  /**
   * Puts it in its place in one step and without overwriting: rejects with `local/occupied` if something else is there.
   * With `over`, the file that stands there is first kept in the trash; if it is not what `over` says, rejects with `local/changed`, nothing done.
   */
  place(
    to: RelPath,
    over: { readonly stamp: Stamp; readonly md5: Md5 | null; readonly why?: string } | null,
  ): Promise<{ readonly seen: LocalSeen; readonly trashed: TrashedFile | null }>;
  /** Closes the file. `keep`: the bytes stay for the next attempt. */
  abandon(keep: boolean): Promise<void>;
}

/** Where a file of the person went: relative to the pair's own folder. */
export interface TrashedFile {
  readonly trashPath: string;
}

/**
 * The person's folder. Paths are relative to it; nothing outside is ever read or written, and links are not followed.
 * Nothing is overwritten and nothing is deleted: what goes, goes to the trash.
 * Rejects with `SyncError` of a `local/` code.
 */
export interface LocalFiles {
  /** `null`: nothing is there. */
  look(path: RelPath): Promise<LocalSeen | null>;
  /** MD5 of the file; rejects with `local/changed` if it does not have `stamp` before and after. */
  hash(path: RelPath, stamp: Stamp, signal?: AbortSignal): Promise<Md5>;
  /** Opens for sending; rejects with `local/changed` if it does not have `stamp`. */
  read(path: RelPath, stamp: Stamp): Promise<LocalRead>;
  /** Begins or takes up the download of `id`. Rejects with `local/disk-full` when `size` would leave less than the reserve. */
  receive(id: RemoteId, size: number): Promise<Arrival>;
  /** Takes away what downloads left behind that were cut and are not wanted any more. Only while none is under way. */
  dropLeftovers(isWanted: (id: RemoteId) => boolean): Promise<void>;
  createFolder(path: RelPath): Promise<LocalSeen>;
  /** Renames without overwriting; rejects with `local/changed` (not what `expect` says) or `local/occupied`. Folders are known by identity. */
  move(
    from: RelPath,
    to: RelPath,
    expect: {
      readonly kind: EntryKind;
      readonly stamp: Stamp;
      readonly identity: Identity;
      /** An earlier run gave the file its new name and ended before it took the old one away: that is done now. */
      readonly isHalfDone?: boolean;
    },
  ): Promise<LocalSeen>;
  /** Moves a file to the trash; rejects with `local/changed` if it is not what `stamp` says. */
  trash(path: RelPath, stamp: Stamp, why: string): Promise<TrashedFile>;
  /** Removes an empty folder; rejects with `local/not-empty`. */
  removeFolder(path: RelPath): Promise<void>;
  /** The names in a folder, for telling ignored leftovers from others. */
  names(path: RelPath): Promise<readonly string[]>;
}

// ---------------------------------------------------------------------------------------------- state

/** What a scan found in one folder that differs from what the state had. Applied in one transaction. */
export interface FolderDifference {
  /** New names, and known ones whose kind, stamp, size, content or trouble changed. */
  readonly put: readonly LocalFinding[];
  /** Nodes that are no longer there; with all that was below them. */
  readonly gone: readonly NodeNumber[];
  /** Nodes that are now ignored: base, local and remote rows of the whole sub-tree are let go of, nothing is removed anywhere. */
  readonly ignored: readonly NodeNumber[];
  /** The folder itself could not be read whole: then `gone` and `ignored` are empty. `null`: it could. */
  readonly trouble: LocalTrouble | null;
  /** Nothing in it is left alone: then nothing keeps a released folder any more but released ones in it. */
  readonly isFree: boolean;
}

export interface LocalFinding extends LocalSeen {
  /** `null`: a name that the state did not have (or had with another kind: then the old node is in `gone`). */
  readonly node: NodeNumber | null;
  readonly name: LocalName;
  readonly md5: Md5 | null;
  readonly racy: boolean;
  readonly trouble: LocalTrouble | null;
}

/** Base content as far as a scan needs it: to hash only what can have changed. */
export interface KnownChild extends LocalEntry {
  readonly baseSize: number | null;
  readonly baseMd5: Md5 | null;
}

/** What tells that a child is as it was: `markOf` it, or `null` where that is not enough to tell. */
export interface KnownMark {
  readonly name: LocalName;
  readonly mark: string | null;
}

/** The local tree as a scan reads and writes it. Synchronous: a folder at a time. */
export interface LocalTree {
  /** As `childrenAfter`, at a third of its cost: nearly always nothing happened. */
  marksAfter(folder: NodeNumber, name: LocalName | '', most: number): readonly KnownMark[];
  children(folder: NodeNumber): readonly KnownChild[];
  /** At most so many of them, in the order of their names, that come after this one; an empty name comes before all. */
  childrenAfter(folder: NodeNumber, name: LocalName | '', most: number): readonly KnownChild[];
  node(node: NodeNumber): LocalEntry | null;
  at(parent: NodeNumber, name: LocalName): LocalEntry | null;
  /** Applies what was found; returns the numbers that new names got, by name. */
  apply(folder: NodeNumber, difference: FolderDifference): ReadonlyMap<LocalName, NodeNumber>;
  /** Forgets what is below a folder that is gone, in short transactions with a rest allowed at each step. */
  emptyInSteps(folder: NodeNumber): Iterable<undefined>;
  /** Ignore files seen in the tree, with the folder that each stands in. */
  ignoreFiles(): readonly { readonly folder: RelPath; readonly text: string }[];
  /** The stamp that the folder's ignore file had when it was read; `null`: it was not, or may have been written to behind that stamp. */
  ignoreFileStamp(folder: NodeNumber): Stamp | null;
  setIgnoreFile(folder: NodeNumber, file: { readonly text: string; readonly stamp: Stamp | null } | null): void;
}

/** The remote tree as a sweep reads and writes it. */
export interface RemoteTree {
  children(folder: RemoteId): readonly RemoteEntry[];
  /** What listings showed of the same, at half the cost: nearly always nothing changed. */
  shownChildren(folder: RemoteId): readonly ShownChild[];
  node(id: RemoteId): RemoteEntry | null;
  /** All present folders, the pair's own too. */
  folders(): readonly RemoteId[];
  /** Moves with all that is written to the remote tree and to base. */
  readonly revision: number;
  /** A moment in the state's own order. What was recorded after it is newer than a listing that was asked for at it. */
  moment(): number;
  /** Begins a full sweep; returns its number. */
  beginSweep(): number;
  /**
   * Takes over a listing that was asked for at `moment`: new and changed ids are put; missing files are dropped; missing folders are
   * marked absent (they may turn up elsewhere before the sweep ends). Ids in `ignored` are let go of as in `FolderDifference`.
   * An id that is known elsewhere is moved here. Rows that were recorded after `moment` are left alone.
   */
  apply(
    listing: RemoteListing,
    options: { readonly moment: number; readonly nowMs: number; readonly ignored: ReadonlySet<RemoteId> },
  ): void;
  /** The folder could not be listed: what lies below is not known, nothing of it is dropped. */
  unlisted(folder: RemoteId): void;
  /**
   * The sweep saw everything: folders absent since before it began are dropped, with all below. A rest is allowed at each step; what is not
   * dropped yet is absent as before.
   */
  endSweepInSteps(sweep: number): Iterable<undefined>;
}

/** One of our own acts, written down before it is done. Never replayed: after a crash it tells what is ours. */
export type Intent =
  | {
      readonly kind: 'upload';
      readonly entry: EntryNumber;
      readonly node: NodeNumber;
      /** The file as it was read, and what was read: the person may go on with it before the answer comes. */
      readonly stamp: Stamp;
      readonly identity: Identity;
      readonly size: number;
      readonly md5: Md5;
      /** The folder on the host to which it is sent: its own, or the staging folder. */
      readonly sentTo: RemoteId;
      /** Where it is to stand in the end. */
      readonly to: Place;
      /** The version before, as it was seen: if it was renamed since, it is somebody's own. */
      readonly replaces: RemoteExpectation | null;
      readonly stagedName: string | null;
      /** The id that the host gave it; `null` until it has answered. */
      readonly answer: RemoteId | null;
    }
  /** A folder is made on the host, in `sentTo`. */
  | {
      readonly kind: 'remoteFolder';
      readonly entry: EntryNumber;
      readonly sentTo: RemoteId;
      readonly to: Place;
      /** Of the folder here. */
      readonly identity: Identity;
    }
  /** A file or folder moves on the host to where it stands here. */
  | { readonly kind: 'remoteMove'; readonly entry: EntryNumber; readonly id: RemoteId; readonly to: Place }
  /** A file is copied on the host, into the staging folder; once it has answered, this is an upload. */
  | { readonly kind: 'copy'; readonly entry: EntryNumber; readonly name: RemoteName; readonly size: number }
  | {
      readonly kind: 'arrival';
      readonly entry: EntryNumber;
      readonly remote: RemoteId;
      readonly path: RelPath;
      readonly parent: EntryNumber;
      readonly localName: LocalName;
      readonly remoteName: RemoteName;
      readonly size: number;
      readonly md5: Md5;
      readonly identity: Identity;
      readonly changedAtMs: number;
    }
  | {
      readonly kind: 'localFolder';
      readonly entry: EntryNumber;
      readonly remote: RemoteId;
      readonly path: RelPath;
      readonly to: Place;
    }
  | {
      readonly kind: 'localMove';
      readonly entry: EntryNumber;
      readonly node: NodeNumber;
      readonly from: RelPath;
      readonly to: RelPath;
      readonly identity: Identity;
      readonly conflict: boolean;
    }
  | {
      readonly kind: 'localTrash';
      readonly entry: EntryNumber;
      readonly node: NodeNumber;
      readonly from: RelPath;
      readonly identity: Identity;
    };

export type IntentNumber = number & { readonly __intent: never };

/** One change of the three trees. Links (`entry` of local and remote rows) are part of the rows. */
export type Change =
  | { readonly put: 'base'; readonly row: BaseEntry }
  | { readonly drop: 'base'; readonly entry: EntryNumber }
  /** `node: null` makes a new one. A row at the same parent and name is replaced. */
  | { readonly put: 'local'; readonly row: Omit<LocalEntry, 'node'> & { readonly node: NodeNumber | null } }
  /** With all below it. */
  | { readonly drop: 'local'; readonly node: NodeNumber }
  | { readonly put: 'remote'; readonly row: RemoteEntry }
  | { readonly drop: 'remote'; readonly id: RemoteId };

/** `restore`: content that was kept came back, because a run was taken back. */
export type DoneKind = ActKind | 'restore';

/** One finished operation, for the person. */
export interface HistoryLine {
  readonly atMs: number;
  readonly kind: DoneKind;
  readonly side: Side | null;
  readonly path: RelPath;
  readonly reason: string;
  /** What `undo` and `explain` need: ids, names, MD5s, trash path. Flat. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

export interface HistoryQuery {
  /** It and all below it, and what was moved from there or to there. */
  readonly path?: RelPath;
  /** Also what was done to these files and folders of the host, wherever they were, and to their next versions. Only beside `path`. */
  readonly ids?: readonly string[];
  readonly run?: number;
  readonly kind?: DoneKind;
  /** Milliseconds since 1970. */
  readonly sinceMs?: number;
  readonly limit: number;
}

export interface Outcome {
  /** Nothing was done on either side: base only follows what both show, and there is nothing to take back. */
  readonly isNote?: boolean;
  readonly changes: readonly Change[];
  readonly endIntent?: IntentNumber;
  readonly history?: HistoryLine;
}

/** A path that could not be synced, kept over runs so that it is tried again with growing waits. */
export type KnownProblem = Known;

/** A removal that waits for a person. */
export interface HeldRemoval {
  readonly side: Side;
  readonly path: RelPath;
  readonly entry: EntryNumber;
  readonly entryKind: EntryKind;
  /** Version that was shown: an approval covers exactly this. */
  readonly fingerprint: string;
  readonly approved: boolean;
  readonly sinceMs: number;
}

export interface RunSummary {
  readonly run: number;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly exit: number | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** Small facts that outlive a run. */
export interface StateFacts {
  get(key: FactKey): string | null;
  set(key: FactKey, value: string | null): void;
}
/** `calls` is a tally for reports. `refusedSignIn` holds a keyed hash of the credentials that were refused, never the credentials. */
export type FactKey =
  | 'accountId'
  /** When the staging folder was looked through last for what nobody claims, and since when that stands there. */
  | 'staged'
  | 'lastStop'
  | 'refusedSignIn'
  | 'hashKey'
  | 'computer'
  /** The last pass that changed anything, as the marker calls it, and one that is about to. */
  | 'pass'
  | 'nextPass'
  /** Up to when the clock is believed, and since when it is doubted (`core/believed-time.ts`). */
  | 'believedTime'
  | 'lastSuccessMs'
  | 'lastSweepMs'
  | 'rootIdentity'
  | 'calls';

/** What is kept for one folder pair. Each method that writes is one transaction. */
export interface PairState {
  /** Reads through to the rows: what was recorded is seen at once. */
  readonly view: TreeView;
  readonly localTree: LocalTree;
  readonly remoteTree: RemoteTree;
  readonly facts: StateFacts;
  /** The effect has happened: the new rows, the end of its intent and the line of history, all or nothing. */
  record(outcome: Outcome): void;
  /** All that `work` writes in one transaction, or nothing of it where it throws. */
  atOnce<T>(work: () => T): T;
  /**
   * A local node is recognised as an entry of base (a move found by identity or content), or no longer. A folder brings all that is below
   * it along; a rest is allowed at each step. Nothing happens before the first is asked for.
   */
  linkInSteps(node: NodeNumber, entry: EntryNumber | null): Iterable<undefined>;
  /** Content of an id became known. */
  /** `null`: what was learned is doubtful. */
  learnRemote(id: RemoteId, md5: Md5 | null): void;
  /**
   * A file on the host, present and known to base, of so many bytes and, unless it is `null`, with that content. Of several one that is not
   * leaving, where there is one.
   */
  fileOnHost(size: number, md5: Md5 | null, isLeaving?: (id: RemoteId) => boolean): RemoteEntry | null;
  learnLocal(node: NodeNumber, stamp: Stamp, md5: Md5): void;
  /** `durable`: on the disk before it returns, also against a power cut. */
  beginIntent(intent: Intent, durable: boolean): IntentNumber;
  noteIntent(number: IntentNumber, intent: Intent): void;
  endIntent(number: IntentNumber): void;
  intents(): readonly { readonly number: IntentNumber; readonly intent: Intent }[];
  /** Ids that this computer trashed: some hosts go on listing them. */
  rememberTrashed(ids: readonly RemoteId[]): void;
  wasTrashedHere(id: RemoteId): boolean;
  problems(): readonly KnownProblem[];
  /** Replaces the list as a whole. */
  setProblems(problems: readonly KnownProblem[]): void;
  heldRemovals(): readonly HeldRemoval[];
  setHeldRemovals(held: readonly HeldRemoval[]): void;
  /** Removals done since `sinceMs`, on `side`; moves are not removals. */
  removalsSince(sinceMs: number, side: Side): number;
  /** How many entries base has, without the root. */
  countEntries(): number;
  beginRun(startedMs: number): number;
  endRun(run: number, endedMs: number, exit: number, counts: Readonly<Record<string, number>>): void;
  lastRuns(count: number): readonly RunSummary[];
  /** Newest first. */
  history(query: HistoryQuery): readonly (HistoryLine & { readonly run: number })[];
  /** What `run` did something with, as far back as that is kept. */
  changedBy(run: number): readonly Changed[];
  /** As base had the entry when `run` began; `null`: it was not there. */
  formerly(entry: EntryNumber, run: number): Former | null;
  /** Forgets by what runs that began before then could be taken back. */
  forgetFormer(beforeMs: number): void;
}
