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
import type { OpenState } from '../state/open-state.ts';
import { contextOf, readyRoots, tidyUp } from './pair-world.ts';
import type { PairWorld } from './pair-world.ts';
import { knownRoot, recheckRoots } from './roots.ts';

export interface DaemonWorld extends PairWorld {
  readonly openWatch: OpenFolderWatch;
}

const tidyEveryMs = 3_600_000;

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
  const context = contextOf(roots, world, {
    identity: knownRoot(state)?.identity,
    onEvent: (event) => {
      if (event.kind !== 'observing') listen(event);
    },
    beforeReading: (folder) => watch.cover(folder),
    mayPass: (folder) => watch.covers(folder),
    onListing: ({ folder, folders }, isNews) => listed.push({ folder, children: folders, isNews }),
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
      const own = endingWith(context.signal);
      ending.addEventListener('abort', own.end, { once: true });
      if (ending.aborted) own.end();
      const result = await runCycle({ ...context, news, signal: own.signal }, look).finally(own.end);
      if (isScan) watch.endRound();
      // Where somebody works here, somebody may work there too. Our own closing looks have listed these folders.
      for (const folder of worked) listed.push({ folder, children: [], isNews: true });
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
    endSweep(number) {
      state.remoteTree.endSweep(number);
      state.facts.set('lastSweepMs', String(clock.now()));
    },
    watching: () => ({ folders: watch.folders, trouble: watch.trouble }),
    facts: () => factsOf(state),
    noteSuccess: () => state.facts.set('lastSuccessMs', String(clock.now())),
    close: () => watch.close(),
  };
}

/** Folders of the host that the operation has put something into, or made. */
function foldersOf(operation: Operation, { view }: OpenState): readonly RemoteId[] {
  const isThere = operation.kind === 'upload' || (operation.kind === 'createFolder' && operation.side === 'remote');
  if (!isThere) return [];
  const entries = operation.kind === 'upload' ? [operation.to.parent] : [operation.to.parent, operation.entry];
  return entries.flatMap((entry) => view.remoteOf(entry)?.id ?? []);
}

function factsOf(state: OpenState): PairFacts {
  const timeOf = (key: 'lastSuccessMs' | 'lastSweepMs'): number | null => {
    const value = state.facts.get(key);
    return value === null ? null : Number(value);
  };
  const problems = state.problems();
  const next = problems.map(({ nextTryMs }) => nextTryMs).filter((ms) => ms > 0);
  return {
    entries: state.countEntries(),
    lastSuccessMs: timeOf('lastSuccessMs'),
    lastSweepMs: timeOf('lastSweepMs'),
    held: state.heldRemovals().length,
    problems: problems.map(({ path, code, detail }) => ({ path, code, detail })),
    nextTryMs: next.length === 0 ? null : Math.min(...next),
  };
}
