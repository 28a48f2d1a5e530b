/** What the daemon needs of one folder pair. Built by `compose`; in tests of the loop by hand. */
import type { RemoteId } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import type { CycleEvent, CycleResult, LocalNews, Look } from '../cycle.ts';
import type { WatchHint } from '../core/watch-hint.ts';
import type { ListedFolder } from './poll-schedule.ts';

export interface SyncedPair {
  /** Unique among the pairs. */
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  /**
   * Makes sure that both roots are this pair's and begins to watch. Rejects with what stops a pair as a whole; may be called again then.
   * `onHint` is called until `close`.
   */
  open(onHint: (hint: WatchHint) => void): Promise<OpenPair>;
}

export interface PassHooks {
  readonly onEvent: (event: CycleEvent) => void;
  /** Called once, when the pass has ended well: what its listings said, in their order. */
  readonly onListed: (listed: readonly ListedFolder[]) => void;
  /** The folder on the host, and those above it, are looked at first: to be asked for wherever the pass may remove something here. */
  readonly checksHost: boolean;
  readonly news: LocalNews;
  /** Ends the pass with `stopped`, and not the pair. */
  readonly ending: AbortSignal;
}

export interface OpenPair {
  /** The pair's own folder on the host. */
  readonly root: RemoteId;
  /** It was in step with the whole host once, so a pass may act before everything there was seen again. */
  readonly wasSwept: boolean;
  /** One pass. Looks at the local root first. `anew`: the folder is a copy, nothing was done, and a pass that looks everywhere is needed. */
  pass(look: Look, hooks: PassHooks): Promise<CycleResult | 'anew'>;
  /** Lists folders of the host into the state, with what new ones they hold. */
  list(folders: readonly RemoteId[]): Promise<{
    readonly listed: readonly ListedFolder[];
    readonly failed: readonly { readonly folder: RemoteId; readonly problem: Problem }[];
  }>;
  /** Folders that the state knows on the host, the pair's own too. */
  folders(): readonly RemoteId[];
  beginSweep(): number;
  /** Every folder was listed since `beginSweep` gave `number`: what was missing all the time is gone. */
  endSweep(number: number): Promise<void>;
  watching(): { readonly folders: number; readonly trouble: string | null };
  facts(): PairFacts;
  /** All that is known is in step at this moment. */
  noteSuccess(): void;
  /** Ends the watching. May be called twice. */
  close(): void;
}

export interface PairFacts {
  readonly entries: number;
  readonly lastSuccessMs: number | null;
  readonly lastSweepMs: number | null;
  readonly held: number;
  /** Problems that are tried again later. */
  readonly problems: readonly Problem[];
  /** When the first of them is tried again, in milliseconds since 1970. */
  readonly nextTryMs: number | null;
}
