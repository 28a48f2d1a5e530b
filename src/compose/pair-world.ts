/** One folder pair, wired to its disk, its host and its state: what a single pass and the daemon have in common. */
import { believe, nothingBelieved } from '../core/believed-time.ts';
import type { BelievedTime } from '../core/believed-time.ts';
import { conflictMade } from '../core/conflict.ts';
import type { Identity } from '../core/entry.ts';
import { buildIgnoreRules, OWN_FOLDER } from '../core/ignore.ts';
import type { RelPath } from '../core/path.ts';
import type { Config, Env, Pair } from '../config/config.ts';
import type { CycleContext, CycleEvent } from '../cycle.ts';
import { hasCode } from '../errors.ts';
import { makeAbsences } from '../execute/absences.ts';
import { Asked } from '../execute/asked.ts';
import { withTrueBirthTimes } from '../local/birth-times.ts';
import { createLocalFiles } from '../local/files.ts';
import { localError } from '../local/disk-errors.ts';
import type { Keeper } from '../local/own-folder.ts';
import { makeOwnRoom } from '../local/own-room.ts';
import type { ScanProgress } from '../local/scanner.ts';
import { purgeTrash, sweepIncoming } from '../local/trash.ts';
import type { Log } from '../log.ts';
import type { Clock, Disk, Random, Remote, RemoteListing, Transport } from '../ports.ts';
import { LARGE } from '../execute/slots.ts';
import type { SweepProgress } from '../remote/listing.ts';
import { openState } from '../state/open-state.ts';
import type { OpenState } from '../state/open-state.ts';
import { setAside } from '../state/set-aside.ts';
import { createHasher } from '../system/hasher.ts';
import { makeLeftOut, makeObserver } from './observer.ts';
import { markPass, prepareRoots, resolveRoot } from './roots.ts';
import type { RootsOptions } from './roots.ts';
import { isThere, makeSidecarsWritable, makeStateDir, pairIdOf, stateFileOf } from './state-files.ts';

/** What a test puts in the place of the real world. */
export interface Seams {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly transport: Transport;
  /** See `CycleSettings.portion`. */
  readonly portion: number;
  /** See `CycleSettings.largeFrom`. */
  readonly largeFrom: number;
}

export interface EngineOptions {
  readonly config: Config;
  readonly log: Log;
  readonly env: Env;
  /** Name of this computer, as conflict copies carry it. */
  readonly computer: string;
  readonly process: { readonly pid: number; readonly command: string };
  readonly signal: AbortSignal;
  readonly seams?: Partial<Seams>;
}

export interface ObserveProgress {
  readonly kind: 'observing';
  readonly local?: ScanProgress;
  readonly remote?: SweepProgress;
}

export interface World extends EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
}

export interface PairWorld extends World {
  readonly remote: Remote;
  readonly opened: (pair: Pair) => Promise<OpenState>;
  /** Keeps every other process out of the folder; does nothing where that is done. Rejects with `state/locked`. */
  readonly lockRoot: (root: string) => Promise<void>;
}

/** What may be heard of the looks, beside what becomes of them. */
export interface LookHooks {
  readonly onEvent: (event: CycleEvent | ObserveProgress) => void;
  /** Who the local folder was when its marker was read; a look ahead does not mind. */
  readonly identity?: Identity | undefined;
  /** Of each folder on the disk that is about to be read. */
  readonly beforeReading?: (folder: RelPath) => void;
  /** Whether a known folder below one that is read need not be read too. */
  readonly mayPass?: (folder: RelPath) => boolean;
  /** Of each listing of the host, once it was taken over. */
  readonly onListing?: (listing: RemoteListing, isNews: boolean) => void;
}

/** Opens the state, makes sure that both roots are this pair's, and clears up what earlier runs left. Rejects with what stops the pair. */
export async function readyRoots(pair: Pair, world: PairWorld): Promise<RootsOptions> {
  await beginInFolder(pair, world);
  const state = await world.opened(pair);
  const roots = await rootsOf(pair, state, world);
  await prepareRoots(roots);
  await world.lockRoot(roots.root);
  const disk = await diskOf(roots, world);
  await tidyUp(roots, world);
  return { ...roots, disk };
}

