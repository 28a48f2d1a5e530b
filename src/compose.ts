/**
 * Builds the real adapters and wires them. The one place that knows all rooms; decides nothing about files.
 */
import type { RemoteId } from './core/entry.ts';
import type { Operation } from './core/operation.ts';
import { Reviewed } from './core/reviewed.ts';
import type { ReviewedStep } from './core/reviewed.ts';
import type { UndoAct } from './core/undo.ts';
import type { RelPath } from './core/path.ts';
import { importUrl, linkTo } from './compose/addresses.ts';
import type { Imported, ImportOptions, Linked } from './compose/addresses.ts';
import { CallTally, closeWith } from './compose/call-tally.ts';
import { lenderOf } from './compose/control.ts';
import { openHost } from './compose/open-host.ts';
import { beginInFolder, contextOf, keeperOf, openPairState, readyRoots, rootsOf } from './compose/pair-world.ts';
import type { EngineOptions, ObserveProgress, PairWorld, Seams, World } from './compose/pair-world.ts';
import { previewOf } from './compose/preview.ts';
import type { Preview } from './compose/preview.ts';
import { refusedSignIn } from './compose/refused-sign-in.ts';
import { lockFileOf, makeStateDir, pairIdOf, stateFileOf } from './compose/state-files.ts';
import { notingStop } from './compose/last-stop.ts';
import { takeRootLock } from './compose/root-lock.ts';
import { adoptRoot, inspectAdopted, inspectRoots, judgeAdoption, knownRoot, seenRoot } from './compose/roots.ts';
import type { RootsOptions } from './compose/roots.ts';
import { verify } from './compose/verify.ts';
import type { Verified, VerifyOptions } from './compose/verify.ts';
import { previewUndo, undoWish } from './compose/undo.ts';
import type { Undone, UndoOptions, UndoPreview } from './compose/undo.ts';
import type { Pair } from './config/config.ts';
import { runCycle } from './cycle.ts';
import type { CycleContext, CycleEvent, CycleResult, LocalNews, Wish } from './cycle.ts';
import { hasCode, SyncError } from './errors.ts';
import type { RootVerdict } from './local/marker.ts';
import type { Remote, Transport } from './ports.ts';
import type { Addresses } from './remote/addresses.ts';
import type { Lender } from './remote/session.ts';
import { isDatabaseFile } from './state/database.ts';
import { takeLock } from './state/lock.ts';
import type { Lock } from './state/lock.ts';
import { openState } from './state/open-state.ts';
import type { OpenState } from './state/open-state.ts';
import { realClock } from './system/clock.ts';
import { realDisk } from './system/disk.ts';
import { realRandom } from './system/random.ts';

export interface RunOptions {
  readonly onEvent: (event: CycleEvent | ObserveProgress) => void;
  /** What happens on the disk while the pass is under way, for it to give way to; left out where nobody watches. */
  readonly news?: LocalNews;
}

export interface ApplyOptions extends RunOptions, Pick<Preview, 'steps' | 'conflictMade'> {
  /** A person agreed to the removals in it that the brake held back. */
  readonly withHeld: boolean;
}

export interface Applied {
  readonly result: CycleResult;
  readonly steps: readonly ReviewedStep[];
  /** What is to be done now beside the plan. */
  readonly beyond: readonly Operation[];
}

/** What stands in the place of a pair's local folder, and what comes of it where it is taken for the pair's. */
export interface Adoption {
  readonly verdict: RootVerdict;
  /** `null`: there is nothing to adopt, it is the pair's already. */
  readonly preview: Preview | null;
}

