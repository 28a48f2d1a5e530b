/**
 * Takes a run back beside a running daemon, which has state and sign-in to itself: works on a copy of the state and on the disk, as if the
 * person did it by hand, and the daemon carries it over to the host. The host is known as the daemon listed it last.
 *
 * RACE: where names are exchanged one item stands aside for a moment, out of sight. A daemon that looks just then takes it for removed and, a
 * moment later, for back under its new name: its version on the host goes to the trash there and is sent anew. Nothing is lost.
 */
import type { Config, Pair } from '../config/config.ts';
import { buildIgnoreRules } from '../core/ignore.ts';
import type { UndoAct } from '../core/undo.ts';
import { createLocalFiles } from '../local/files.ts';
import { scan } from '../local/scanner.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { createHasher } from '../system/hasher.ts';
import { realRandom } from '../system/random.ts';
import { resolveRoot } from './roots.ts';
import { copyState } from './state-copy.ts';
import { planOf, undoHere } from './undo.ts';
import type { Undone, UndoOptions, UndoPreview, UndoWorld } from './undo.ts';
import type { Keeper } from '../local/own-folder.ts';

export interface BesideOptions extends UndoOptions {
  readonly config: Config;
  readonly pair: Pair;
  readonly signal: AbortSignal;
}

/** What can be taken back. Changes nothing. Rejects with `local/root-missing`, `state/…`. */
export async function previewBeside(options: BesideOptions): Promise<UndoPreview> {
  const found = await onDisk(options, (world, keeper) => planOf(world, keeper, options));
  return found ?? { run: null, acts: [], refused: [] };
}

/** Does what was shown, as far as it is still right. Rejects likewise. */
export async function undoBeside(options: BesideOptions & { readonly shown: readonly UndoAct[] }): Promise<Undone> {
  const beforeChanges = (): Promise<void> => Promise.resolve();
  const came = await onDisk(options, (world, keeper) => undoHere(world, keeper, { ...options, beforeChanges }));
  return came ?? { acts: [], refused: [] };
}

/** `null`: the pair was never synced here. */
async function onDisk<T>(
  { config, pair, signal }: BesideOptions,
  act: (world: UndoWorld, keeper: Keeper) => Promise<T>,
): Promise<T | null> {
  const [clock, disk, random] = [realClock, realDisk, realRandom];
  const root = await resolveRoot(pair.local, disk);
  const state = await copyState(pair, { config });
  if (state === null) return null;
  try {
    const { rules } = buildIgnoreRules({
      excluded: pair.exclude,
      config: config.ignore,
      files: state.localTree.ignoreFiles(),
    });
    const { reserveDiskBytes } = config;
    const files = createLocalFiles({ root, disk, clock, random, createHasher, reserveDiskBytes });
    await scan({ root, disk, clock, tree: state.localTree, files, rules, signal });
    return await act({ state, files, clock, signal }, { root, disk, random, now: () => clock.now() });
  } finally {
    state.close();
  }
}
