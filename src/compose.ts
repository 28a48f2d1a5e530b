/**
 * Builds the real adapters and wires them. The one place that knows all rooms; decides nothing about files.
 */
import { conflictMade } from './core/conflict.ts';
import type { Identity, LocalSeen, RemoteId } from './core/entry.ts';
import { buildIgnoreRules, OWN_FOLDER } from './core/ignore.ts';
import type { Problem, Operation } from './core/operation.ts';
import type { Removal } from './core/guard.ts';
import { localNameFor } from './core/names.ts';
import { joinPath, parentOf } from './core/path.ts';
import type { RelPath } from './core/path.ts';
import { makeLeftOut, makeObserver } from './compose/observer.ts';
import { openHost } from './compose/open-host.ts';
import { refusedSignIn } from './compose/refused-sign-in.ts';
import { isThere, lockFileOf, makeStateDir, pairIdOf, stateFileOf } from './compose/state-files.ts';
import { inspectRoots, knownRoot, prepareRoots, raiseCounter, resolveRoot } from './compose/roots.ts';
import type { RootsOptions } from './compose/roots.ts';
import type { Config, Env, Pair } from './config/config.ts';
import { previewCycle, runCycle } from './cycle.ts';
import type { CycleContext, CycleEvent, CycleResult } from './cycle.ts';
import { hasCode } from './errors.ts';
import { withTrueBirthTimes } from './local/birth-times.ts';
import { createLocalFiles } from './local/files.ts';
import { seenOf } from './local/seen.ts';
import { purgeTrash, sweepIncoming } from './local/trash.ts';
import type { ScanProgress } from './local/scanner.ts';
import type { Log } from './log.ts';
import type { Clock, Disk, Random, Remote, Transport } from './ports.ts';
import type { SweepProgress } from './remote/listing.ts';
import { isDatabaseFile } from './state/database.ts';
import { takeLock } from './state/lock.ts';
import type { Lock } from './state/lock.ts';
import { openState } from './state/open-state.ts';
import type { OpenState } from './state/open-state.ts';
import { setAside } from './state/set-aside.ts';
import { realClock } from './system/clock.ts';
import { realDisk } from './system/disk.ts';
import { createHasher } from './system/hasher.ts';
import { realRandom } from './system/random.ts';

/** What a test puts in the place of the real world. */
export interface Seams {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly transport: Transport;
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

export interface RunOptions {
  readonly onEvent: (event: CycleEvent | ObserveProgress) => void;
}

export interface Preview {
  /** Of the first round. */
  readonly operations: readonly Operation[];
  /** What the next round does with what these make: the copy of a conflict is a new file, which travels too. */
  readonly followUps: readonly FollowUp[];
  readonly held: readonly Removal[];
  readonly problems: readonly Problem[];
  readonly waiting: CycleResult['waiting'];
  /** Bytes that must be fetched and hashed because both sides have a file of one size and no common past. */
  readonly toCompareBytes: number;
}

export interface FollowUp {
  readonly kind: 'upload' | 'download';
  readonly path: RelPath;
  /** In bytes. */
  readonly size: number;
  /** The operation that it follows. */
  readonly after: Operation['number'];
}

export interface PairEngine {
  readonly pair: Pair;
  /** One full pass. Rejects with a `SyncError` for what stops the pair as a whole. */
  runOnce(options: RunOptions): Promise<CycleResult>;
  /** What a pass would do. Changes nothing on either side, nor in the state. */
  preview(options: RunOptions): Promise<Preview>;
}

export interface Engine {
  readonly pairs: readonly PairEngine[];
  /** Gives the token and the lock back. */
  close(): Promise<void>;
}

/** Takes the lock of the state directory and opens what the pairs need. Rejects with `state/…`. Nothing is sent yet. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { config, log, signal } = options;
  const { clock, random, disk, transport: givenTransport }: Partial<Seams> = options.seams ?? {};
  const world = { clock: clock ?? realClock, random: random ?? realRandom, disk: disk ?? realDisk };
  await makeStateDir(config.stateDir, world.disk);
  const lock = await takeLock(lockFileOf(config), options.process, world.disk);
  try {
    return assemble({ ...options, ...world, log, signal, lock, givenTransport });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface World extends EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
}

function assemble(options: World & { readonly lock: Lock; readonly givenTransport: Transport | undefined }): Engine {
  const { config, lock, givenTransport } = options;
  const states = new Map<Pair, OpenState>();
  const copies = new Map<Pair, OpenState>();
  const opened = (pair: Pair): Promise<OpenState> => openPairState(pair, options, states);
  const host = openHost({
    ...options,
    transport: givenTransport,
    refused: refusedSignIn(config.credentials, {
      open: () => [...states.values(), ...copies.values()],
      // a look ahead works on copies and leaves the states alone, but for this: it must outlive the look
      closed: () => [...copies.keys()].filter((pair) => !states.has(pair)).flatMap((pair) => reopen(pair, options)),
    }),
  });
  const rootLocks = new Map<string, Lock>();
  const lockRoot = async (root: string): Promise<void> => {
    if (rootLocks.has(root)) return;
    rootLocks.set(root, await takeLock(`${root}/${OWN_FOLDER}/lock.db`, options.process, options.disk));
  };
  return {
    pairs: config.pairs.map((pair) => pairEngine(pair, { ...options, remote: host.remote, opened, copies, lockRoot })),
    async close() {
      await host.close();
      for (const held of rootLocks.values()) held.release();
      for (const state of states.values()) state.close();
      lock.release();
    },
  };
}

interface PairWorld extends World {
  readonly remote: Remote;
  readonly opened: (pair: Pair) => Promise<OpenState>;
  /** What looks ahead work on, as long as they last. */
  readonly copies: Map<Pair, OpenState>;
  /** Keeps every other process out of the folder; does nothing where that is done. Rejects with `state/locked`. */
  readonly lockRoot: (root: string) => Promise<void>;
}