export interface PairEngine {
  readonly pair: Pair;
  /** One full pass. Rejects with a `SyncError` for what stops the pair as a whole. */
  runOnce(options: RunOptions): Promise<CycleResult>;
  /** What a pass would do. Changes nothing on either side, nor in the state. */
  preview(options: RunOptions): Promise<Preview>;
  /** A pass that does nothing but these steps, and those only of which all is as they say. */
  apply(options: ApplyOptions): Promise<Applied>;
  /** What of a run can be taken back. Changes nothing on either side, nor in the state. */
  previewUndo(options: UndoOptions): Promise<UndoPreview>;
  /** Takes back what was shown, as far as all is still so, in a pass that carries it over. Rejects as `runOnce` does. */
  undo(
    options: UndoOptions & RunOptions & { readonly shown: readonly UndoAct[] },
  ): Promise<Undone & { readonly result: CycleResult }>;
  /** Whether both sides are equal. Changes nothing on either side, nor in the state. */
  verify(options: VerifyOptions): Promise<Verified>;
  /** Has the host fetch a web address into the pair's folder there; the next pass brings it here. */
  importUrl(options: ImportOptions): Promise<Imported>;
  /** The address of a file or folder on the host. */
  linkTo(path: RelPath): Promise<Linked>;
  /** Whether the local folder needs adopting, and what the first pass with it would do. Changes nothing. */
  lookAtAdoption(options: RunOptions): Promise<Adoption>;
  /** Takes the local folder, whosever marker it has, for this pair's: the next pass is a first sync, a union. */
  adopt(): Promise<void>;
}

export interface Engine {
  readonly pairs: readonly PairEngine[];
  /** Gives the token and the lock back. */
  close(): Promise<void>;
}

export interface OpenOptions extends EngineOptions {
  /** The pairs are only looked at, on copies of their states: that may be done beside the daemon, with its sign-in. */
  readonly isLook?: boolean;
}

/** Takes the lock of the state directory and opens what the pairs need. Rejects with `state/…`. Nothing is sent yet. */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const { config, log, signal, isLook } = options;
  const { clock, random, disk, transport: givenTransport }: Partial<Seams> = options.seams ?? {};
  const world = { clock: clock ?? realClock, random: random ?? realRandom, disk: disk ?? realDisk };
  await makeStateDir(config.stateDir, world.disk);
  const held = await takeLock(lockFileOf(config), options.process, world.disk).catch(async (error: unknown) => {
    const lender = isLook === true && hasCode(error, 'state/locked') ? await lenderOf(config) : null;
    if (lender === null) throw error;
    return { lender, release: () => undefined };
  });
  try {
    return assemble({ ...options, ...world, log, signal, lock: held, givenTransport });
  } catch (error) {
    held.release();
    throw error;
  }
}

function assemble(options: World & { readonly lock: Held; readonly givenTransport: Transport | undefined }): Engine {
  const { config, lock, givenTransport } = options;
  const states = new Map<Pair, OpenState>();
  const copies = new Map<Pair, OpenState>();
  const opened = (pair: Pair): Promise<OpenState> => openPairState(pair, options, states);
  const tally = new CallTally(options.clock);
  const host = openHost({
    ...options,
    transport: givenTransport,
    around: (transport) => tally.around(transport),
    lender: lock.lender,
    refused: refusedSignIn(config.credentials, {
      open: () => [...states.values(), ...copies.values()],
      // a look ahead works on copies and leaves the states alone, but for this: it must outlive the look
      closed: () => [...copies.keys()].filter((pair) => !states.has(pair)).flatMap((pair) => reopen(pair, options)),
    }),
  });
  const rootLocks = new Map<string, Lock>();
  let isClosed = false;
  const lockRoot = async (root: string): Promise<void> => {
    if (rootLocks.has(root)) return;
    const taken = await takeRootLock(root, options.process, options.disk);
    if (isClosed) {
      taken.release(); // nobody would give it back
      throw new SyncError('stopped');
    }
    rootLocks.set(root, taken);
  };
  return {
    pairs: config.pairs.map((pair) =>
      pairEngine(pair, {
        ...options,
        remote: host.remote,
        addresses: host.remote,
        opened,
        known: (one) => states.get(one),
        copies,
        lockRoot,
      }),
    ),
    async close() {
      isClosed = true;
      await host.close();
      for (const held of rootLocks.values()) held.release();
      for (const state of states.values()) closeWith(tally, state);
      lock.release();
    },
  };
}

/** The lock, or the leave of who has it. */
type Held = Pick<Lock, 'release'> & { readonly lender?: Lender };

interface PassWorld extends PairWorld {
  readonly addresses: Addresses;
  /** The state that is open, if one is. */
  readonly known: (pair: Pair) => OpenState | undefined;
  /** What looks ahead work on, as long as they last. */
  readonly copies: Map<Pair, OpenState>;
}

