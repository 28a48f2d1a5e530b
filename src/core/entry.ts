/**
 * What stands in the three trees. **base** is what both sides last agreed on, **local** what the disk showed last,
 * **remote** what the host's listings showed last. Only base says that a local node and a remote id are one thing;
 * local and remote are observations and carry, as a link, the base entry they were recognised as.
 */
import type { LocalName, RemoteName } from './path.ts';

declare const brand: unique symbol;
/** Number of an entry of base. Chosen by the plan before the entry exists, never given out again. */
export type EntryNumber = number & { readonly [brand]: 'EntryNumber' };
/** Number of a node of the local tree. Means nothing outside this computer's state. */
export type NodeNumber = number & { readonly [brand]: 'NodeNumber' };
/** `f` or `d` (file or folder: their ids are counted apart) and the host's id in decimal. */
export type RemoteId = string & { readonly [brand]: 'RemoteId' };
/** 32 lower-case hex digits. */
export type Md5 = string & { readonly [brand]: 'Md5' };
/** Inode, size, mtime and ctime in one string. Equal stamps: as far as `lstat` can tell nobody touched the content. */
export type Stamp = string & { readonly [brand]: 'Stamp' };
/** Device, inode and birth time in one string: who a file is, not what it holds. `''` where the disk cannot tell. */
export type Identity = string & { readonly [brand]: 'Identity' };

export type Side = 'local' | 'remote';
export type EntryKind = 'file' | 'folder';

/** The pair's own folder in each tree. */
export const ROOT_ENTRY = 1 as EntryNumber;
export const ROOT_NODE = 1 as NodeNumber;
/** The account's root folder, which has no id on the host. */
export const ACCOUNT_ROOT = 'd0' as RemoteId;

export interface BaseEntry {
  readonly entry: EntryNumber;
  /** `null` for the root alone. */
  readonly parent: EntryNumber | null;
  readonly kind: EntryKind;
  readonly localName: LocalName;
  readonly remoteName: RemoteName;
  readonly remoteId: RemoteId;
  /** In bytes; 0 for folders. */
  readonly size: number;
  /** `null` for folders. A file's base always knows its content. */
  readonly md5: Md5 | null;
  readonly identity: Identity;
  /** Of a file, the stamp with which it was known to hold `md5`: it comes along when a folder above is renamed. `''`: none. */
  readonly stamp: Stamp | '';
  /** Number of the last full sweep when this computer put the item on the host; 0: it came from there. */
  readonly putSweep: number;
  /**
   * Number of the last full sweep when this computer moved or renamed the item on the host; 0: it did not. `TO_FOLLOW`: it is kept although
   * one side has lost it, and its folder stands there again already.
   */
  readonly movedSweep: number;
}

/** As `BaseEntry.movedSweep`. */
export const TO_FOLLOW = -1;

/** `special`: a link, socket, pipe or device, or a name that this program cannot read. Left alone. */
export type LocalKind = EntryKind | 'special';

/** Why what lies at or below a local entry is not known. `released`: a folder kept only for ignored leftovers. */
export type LocalTrouble =
  'local/unreadable' | 'local/io' | 'local/no-handles' | 'name/not-utf8' | 'local/special' | 'ignore/unreadable';

/** What one look at the disk tells about one name. */
export interface LocalSeen {
  readonly kind: LocalKind;
  readonly size: number;
  readonly identity: Identity;
  readonly stamp: Stamp;
  /** The later of mtime and ctime, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** Of two looks with the same mark the second saw the same file, not written to since, or the same folder. */
export function markOf({ kind, stamp, identity }: Pick<LocalSeen, 'kind' | 'stamp' | 'identity'>): string {
  return `${kind} ${stamp} ${identity}`;
}

export interface LocalEntry extends LocalSeen {
  readonly node: NodeNumber;
  /** `null` for the root alone. */
  readonly parent: NodeNumber | null;
  readonly name: LocalName;
  /** Content as it was read when the stamp was this one; `null`: not read yet. */
  readonly md5: Md5 | null;
  /** The content was read so soon after its last change that a later change could hide behind the same stamp. */
  readonly racy: boolean;
  readonly entry: EntryNumber | null;
  readonly trouble: LocalTrouble | null;
  /** A folder whose entry was let go of, kept for ignored leftovers: not made on the host until it gets something that syncs. */
  readonly released: boolean;
}

export interface RemoteEntry {
  readonly id: RemoteId;
  readonly parent: RemoteId | null;
  readonly kind: EntryKind;
  readonly name: RemoteName;
  /** In bytes; 0 for folders. */
  readonly size: number;
  /** Content of this id where it is known (uploaded, downloaded or compared here). Content never changes under an id. */
  readonly md5: Md5 | null;
  readonly entry: EntryNumber | null;
  /** Since when this computer has seen the id where it is and under its name, in milliseconds since 1970. */
  readonly firstSeenMs: number;
  /** Folders: missing from its parent's listing since this sweep, not confirmed yet. `null`: present. */
  readonly absentSince: number | null;
  /** Folders: its last listing failed or was incomplete, so what lies below is not known. */
  readonly unlisted: boolean;
  /** Folders: as `LocalEntry.released`. */
  readonly released: boolean;
}

/** Kind of the item that `id` names. */
export function kindOfId(id: RemoteId): EntryKind {
  return id.startsWith('d') ? 'folder' : 'file';
}

/** Identities end in `-` where the disk keeps no birth times. */
export function hasBirthTime(identity: Identity): boolean {
  return !identity.endsWith('-');
}
