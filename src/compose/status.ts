/** What can be said of the pairs from their states alone: no lock is taken, no disk is scanned, no host is asked. */
import type { Pair } from '../config/config.ts';
import type { Side } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import type { RelPath, RemoteName } from '../core/path.ts';
import { reconcile, withoutRepeats } from '../core/reconcile.ts';
import { basePath } from '../core/tree.ts';
import { meaningOf } from '../errors.ts';
import { removedLately } from '../execute/held.ts';
import type { HeldRemoval, KnownProblem, RunSummary } from '../ports.ts';
import { NEXT_VERSION_WAIT_MS } from '../cycle.ts';
import { whoHasLock } from '../state/lock.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { lastStopIn } from './last-stop.ts';
import type { LastStop } from './last-stop.ts';
import { copyAnyState } from './state-copy.ts';
import type { LookOptions } from './state-copy.ts';
import { isThere, lockFileOf } from './state-files.ts';

/** With what is known of earlier tries, where it was tried at all. */
export type StatusProblem = Problem & Partial<Pick<KnownProblem, 'sinceMs' | 'tries' | 'nextTryMs'>>;

export interface PairStatus {
  readonly pair: Pair;
  /** False: never synced on this computer. */
  readonly isKnown: boolean;
  readonly lastSuccessMs: number | null;
  readonly lastSweepMs: number | null;
  readonly lastRun: RunSummary | null;
  readonly entries: number;
  /** What could not be synced, and what the trees show that cannot be. */
  readonly problems: readonly StatusProblem[];
  readonly waiting: readonly { readonly path: RelPath; readonly why: string }[];
  readonly held: readonly HeldRemoval[];
  /** Items that went to the trash within the last hour, by side: those that wait are counted together with them. */
  readonly removedLately: Readonly<Record<Side, number>>;
  /** Items on which the sides do not agree and that are neither problems nor waiting: what the last look left to do. */
  readonly unsynced: number;
  /** Items that have another name on the host than here. */
  readonly names: readonly { readonly path: RelPath; readonly remoteName: RemoteName }[];
  readonly isSignInRefused: boolean;
  /** What stopped the last pass as a whole. */
  readonly lastStop: LastStop | null;
  /** Who is at work with this state now. */
  readonly lockedBy: string | null;
}

export type StatusOptions = LookOptions;

/** Reads the state of each pair. Rejects with `state/…` where one cannot be read. */
export async function readStatus(options: StatusOptions): Promise<readonly PairStatus[]> {
  const { config, disk = realDisk } = options;
  const lock = lockFileOf(config);
  const lockedBy = (await isThere(lock, disk)) ? await whoHasLock(lock, disk) : null;
  const statuses: PairStatus[] = [];
  for (const pair of config.pairs) {
    const state = await copyAnyState(pair, options);
    statuses.push({ ...(state === null ? nothing : read(state, options)), pair, lockedBy });
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
  waiting: [],
  held: [],
  removedLately: { local: 0, remote: 0 },
  unsynced: 0,
  names: [],
  isSignInRefused: false,
  lastStop: null,
};

/** Closes `state`. */
function read(state: OpenState, { clock = realClock }: StatusOptions): Known {
  try {
    const { view, facts } = state;
    const isSignInRefused = facts.get('refusedSignIn') !== null;
    if (!state.initialised) return { ...nothing, isSignInRefused, lastStop: lastStopIn(facts) };
    const timeOf = (key: 'lastSuccessMs' | 'lastSweepMs'): number | null => {
      const value = facts.get(key);
      return value === null ? null : Number(value);
    };
    // What the trees say by themselves is decided by the same function as in a pass; it holds no failures of tries.
    const policy = { nowMs: clock.now(), conflictMade: '', nextVersionWaitMs: NEXT_VERSION_WAIT_MS };
    const { problems: seen, waiting } = reconcile(view, policy);
    const problems: StatusProblem[] = withoutRepeats([...state.problems(), ...seen, ...state.troubledFolders()]);
    let open = 0;
    for (const rows of [view.openEntries(), view.newLocal(), view.newRemote()]) for (const _ of rows) open++;
    const told = new Set([...problems, ...waiting].map(({ path }) => path)).size;
    return {
      isKnown: true,
      lastSuccessMs: timeOf('lastSuccessMs'),
      lastSweepMs: timeOf('lastSweepMs'),
      lastRun: state.lastRuns(1)[0] ?? null,
      entries: state.countEntries(),
      problems,
      waiting,
      held: state.heldRemovals(),
      removedLately: removedLately(state, clock.now()),
      unsynced: Math.max(0, open - told),
      names: state.withOtherNames().map(({ entry, remoteName }) => ({ path: basePath(view, entry), remoteName })),
      isSignInRefused,
      lastStop: lastStopIn(facts),
    };
  } finally {
    state.close();
  }
}

/** Whether it is a failure, or something that the host cannot hold at all. */
export function isFailure({ code }: Problem): boolean {
  return meaningOf(code).exit !== 0;
}