function pairEngine(pair: Pair, world: PassWorld): PairEngine {
  return {
    pair,
    runOnce({ onEvent, news }) {
      const facts = () => world.known(pair)?.facts ?? null;
      return notingStop(facts, world.clock, async () => {
        const roots = await readyRoots(pair, world);
        const context = contextOf(roots, world, { onEvent, identity: knownRoot(roots.state)?.identity });
        return runCycle(news === undefined ? context : { ...context, news });
      });
    },
    async apply({ steps, withHeld, conflictMade, onEvent }) {
      const reviewed = new Reviewed(steps, withHeld);
      const told: RunOptions['onEvent'] = (event) => {
        reviewed.note(event);
        onEvent(event);
      };
      const roots = await readyRoots(pair, world);
      const context = contextOf(roots, world, { onEvent: told, identity: knownRoot(roots.state)?.identity });
      const wish: Wish = {
        agrees: (removal) => reviewed.agrees(removal),
        choose: (plan, view) => reviewed.choose(plan, view),
      };
      const result = await runCycle({ ...context, conflictMade: () => conflictMade, wish });
      return { result, steps: reviewed.outcome(), beyond: reviewed.beyond };
    },
    previewUndo: (options) =>
      onCopy(pair, world, { onEvent: () => undefined, inspect: inspectRoots }, (context, roots) =>
        previewUndo(context, keeperOf(roots, world.random), options),
      ),
    async undo({ onEvent, ...options }) {
      const roots = await readyRoots(pair, world);
      const context = contextOf(roots, world, { onEvent, identity: knownRoot(roots.state)?.identity });
      const { wish, outcome } = undoWish(context, keeperOf(roots, world.random), options);
      const result = await runCycle({ ...context, wish });
      return { result, ...outcome() };
    },
    preview: ({ onEvent }) =>
      onCopy(pair, world, { onEvent, inspect: inspectRoots }, (context) => previewOf(pair, context)),
    verify: (options) =>
      onCopy(pair, world, { onEvent: () => undefined, inspect: inspectRoots }, (context) => verify(context, options)),
    importUrl: (options) =>
      onCopy(pair, world, { onEvent: () => undefined, inspect: inspectRoots }, (context) =>
        importUrl({ ...context, addresses: world.addresses }, options),
      ),
    linkTo: (path) =>
      onCopy(pair, world, { onEvent: () => undefined, inspect: inspectRoots }, (context) =>
        linkTo({ ...context, addresses: world.addresses }, path),
      ),
    async lookAtAdoption({ onEvent }) {
      const state = openPreviewState(pair, world);
      const verdict = await rootsOf(pair, state, world)
        .then(judgeAdoption)
        .finally(() => state.close());
      if (verdict.kind === 'ok') return { verdict, preview: null };
      const look = { onEvent, inspect: inspectAdopted };
      return { verdict, preview: await onCopy(pair, world, look, (context) => previewOf(pair, context)) };
    },
    async adopt() {
      await beginInFolder(pair, world);
      const roots = await rootsOf(pair, await world.opened(pair), world);
      await judgeAdoption(roots);
      await adoptRoot(roots);
    },
  };
}

/** Looks ahead on a copy of the state: whatever `act` records, the state itself is not changed, nor anything on either side. */
async function onCopy<T>(
  pair: Pair,
  world: PassWorld,
  { onEvent, inspect }: RunOptions & { readonly inspect: typeof inspectRoots },
  act: (context: CycleContext, roots: RootsOptions) => Promise<T>,
): Promise<T> {
  const state = openPreviewState(pair, world);
  world.copies.set(pair, state);
  try {
    const roots = await rootsOf(pair, state, world);
    const there = await inspect(roots);
    if (!state.initialised) state.initialise({ remoteRoot: there ?? missingFolder, rootSeen: await seenRoot(roots) });
    const remote = there === null ? withoutFolder(world.remote) : world.remote;
    return await act(contextOf(roots, { ...world, remote }, { onEvent }), roots);
  } finally {
    world.copies.delete(pair);
    state.close();
  }
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
