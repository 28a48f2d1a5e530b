/**
 * What an operation has at hand: the two sides, the state, and the means to look once more. Built per pass by `cycle.ts`.
 */
import type { EntryKind, RemoteId } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import type { RelPath } from '../core/path.ts';
import type { RemoteFile, RemoteFolder } from '../core/remote-items.ts';
import type { SyncError } from '../errors.ts';
import type { AccountLimits, Clock, Hasher, LocalFiles, PairState, Random, Remote } from '../ports.ts';
import type { Log } from '../log.ts';
import type { Absences } from './absences.ts';
import type { Looks } from './looks.ts';
import type { NamesThere } from './names-there.ts';
import type { Journal } from './journal.ts';
import type { Sending } from './sending.ts';
import type { Slots } from './slots.ts';

export interface Hands {
  readonly state: PairState;
  readonly remote: Remote;
  readonly files: LocalFiles;
  readonly looks: Looks;
  readonly absences: Absences;
  readonly namesThere: NamesThere;
  /** For what is written down many at a time. */
  readonly journal: Journal;
  /** Uploads that stood staged, and not published, when this round began. */
  readonly leftStaged: ReturnType<PairState['intents']>;
  readonly clock: Clock;
  readonly random: Random;
  readonly newHasher: () => Hasher;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly limits: AccountLimits;
  readonly sending: Sending;
  readonly uploads: Slots;
  readonly downloads: Slots;
  /** Smallest upload, in bytes, that the host had no room for: nothing as large is tried again in this round. */
  readonly room: {
    refusedBytes: number;
    /** The same for downloads, of which the account may have so many bytes a day. */ unfetchedBytes: number;
  };
  /** How long a file must have been still before it is sent, in milliseconds. */
  readonly settleMs: number;
  /** Name of this computer in staged files' names: plain ASCII. */
  readonly computer: string;
  /** The folder for what is on its way; made when it is first needed. */
  readonly staging: () => Promise<RemoteId>;
  readonly isIgnored: (path: RelPath, kind: EntryKind) => boolean;
  /**
   * Whether another operation of this plan takes the remote item from where it stands: it may be in the way for a moment. One that has another place
   * or name by now than the plan knows does not leave that.
   */
  readonly isLeaving: (item: Pick<RemoteFile | RemoteFolder, 'id' | 'parent' | 'name'>) => boolean;
  readonly onProgress: (event: ProgressEvent) => void;
}

export type ProgressEvent =
  | { readonly kind: 'started' | 'done' | 'stale' | 'failed'; readonly operation: Operation; readonly why?: string }
  | { readonly kind: 'bytes'; readonly operation: Operation; readonly bytes: number };

/** What is to be looked at again, because it is not what the plan saw. */
export interface Dirty {
  readonly local: readonly RelPath[];
  readonly remote: readonly RemoteId[];
}

/**
 * `done`: the effect happened and is recorded. `stale`: something is not as the plan saw it; nothing was done, the next
 * round looks and decides anew. `failed`: this path cannot be synced now.
 */
export type OperationResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'stale'; readonly why: string; readonly dirty: Dirty }
  | { readonly kind: 'failed'; readonly error: SyncError };

/** `later`: all that needs a slot is done, the rest comes with a look that serves several operations. */
export type Performed = OperationResult | { readonly later: Promise<OperationResult> };

export const DONE: OperationResult = { kind: 'done' };

export function stale(why: string, dirty: Partial<Dirty> = {}): OperationResult {
  return { kind: 'stale', why, dirty: { local: dirty.local ?? [], remote: dirty.remote ?? [] } };
}

export function failed(error: SyncError): OperationResult {
  return { kind: 'failed', error };
}