async function diskOf({ root }: RootsOptions, { disk, clock }: World): Promise<Disk> {
  const folder = `${root}/${OWN_FOLDER}`;
  try {
    return await withTrueBirthTimes(disk, clock, folder);
  } catch (error) {
    throw localError(error, folder, 'write');
  }
}

/**
 * Another state directory has another lock: what both would work on is the folder itself. And a state on a full disk cannot be opened:
 * what fills it may be a download that was cut, so that goes first. Does nothing where the folder was never synced.
 */
export async function beginInFolder(pair: Pair, { disk, random, clock, lockRoot }: PairWorld): Promise<void> {
  const root = await resolveRoot(pair.local, disk).catch(() => null); // what is wrong with it, those who need it say
  if (root === null || !(await isThere(`${root}/${OWN_FOLDER}`, disk))) return;
  await lockRoot(root);
  await makeOwnRoom({ root, disk, random, now: () => clock.now() });
}

/** What earlier runs left in `.yetisync`: files caught between two names, downloads that nobody goes on with, trash past its time. */
export async function tidyUp(roots: RootsOptions, { config, random }: World): Promise<void> {
  const { root, clock, state } = roots;
  const keeper = keeperOf(roots, random);
  const { believedMs } = believeNow(state, clock);
  state.forgetFormer(believedMs - config.trashKeepMs);
  try {
    await sweepIncoming(keeper, INCOMING_KEPT_MS);
    await purgeTrash({ ...keeper, now: () => believedMs }, config.trashKeepMs);
  } catch (error) {
    throw localError(error, `${root}/${OWN_FOLDER}`, 'write');
  }
}

/** What goes for good goes by this time, which is kept with the state: one wrong hour of the clock must not empty the trash. */
function believeNow(state: OpenState, clock: Clock): BelievedTime {
  const [believedMs, doubtedMs = null] = (state.facts.get('believedTime') ?? '0').split(' ').map(Number);
  const isKnown = Number.isFinite(believedMs) && (doubtedMs === null || Number.isFinite(doubtedMs));
  const before = isKnown && believedMs !== undefined ? { believedMs, doubtedMs } : nothingBelieved;
  const time = believe(before, clock.now());
  state.facts.set('believedTime', [time.believedMs, ...(time.doubtedMs === null ? [] : [time.doubtedMs])].join(' '));
  return time;
}

/** What is kept in `.yetisync` is reached by this. */
export function keeperOf({ root, disk, clock }: RootsOptions, random: Random): Keeper {
  return { root, disk, random, now: () => clock.now() };
}

