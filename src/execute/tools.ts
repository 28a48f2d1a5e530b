/** What all rounds of a pass share, so that transfers behind one of them and the operations of another keep to the same limits. */
import type { AccountLimits, Clock, PairState, Remote, RemoteListing } from '../ports.ts';
import type { RemoteId } from '../core/entry.ts';
import type { Absences } from './absences.ts';
import type { Hands } from './hands.ts';
import { makeLooks } from './looks.ts';
import { makeJournal } from './journal.ts';
import { makeSlots } from './slots.ts';
import { makeStaging } from './staging.ts';

export type Tools = Pick<Hands, 'limits' | 'looks' | 'staging' | 'journal' | 'uploads' | 'downloads'>;

interface Pass {
  readonly state: PairState;
  readonly remote: Remote;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly settings: { readonly uploads: number; readonly downloads: number; readonly largeFrom: number };
  readonly ignoredIn: (listing: RemoteListing) => ReadonlySet<RemoteId>;
  readonly absences: Absences;
}

export function makeTools(limits: AccountLimits, pass: Pass): Tools {
  const { state, remote, clock, signal, settings, ignoredIn, absences } = pass;
  const looks = makeLooks({ remote, tree: state.remoteTree, clock, signal, ignoredIn, absences });
  return {
    limits,
    looks,
    staging: makeStaging(pass, looks),
    journal: makeJournal(state, clock),
    uploads: makeSlots(Math.min(settings.uploads, limits.parallelUploads ?? Infinity), settings.largeFrom),
    downloads: makeSlots(Math.min(settings.downloads, limits.parallelDownloads ?? Infinity), settings.largeFrom),
  };
}
