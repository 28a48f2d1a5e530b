/** A pair's state to look at: a copy in memory, so that whoever looks disturbs nobody and leaves no trace. */
import type { Config, Pair } from '../config/config.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { openState } from '../state/open-state.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { isThere, pairIdOf, stateFileOf } from './state-files.ts';

export interface LookOptions {
  readonly config: Config;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Closed by the caller. `null`: the pair was never synced on this computer. Rejects with `state/…`. */
export async function copyState(pair: Pair, options: LookOptions): Promise<OpenState | null> {
  const state = await copyAnyState(pair, options);
  if (state === null || state.initialised) return state;
  state.close();
  return null;
}

/** The same; also a state that knows no more than that the host refused. */
export async function copyAnyState(pair: Pair, options: LookOptions): Promise<OpenState | null> {
  const { config, disk = realDisk, clock = realClock, random = realRandom } = options;
  const copyOf = stateFileOf(pair, config);
  if (!(await isThere(copyOf, disk))) return null;
  return openState({ path: ':memory:', copyOf, pair: pairIdOf(pair, config), clock, random });
}
