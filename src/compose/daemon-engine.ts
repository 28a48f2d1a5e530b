/**
 * What the daemon holds as long as it runs: the lock of the state directory and one sign-in for all pairs; and, until the config is
 * read again, the pairs themselves with their states.
 */
import type { RelPath } from '../core/path.ts';
import type { Config, Pair } from '../config/config.ts';
import type { LentToken } from '../daemon/control-schema.ts';
import type { SyncedPair } from '../daemon/synced-pair.ts';
import { SyncError } from '../errors.ts';
import { openWatcher, queuedEventsOf } from '../local/watcher.ts';
import type { AccountLimits, HeldRemoval, Remote } from '../ports.ts';
import { takeLock } from '../state/lock.ts';
import type { Lock } from '../state/lock.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { CallTally, closeWith } from './call-tally.ts';
import { daemonPair } from './daemon-pair.ts';
import { decideIn } from './held.ts';
import { openHost } from './open-host.ts';
import type { OpenHost } from './open-host.ts';
import { openPairState } from './pair-world.ts';
import type { EngineOptions, Seams, World } from './pair-world.ts';
import { refusedSignIn } from './refused-sign-in.ts';
import { lockFileOf, makeStateDir } from './state-files.ts';
import { takeRootLock } from './root-lock.ts';

export interface DaemonEngine {
  /** Opens the pairs of a config, until they are closed. Only one set of them may be open at a time. */
  openPairs(config: Config, signal: AbortSignal): Promise<OpenPairs>;
  /** The token of the session, for a command of the same user. `ended`: what was lent to it before. Rejects as a sign-in does. */
  lend(ended: string | null): Promise<LentToken>;
  /** Gives the token and the lock back. */
  close(): Promise<void>;
}

export interface OpenPairs {
  readonly pairs: readonly SyncedPair[];
  decideHeld(
    verdict: 'approve' | 'reject',
    within: RelPath | undefined,
  ): readonly { readonly pair: Pair; readonly removals: readonly HeldRemoval[] }[];
  /** To be called when nothing works on them any more. */
  close(): void;
}

export interface DaemonEngineOptions extends EngineOptions {
  /** At each call of the host's API. */
  readonly onCall: () => void;
}

const limitsKeptMs = 10 * 60_000;

/** Takes the lock. Rejects with `state/…`. Nothing is sent yet. */
export async function openDaemonEngine(options: DaemonEngineOptions): Promise<DaemonEngine> {
  const { config, seams = {} } = options;
  const world = { ...options, ...worldOf(seams) };
  await makeStateDir(config.stateDir, world.disk);
  const lock = await takeLock(lockFileOf(config), options.process, world.disk);
  const queuedEvents = await queuedEventsOf(world.disk);
  const states = new Map<Pair, OpenState>();
  const tally = new CallTally(world.clock);
  let host: { readonly for: string; readonly open: OpenHost } | null = null;

  const hostFor = async (wanted: Config): Promise<Remote> => {
    const key = JSON.stringify([wanted.host, wanted.limits, wanted.credentials, wanted.allowInsecure]);
    if (host?.for !== key) {
      await host?.open.close();
      host = {
        for: key,
        open: openHost({
          ...world,
          config: wanted,
          transport: seams.transport,
          refused: refusedSignIn(wanted.credentials, { open: () => states.values() }),
          idleAwayMs: wanted.poll.intervalMs,
          around: (transport) =>
            tally.around((request) => {
              options.onCall();
              return transport(request);
            }),
        }),
      };
    }
    return withKnownLimits(host.open.remote, world.clock);
  };

  return {
    async openPairs(wanted, signal) {
      const generation = { ...world, config: wanted, signal };
      // A refused sign-in is remembered with the states: all must be open before the first call.
      for (const pair of wanted.pairs) await openPairState(pair, generation, states, { isBusy: true });
      const remote = await hostFor(wanted);
      const rootLocks = new Map<string, Lock>();
      const pairs = wanted.pairs.map((pair) =>
        daemonPair(pair, {
          ...generation,
          remote,
          opened: (one) => openPairState(one, generation, states),
          lockRoot: async (root) => {
            if (rootLocks.has(root)) return;
            rootLocks.set(root, await takeRootLock(root, options.process, world.disk));
          },
          openWatch: (root, onHint) => openWatcher({ root, clock: world.clock, queuedEvents, onHint }),
        }),
      );
      return {
        pairs,
        decideHeld: (verdict, within) =>
          wanted.pairs.flatMap((pair) => {
            const state = states.get(pair);
            const removals = state === undefined ? [] : decideIn(state, verdict, within);
            return removals.length === 0 ? [] : [{ pair, removals }];
          }),
        close() {
          for (const held of rootLocks.values()) held.release();
          for (const state of states.values()) closeWith(tally, state);
          states.clear();
        },
      };
    },
    lend(ended) {
      if (host === null) throw new SyncError('usage/wrong', { detail: 'the daemon has just begun: try again' });
      return host.open.remote.lend(ended);
    },
    async close() {
      await host?.open.close();
      lock.release();
    },
  };
}

function worldOf({ clock, random, disk }: Partial<Seams>): Pick<World, 'clock' | 'random' | 'disk'> {
  return { clock: clock ?? realClock, random: random ?? realRandom, disk: disk ?? realDisk };
}

/** What the account may do changes seldom: it need not be asked before every file. */
function withKnownLimits(remote: Remote, clock: Pick<World['clock'], 'monotonic'>): Remote {
  let known: { readonly atMs: number; readonly limits: AccountLimits } | null = null;
  return {
    ...remote,
    async limits(options) {
      if (known === null || clock.monotonic() - known.atMs > limitsKeptMs)
        known = { atMs: clock.monotonic(), limits: await remote.limits(options) };
      return known.limits;
    },
  };
}
