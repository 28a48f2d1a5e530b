/**
 * What yetisync does, as values: printable, with the reason and with what must still hold at the last moment.
 * Recording what both sides already agree on is an operation too, without effect outside the state.
 */
import type { ErrorCode } from '../errors.ts';
import type { EntryKind, EntryNumber, Md5, NodeNumber, RemoteId, Stamp } from './entry.ts';
import type { LocalName, RelPath, RemoteName } from './path.ts';

declare const brand: unique symbol;
/** Place of an operation in its plan. */
export type OperationNumber = number & { readonly [brand]: 'OperationNumber' };

/** Where an entry is meant to stand. Both names belong to one place: they differ only where the host cannot keep a name. */
export interface Place {
  readonly parent: EntryNumber;
  readonly localName: LocalName;
  readonly remoteName: RemoteName;
}

/** What must be found on the disk directly before it is touched. */
export interface LocalExpectation {
  readonly node: NodeNumber;
  readonly stamp: Stamp;
  /** Content, where it is known. */
  readonly md5: Md5 | null;
}

/** What must be found on the host directly before it is touched. */
export interface RemoteExpectation {
  readonly id: RemoteId;
  readonly parent: RemoteId;
  readonly name: RemoteName;
  readonly size: number;
}

/** One item below a folder that is to be trashed as a whole: what lies there and nothing else may go with it. */
export type Covered = {
  readonly entry: EntryNumber;
  readonly kind: EntryKind;
  /** For the person, as `Operation.path`: a removal that waits can be agreed to or refused item by item. */
  readonly path: RelPath;
} & (
  | { readonly side: 'local'; readonly expect: LocalExpectation }
  | { readonly side: 'remote'; readonly expect: RemoteExpectation }
);

export type Act =
  /** Local content goes to the host: a new file (`replaces: null`) or a new version of `replaces`. */
  | {
      readonly kind: 'upload';
      readonly local: LocalExpectation;
      readonly size: number;
      readonly to: Place;
      readonly replaces: RemoteExpectation | null;
    }
  /** Remote content comes to the disk: a new file (`over: null`) or over the file that stands there. */
  | {
      readonly kind: 'download';
      readonly remote: RemoteExpectation;
      readonly to: Place;
      readonly over: LocalExpectation | null;
    }
  /** A folder that one side has is made on `side`. */
  | {
      readonly kind: 'createFolder';
      readonly side: 'local';
      readonly remote: RemoteId;
      readonly to: Place;
      readonly followers: readonly EntryNumber[];
    }
  | {
      readonly kind: 'createFolder';
      readonly side: 'remote';
      readonly node: NodeNumber;
      readonly to: Place;
      /** Of a folder that is made anew, what base has in it and that side has lost, and is kept: it is to follow, if need be in a later pass. */
      readonly followers: readonly EntryNumber[];
    }
  /** An entry of base goes to another folder or name on `side`. */
  | {
      readonly kind: 'move';
      readonly side: 'local';
      readonly local: LocalExpectation;
      readonly entryKind: EntryKind;
      readonly to: Place;
    }
  | {
      readonly kind: 'move';
      readonly side: 'remote';
      readonly remote: RemoteExpectation;
      readonly entryKind: EntryKind;
      readonly to: Place;
    }
  /** Names are exchanged in a ring: one of them steps aside for a moment, out of sight. Its own `move` brings it back. */
  | {
      readonly kind: 'park';
      readonly side: 'local';
      readonly local: LocalExpectation;
      readonly entryKind: EntryKind;
    }
  /** The losing version of a conflict takes another name in its folder; from then on it is a new file. */
  | {
      readonly kind: 'conflictCopy';
      readonly side: 'local';
      readonly local: LocalExpectation;
      readonly localName: LocalName;
    }
  | {
      readonly kind: 'conflictCopy';
      readonly side: 'remote';
      readonly remote: RemoteExpectation;
      readonly remoteName: RemoteName;
    }
  /** A folder that this computer made is emptied into an elder one of its name, and trashed; a file is taken back, and stays here as a new one. */
  | { readonly kind: 'mergeTwin'; readonly from: RemoteExpectation; readonly into: RemoteExpectation }
  /** A removal is carried over to `side`. Of a folder, with all that `covers` lists below it, parents before children. */
  | {
      readonly kind: 'trash';
      readonly side: 'local';
      readonly entryKind: EntryKind;
      readonly local: LocalExpectation;
      readonly covers: readonly Covered[];
      /** What must be gone on the host. `null`: nothing, for it is a spare file. */
      readonly gone: RemoteId | null;
    }
  | {
      readonly kind: 'trash';
      readonly side: 'remote';
      readonly entryKind: EntryKind;
      readonly remote: RemoteExpectation;
      readonly covers: readonly Covered[];
    }
  /** Both sides hold a file of one size under one name: read both to learn whether they are equal. Stores nothing but the MD5s. */
  | {
      readonly kind: 'compare';
      readonly local: LocalExpectation;
      readonly remote: RemoteExpectation;
      readonly size: number;
    }
  /** Both sides show the same: base follows. */
  | {
      readonly kind: 'link';
      readonly entryKind: EntryKind;
      readonly node: NodeNumber;
      readonly remote: RemoteId;
      readonly to: Place;
      readonly size: number;
      readonly md5: Md5 | null;
      /** As of `createFolder`. */
      readonly followers: readonly EntryNumber[];
    }
  /** Nothing of the entry is left to keep in step: base forgets it. `release` keeps a folder on that side for its ignored leftovers. */
  | { readonly kind: 'forget' };

export type ActKind = Act['kind'];

export type Operation = Act & {
  readonly number: OperationNumber;
  /** Operations that must have been done before this one starts. If one was not, this one is stale. */
  readonly after: readonly OperationNumber[];
  /** The entry it is about; for something new, the number that its entry will have. */
  readonly entry: EntryNumber;
  /** For the person: where it is, on the local disk or as it will be there. */
  readonly path: RelPath;
  /** Why, as a sentence a person understands: the row of the decision table. */
  readonly reason: string;
};

/** Distributes over the union, so that each kind keeps its own fields. */
export type OperationOf<K extends ActKind> = Extract<Operation, { kind: K }>;

/** A path that cannot be synced now. Never an error of the pass: the others go on. */
export interface Problem {
  readonly path: RelPath;
  readonly code: ErrorCode;
  readonly detail: string | null;
}

/** Whether `operation` changes something on a side, and so must be shown, guarded and recorded in the history. */
export function hasEffect(operation: Act): boolean {
  return operation.kind !== 'link' && operation.kind !== 'forget' && operation.kind !== 'compare';
}

/** Whether an act puts something on the disk, where a place is a path: it must not lead elsewhere by the time it is done. */
export function putsHere(act: Act): act is Extract<Act, { readonly to: Place }> {
  return act.kind === 'download' || ((act.kind === 'createFolder' || act.kind === 'move') && act.side === 'local');
}