function pairEngine(pair: Pair, world: PairWorld): PairEngine {
  return {
    pair,
    async runOnce({ onEvent }) {
      const state = await world.opened(pair);
      const roots = await rootsOf(pair, state, world);
      // Another state directory has another lock: what both would work on is the folder itself.
      if (await isThere(`${roots.root}/${OWN_FOLDER}`, world.disk)) await world.lockRoot(roots.root);
      await prepareRoots(roots);
      await world.lockRoot(roots.root);
      const disk = await withTrueBirthTimes(world.disk, world.clock, `${roots.root}/${OWN_FOLDER}`);
      await tidyUp(roots, world);
      return runCycle(contextOf({ ...roots, disk }, world, onEvent, knownRoot(state)?.identity));
    },
    async preview({ onEvent }) {
      const state = openPreviewState(pair, world);
      world.copies.set(pair, state);
      try {
        const roots = await rootsOf(pair, state, world);
        const there = await inspectRoots(roots);
        if (!state.initialised)
          state.initialise({ remoteRoot: there ?? missingFolder, rootSeen: await seenRoot(roots) });
        const remote = there === null ? withoutFolder(world.remote) : world.remote;
        const { plan, held, decisions, problems } = await previewCycle(contextOf(roots, { ...world, remote }, onEvent));
        const toCompareBytes = plan.operations.reduce((sum, op) => sum + (op.kind === 'compare' ? op.size : 0), 0);
        const { operations } = plan;
        const followUps = operations.flatMap((operation) => followUpOf(operation, state));
        return { operations, followUps, held, problems, waiting: decisions.waiting, toCompareBytes };
      } finally {
        world.copies.delete(pair);
        state.close();
      }
    },
  };
}

/** What earlier runs left in `.yetisync`: files caught between two names, downloads that nobody goes on with, trash past its time. */
async function tidyUp({ root, disk, clock }: RootsOptions, { config, random }: World): Promise<void> {
  const keeper = { root, disk, random, now: () => clock.now() };
  await sweepIncoming(keeper, INCOMING_KEPT_MS);
  await purgeTrash(keeper, config.trashKeepMs);
}

