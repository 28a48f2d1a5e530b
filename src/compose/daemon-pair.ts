/** One folder pair as the daemon runs it: opened once, then looked at and synced piece by piece until it is closed. */
import type { Pair } from '../config/config.ts';
import type { RemoteId } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { pairFolderOf, runCycle } from '../cycle.ts';
import type { CycleEvent } from '../cycle.ts';
import type { ListedFolder } from '../daemon/poll-schedule.ts';
import type { OpenPair, PairFacts, SyncedPair } from '../daemon/synced-pair.ts';
import { endingWith } from '../execute/ending.ts';
import type { FolderWatch, OpenFolderWatch } from '../local/watcher.ts';
import type { Clock } from '../ports.ts';
import { showsAll } from '../remote/listing.ts';
import type { OpenState } from '../state/open-state.ts';
import { contextOf, readyRoots, tidyUp } from './pair-world.ts';
import type { PairWorld } from './pair-world.ts';
import { knownRoot, recheckRoots } from './roots.ts';

export interface DaemonWorld extends PairWorld {
  readonly openWatch: OpenFolderWatch;
}

const tidyEveryMs = 3_600_000;
/** A daemon that is killed remembers its last success to within this time. */
const successKeptEveryMs = 60_000;

export function daemonPair(pair: Pair, world: DaemonWorld): SyncedPair {
  return {
    name: pair.name,
    local: pair.local,
    remote: pair.remote,
    async open(onHint) {
      const roots = await readyRoots(pair, world);
      const watch = world.openWatch(roots.root, onHint);
      try {
        return opened(roots, watch, world);
      } catch (error) {
        watch.close();
        throw error;
      }
    },
  };
}

type Roots = Awaited<ReturnType<typeof readyRoots>>;

function opened(roots: Roots, watch: FolderWatch, world: DaemonWorld): OpenPair {
  const { state } = roots;
  const { clock } = world;
  let listen: (event: CycleEvent) => void = () => undefined;
  let listed: ListedFolder[] = [];
  let tidiedMs = clock.monotonic();
  const success = new LastSuccess(state, clock);
  const context = contextOf(roots, world, {
    identity: knownRoot(state)?.identity,
    onEvent: (event) => {
      if (event.kind !== 'observing') listen(event);
    },
    beforeReading: (folder) => watch.cover(folder),
    mayPass: (folder) => watch.covers(folder),
    onListing: (listing, isNews) =>
      listed.push({ folder: listing.folder, children: listing.folders, isNews, hidesSome: !showsAll(listing) }),
  });
  return {
    root: pairFolderOf(state),
    wasSwept: state.countEntries() > 0 && state.facts.get('lastSweepMs') !== null,
    async pass(look, { checksHost, onEvent, onListed, news, ending }) {
      if ((await recheckRoots(roots, checksHost)) === 'anew') return 'anew';
      if (clock.monotonic() - tidiedMs > tidyEveryMs) {
        tidiedMs = clock.monotonic();
        await tidyUp(roots, world);
      }
      const worked = new Set<RemoteId>();
      listen = (event) => {
        onEvent(event);
        if (event.kind === 'done') for (const folder of foldersOf(event.operation, state)) worked.add(folder);
      };
      const isScan = look.local === 'everything';
      if (isScan) watch.beginRound();
      listed = [];
      success.keep(); // what the pass writes down comes after it
      const own = endingWith(context.signal);
      ending.addEventListener('abort', own.end, { once: true });
      if (ending.aborted) own.end();
      const result = await runCycle({ ...context, news, signal: own.signal }, look).finally(own.end);
      if (isScan) watch.endRound();
      // Where somebody works here, somebody may work there too. Our own closing looks have listed these folders.
      for (const folder of worked) {
        const hidesSome = state.view.remote(folder)?.unlisted !== false;
        listed.push({ folder, children: [], isNews: true, hidesSome });
      }
      onListed(listed);
      listed = [];
      return result;
    },
    async list(folders) {
      listed = [];
      const { failed } = await context.observer.relist(folders);
      return { listed, failed };
    },
    folders: () => state.remoteTree.folders(),
    beginSweep: () => state.remoteTree.beginSweep(),
    async endSweep(number) {
      for (const _ of state.remoteTree.endSweepInSteps(number)) await clock.sleep(0);
      state.facts.set('lastSweepMs', String(clock.now()));
    },
    watching: () => ({ folders: watch.folders, trouble: watch.trouble }),
    facts: () => factsOf(state, success.ms),
    noteSuccess: () => success.note(),
    close() {
      success.keep();
      watch.close();
    },
  };
}

/** Folders of the host that the operation has put something into, or made. */
function foldersOf(operation: Operation, { view }: OpenState): readonly RemoteId[] {
  const isThere = operation.kind === 'upload' || (operation.kind === 'createFolder' && operation.side === 'remote');
  if (!isThere) return [];
  const entries = operation.kind === 'upload' ? [operation.to.parent] : [operation.to.parent, operation.entry];
  return entries.flatMap((entry) => view.remoteOf(entry)?.id ?? []);
}

/** Passes write down themselves that they went well. In between it is known each second, and written down now and then. */
class LastSuccess {
  readonly #state: OpenState;
  readonly #clock: Clock;
  #notedMs: number | null = null;
  #keptMs = -Infinity;

  constructor(state: OpenState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** `null`: never. */
  get ms(): number | null {
    const kept = this.#state.facts.get('lastSuccessMs');
    return this.#notedMs ?? (kept === null ? null : Number(kept));
  }

  note(): void {
    this.#notedMs = this.#clock.now();
    if (this.#clock.monotonic() - this.#keptMs >= successKeptEveryMs) this.keep();
  }

  keep(): void {
    if (this.#notedMs === null) return;
    this.#keptMs = this.#clock.monotonic();
    this.#state.facts.set('lastSuccessMs', String(this.#notedMs));
    this.#notedMs = null;
  }
}

function factsOf(state: OpenState, lastSuccessMs: number | null): PairFacts {
  const lastSweep = state.facts.get('lastSweepMs');
  const problems = state.problems();
  const next = problems.map(({ nextTryMs }) => nextTryMs).filter((ms) => ms > 0);
  return {
    entries: state.countEntries(),
    lastSuccessMs,
    lastSweepMs: lastSweep === null ? null : Number(lastSweep),
    held: state.heldRemovals().length,
    problems: problems.map(({ path, code, detail }) => ({ path, code, detail })),
    nextTryMs: next.length === 0 ? null : Math.min(...next),
  };
}
