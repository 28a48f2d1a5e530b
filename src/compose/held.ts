/**
 * Removals that wait for a person: agreed to, or taken back. Works on the state alone, under its lock; the next pass acts on it.
 */
import type { Config, Pair } from '../config/config.ts';
import { isWithin } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { Change, Clock, Disk, HeldRemoval, Random } from '../ports.ts';
import { takeLock } from '../state/lock.ts';
import { openState } from '../state/open-state.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { isThere, lockFileOf, pairIdOf, stateFileOf } from './state-files.ts';

export interface HeldOptions {
  readonly config: Config;
  readonly process: { readonly pid: number; readonly command: string };
  readonly verdict: 'approve' | 'reject';
  /** Only what lies here or below, in any of the pairs; all if left out. */
  readonly within?: RelPath;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface DecidedRemovals {
  readonly pair: Pair;
  readonly removals: readonly HeldRemoval[];
}

/** Decides the removals that `status` shows, in just the versions that were shown. Rejects with `state/…`. */
export async function decideHeld(options: HeldOptions): Promise<readonly DecidedRemovals[]> {
  const { config, verdict, within, disk = realDisk, clock = realClock, random = realRandom } = options;
  const lock = await takeLock(lockFileOf(config), options.process, disk);
  try {
    const decided: DecidedRemovals[] = [];
    for (const pair of config.pairs) {
      const path = stateFileOf(pair, config);
      if (!(await isThere(path, disk))) continue;
      const state = openState({ path, pair: pairIdOf(pair, config), clock, random });
      try {
        const removals = decideIn(state, verdict, within);
        if (removals.length > 0) decided.push({ pair, removals });
      } finally {
        state.close();
      }
    }
    return decided;
  } finally {
    lock.release();
  }
}

/** The same in a state that is open. Returns the removals that were chosen. */
export function decideIn(
  state: OpenState,
  verdict: HeldOptions['verdict'],
  within: RelPath | undefined,
): readonly HeldRemoval[] {
  return verdict === 'approve' ? approve(state, within) : reject(state, within);
}

/** The next pass carries out those that are still meant; a later version of any of them waits anew. */
function approve(state: OpenState, within: RelPath | undefined): readonly HeldRemoval[] {
  const held = state.heldRemovals();
  const chosen = new Set(held.filter((it) => isChosen(it, within)));
  state.setHeldRemovals(held.map((it) => (chosen.has(it) ? { ...it, approved: true } : it)));
  return [...chosen];
}

/** Base forgets the entries, so that they are new on the side that still has them: the next pass brings them back to the other. */
function reject(state: OpenState, within: RelPath | undefined): readonly HeldRemoval[] {
  const held = state.heldRemovals();
  const chosen = held.filter((it) => isChosen(it, within));
  state.record({ isNote: true, changes: chosen.map((it): Change => ({ drop: 'base', entry: it.entry })) });
  state.setHeldRemovals(held.filter((it) => !chosen.includes(it)));
  return chosen;
}

function isChosen({ path }: HeldRemoval, within: RelPath | undefined): boolean {
  return within === undefined || isWithin(path, within);
}