/** `identity`: who the local folder was when its marker was read; a look ahead does not mind. */
function contextOf(
  roots: RootsOptions,
  world: PairWorld,
  onEvent: RunOptions['onEvent'],
  identity?: Identity,
): CycleContext {
  const { config, clock, random, signal, computer, remote } = world;
  const { state, root, pair, disk } = roots;
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
  const { rules, problems } = buildIgnoreRules({ config: config.ignore, files: state.localTree.ignoreFiles() });
  for (const { rule, detail } of problems) log.warn('ignore rule is not valid', { ...rule, detail });
  const ignoredIn = makeLeftOut(state.view, rules, pair.exclude);
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
  });
  return {
    state,
    remote,
    files,
    observer,
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
    },
    isIgnored: (path, kind) => rules.test(path, kind).ignored,
    ignoredIn,
    conflictMade: () => conflictMade(localTime(clock.now()), computer),
    beforeChanges: () => raiseCounter(roots),
    onEvent,
  };
}

const LISTINGS_AT_ONCE = 8;
/** A download that nobody took up again for so long begins anew. */
const INCOMING_KEPT_MS = 7 * 86_400_000;

async function rootsOf(pair: Pair, state: OpenState, world: PairWorld): Promise<RootsOptions> {
  const { disk, clock, remote, signal, config } = world;
  const root = await resolveRoot(pair.local, disk);
  return {
    pair,
    pairId: pairIdOf(pair, config),
    root,
    disk,
    clock,
    state,
    remote,
    signal,
    log: world.log.child({ pair: pair.name }),
  };
}

async function seenRoot({ disk, root }: RootsOptions): Promise<LocalSeen> {
  return seenOf(await disk.lstat(root));
}

/** A damaged state is set aside and begun anew by the rules of a first sync: nothing is removed. */
async function openPairState(pair: Pair, world: World, states: Map<Pair, OpenState>): Promise<OpenState> {
  const known = states.get(pair);
  if (known !== undefined) return known;
  const { config, disk, clock, random, log } = world;
  const path = stateFileOf(pair, config);
  await makeStateDir(path.slice(0, path.lastIndexOf('/')), disk);
  const open = (): OpenState => openState({ path, pair: pairIdOf(pair, config), random, clock });
  let state: OpenState;
  try {
    state = open();
  } catch (error) {
    if (!hasCode(error, 'state/corrupt')) throw error;
    const aside = await setAside(path, { disk, clock });
    log.warn('state was damaged: set aside, the next pass is a first sync', { aside, error });
    state = open();
  }
  states.set(pair, state);
  return state;
}

function followUpOf(operation: Operation, { view }: OpenState): readonly FollowUp[] {
  if (operation.kind !== 'conflictCopy') return [];
  const { number: after } = operation;
  const folder = parentOf(operation.path);
  if (operation.side === 'local') {
    const size = view.local(operation.local.node)?.size ?? 0;
    return [{ kind: 'upload', path: joinPath(folder, operation.localName), size, after }];
  }
  const name = localNameFor(operation.remoteName);
  const { size } = operation.remote;
  return name === null ? [] : [{ kind: 'download', path: joinPath(folder, name), size, after }];
}

/** The state of a pair that has one; of one that has none nothing can be remembered. */
function reopen(pair: Pair, { config, clock, random }: World): readonly OpenState[] {
  const path = stateFileOf(pair, config);
  return isDatabaseFile(path) ? [openState({ path, pair: pairIdOf(pair, config), clock, random })] : [];
}

function openPreviewState(pair: Pair, { config, clock, random }: PairWorld): OpenState {
  const path = stateFileOf(pair, config);
  const options = { path: ':memory:', pair: pairIdOf(pair, config), random, clock };
  try {
    return openState({ ...options, copyOf: path });
  } catch (error) {
    if (hasCode(error, 'state/corrupt', 'state/unwritable')) return openState(options); // none yet, or one that would be set aside
    throw error;
  }
}

const missingFolder = 'd-missing' as RemoteId;

/** The host as it will look once the pair's folder was made: empty. */
function withoutFolder(remote: Remote): Remote {
  return {
    ...remote,
    list: (folder, options) =>
      folder === missingFolder
        ? Promise.resolve({ folder, folders: [], files: [], unclear: [], complete: true })
        : remote.list(folder, options),
  };
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
