/** What can be said of the pairs from their states alone: no lock is taken, no host is asked. */
import type { Config, Pair } from '../config/config.ts';
import type { Clock, Disk, HeldRemoval, KnownProblem, Random, RunSummary } from '../ports.ts';
import { whoHasLock } from '../state/lock.ts';
import { openState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { isThere, lockFileOf, pairIdOf, stateFileOf } from './state-files.ts';

export interface PairStatus {
  readonly pair: Pair;
  /** False: never synced on this computer. */
  readonly isKnown: boolean;
  readonly lastSuccessMs: number | null;
  readonly lastSweepMs: number | null;
  readonly lastRun: RunSummary | null;
  readonly entries: number;
  readonly problems: readonly KnownProblem[];
  readonly held: readonly HeldRemoval[];
  /** Entries that do not agree, and new ones on either side: what the last look left to do. */
  readonly unsynced: number;
  readonly isSignInRefused: boolean;
  /** Who is at work with this state now. */
  readonly lockedBy: string | null;
}

export interface StatusOptions {
  readonly config: Config;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Reads the state of each pair. Rejects with `state/…` where one cannot be read. */
export async function readStatus(options: StatusOptions): Promise<readonly PairStatus[]> {
  const { config, disk = realDisk } = options;
  const lock = lockFileOf(config);
  const lockedBy = (await isThere(lock, disk)) ? await whoHasLock(lock, disk) : null;
  const statuses: PairStatus[] = [];
  for (const pair of config.pairs) {
    const isKept = await isThere(stateFileOf(pair, config), disk);
    statuses.push({ ...(isKept ? read(pair, options) : nothing), pair, lockedBy });
  }
  return statuses;
}

type Known = Omit<PairStatus, 'pair' | 'lockedBy'>;

const nothing: Known = {
  isKnown: false,
  lastSuccessMs: null,
  lastSweepMs: null,
  lastRun: null,
  entries: 0,
  problems: [],
  held: [],
  unsynced: 0,
  isSignInRefused: false,
};

function read(pair: Pair, { config, clock = realClock, random = realRandom }: StatusOptions): Known {
  const copyOf = stateFileOf(pair, config);
  const state = openState({ path: ':memory:', copyOf, pair: pairIdOf(pair, config), clock, random });
  try {
    const { view, facts } = state;
    const timeOf = (key: 'lastSuccessMs' | 'lastSweepMs'): number | null => {
      const value = facts.get(key);
      return value === null ? null : Number(value);
    };
    return {
      isKnown: state.initialised,
      lastSuccessMs: timeOf('lastSuccessMs'),
      lastSweepMs: timeOf('lastSweepMs'),
      lastRun: state.lastRuns(1)[0] ?? null,
      entries: state.countEntries(),
      problems: state.problems(),
      held: state.heldRemovals(),
      unsynced: view.openEntries().length + view.newLocal().length + view.newRemote().length,
      isSignInRefused: facts.get('refusedSignIn') !== null,
    };
  } finally {
    state.close();
  }
}