/** Everything that a pass of the pair needs. The rules are as the state has them, and kept in step by the looks. */
export function contextOf(roots: RootsOptions, world: PairWorld, hooks: LookHooks): CycleContext {
  const { config, clock, random, signal, computer } = world;
  const { state, root, pair, disk } = roots;
  const { onEvent, identity } = hooks;
  const log = world.log.child({ pair: pair.name });
  const place = { root, ...(identity === undefined ? {} : { identity }) };
  const files = createLocalFiles({
    ...place,
    disk,
    clock,
    random,
    createHasher,
    reserveDiskBytes: config.reserveDiskBytes,
  });
  const { rules, problems } = buildIgnoreRules({
    excluded: pair.exclude,
    config: config.ignore,
    files: state.localTree.ignoreFiles(),
  });
  for (const { rule, detail } of problems) log.warn('ignore rule is not valid', { ...rule, detail });
  const ignoredIn = makeLeftOut(state.view, rules, pair.exclude);
  const absences = makeAbsences({ state, remote: world.remote, clock, signal, ignoredIn });
  const remote: Remote = {
    ...world.remote,
    list: async (folder, options) => absences.whole(await world.remote.list(folder, options)),
  };
  const observer = makeObserver({
    ...place,
    disk,
    clock,
    state,
    files,
    remote,
    rules,
    ignoredIn,
    parallel: LISTINGS_AT_ONCE,
    signal,
    onProgress: (progress) => onEvent({ kind: 'observing', ...progress }),
    ...(hooks.beforeReading === undefined ? {} : { beforeReading: hooks.beforeReading }),
    ...(hooks.mayPass === undefined ? {} : { mayPass: hooks.mayPass }),
    ...(hooks.onListing === undefined ? {} : { onListing: hooks.onListing }),
  });
  return {
    state,
    remote,
    files,
    observer,
    absences,
    asked: new Asked(),
    clock,
    random,
    newHasher: createHasher,
    log,
    signal,
    settings: {
      settleMs: config.settleMs,
      uploads: config.limits.uploads,
      downloads: config.limits.downloads,
      holdRemovals: config.holdRemovals,
      computer: plainName(computer),
      portion: world.seams?.portion ?? PORTION,
      largeFrom: world.seams?.largeFrom ?? LARGE,
    },
    isIgnored: (path, kind) => rules.test(path, kind).ignored,
    ignoredIn,
    conflictMade: () => conflictMade(localTime(clock.now()), computer),
    async beforeChanges() {
      await makeOwnRoom({ root, disk, random, now: () => clock.now() });
      await markPass(roots);
    },
    onEvent,
  };
}

const LISTINGS_AT_ONCE = 8;
/** As much as takes some ten megabytes while it is decided: far more than most passes have, and far less than a first one may. */
const PORTION = 20_000;
/** A download that nobody took up again for so long begins anew. */
const INCOMING_KEPT_MS = 7 * 86_400_000;

export async function rootsOf(pair: Pair, state: OpenState, world: PairWorld): Promise<RootsOptions> {
  const { disk, clock, random, remote, signal, config } = world;
  const root = await resolveRoot(pair.local, disk);
  return {
    pair,
    pairId: pairIdOf(pair, config),
    root,
    disk,
    clock,
    random,
    state,
    remote,
    signal,
    log: world.log.child({ pair: pair.name }),
  };
}

/**
 * A damaged state is set aside and begun anew by the rules of a first sync: nothing is removed. `states`: those that are open. `isBusy`: others
 * want to be heard while a large one is looked through.
 */
export async function openPairState(
  pair: Pair,
  world: World,
  states: Map<Pair, OpenState>,
  { isBusy = false } = {},
): Promise<OpenState> {
  const known = states.get(pair);
  if (known !== undefined) return known;
  const { config, disk, clock, random, log } = world;
  const path = stateFileOf(pair, config);
  await makeStateDir(path.slice(0, path.lastIndexOf('/')), disk);
  await makeSidecarsWritable(path, disk);
  const open = (isFoundSound = false): OpenState =>
    openState({ path, pair: pairIdOf(pair, config), random, clock, isFoundSound });
  let state: OpenState;
  try {
    state = open(isBusy && (await isSound(path, disk)));
  } catch (error) {
    if (!hasCode(error, 'state/corrupt')) throw error;
    const aside = await setAside(path, { disk, clock });
    log.warn('state was damaged: set aside, the next pass is a first sync', { aside, error });
    state = open();
  }
  states.set(pair, state);
  return state;
}

/** Read when it is needed: no single pass begins a thread. */
async function isSound(path: string, disk: Disk): Promise<boolean> {
  const [{ isFoundSound }, { inThread }] = await Promise.all([
    import('../state/sound-beside.ts'),
    import('../system/thread.ts'),
  ]);
  return isFoundSound(path, { disk, inThread });
}

/** `2026-11-22 14-03-05`, in the time of this computer: as the person's own clock says. */
function localTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`;
}

function plainName(computer: string): string {
  return computer.replace(/[^A-Za-z0-9]+/g, '').slice(0, 20) || 'computer';
}
