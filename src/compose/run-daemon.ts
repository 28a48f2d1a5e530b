/**
 * The daemon as a whole: engine, loops, socket, service manager, alarms and pages, wired. Ends when it is stopped, and by a refused
 * sign-in; a new config is taken over without a new sign-in where the sign-in is not what changed.
 */
import { parseRelPath } from '../core/path.ts';
import type { Config } from '../config/config.ts';
import { readRequest } from '../daemon/control-schema.ts';
import type { ControlRequest, DaemonStatus, DecidedHeld, LentToken, NamedPairs } from '../daemon/control-schema.ts';
import { Daemon } from '../daemon/daemon.ts';
import { statusLine } from '../daemon/service-status.ts';
import { SyncError } from '../errors.ts';
import type { HeldRemoval } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { answerRequests } from '../system/request-socket.ts';
import { serviceManagerOf } from '../system/service-manager.ts';
import { watchOver } from './alarms.ts';
import { putSignpost, socketOf } from './control.ts';
import { openDaemonEngine } from './daemon-engine.ts';
import type { DaemonEngine, OpenPairs } from './daemon-engine.ts';
import type { EngineOptions } from './pair-world.ts';
import { servePages } from './pages.ts';
import { makeStateDir } from './state-files.ts';

export interface DaemonRun extends EngineOptions {
  /** Reads the config again. Rejects with `config/invalid`. */
  readonly reread: () => Promise<Config>;
  /** Calls back at each wish for that, until the returned function is called. */
  readonly onReload: (listener: () => void) => () => void;
}

/** Resolves once it was stopped. Rejects with `state/locked`, `remote/sign-in-refused` and the like. */
export async function runDaemon(options: DaemonRun): Promise<void> {
  let calls = 0;
  const engine = await openDaemonEngine({ ...options, onCall: () => (calls += 1) });
  try {
    await new RunningDaemon(options, engine, () => calls).run();
  } finally {
    await engine.close();
  }
}

class RunningDaemon {
  readonly #options: DaemonRun;
  readonly #engine: DaemonEngine;
  readonly #calls: () => number;
  readonly #daemon: Daemon;
  readonly #startedMs: number;
  readonly #service: ReturnType<typeof serviceManagerOf>;
  #config: Config;
  #open: OpenPairs | null = null;
  /** Ends what runs with the present config. */
  #generation = new AbortController();
  #isRereading = false;

  constructor(options: DaemonRun, engine: DaemonEngine, calls: () => number) {
    const { seams = {}, log, env, process } = options;
    const clock = seams.clock ?? realClock;
    this.#options = options;
    this.#engine = engine;
    this.#calls = calls;
    this.#config = options.config;
    this.#startedMs = clock.now();
    this.#service = serviceManagerOf(env, process.pid);
    this.#daemon = new Daemon({
      clock,
      random: seams.random ?? realRandom,
      log,
      onChange: () => void this.#service.tell([`STATUS=${statusLine(this.#daemon.reports())}`]),
    });
  }

  async run(): Promise<void> {
    const { log, env, onReload, signal, seams = {} } = this.#options;
    const disk = seams.disk ?? realDisk;
    const ended = new AbortController();
    const path = socketOf(this.#config);
    await makeStateDir(path.slice(0, path.lastIndexOf('/')), disk);
    const socket = await answerRequests(path, async (question) => this.#answer(question));
    await putSignpost(this.#config, disk).catch((error: unknown) => log.warn('socket cannot be told of', { error }));
    const pages = await servePages(this.#config, () => this.#status(), log).catch(async (error: unknown) => {
      await socket.close();
      throw error;
    });
    const alarms = watchOver({
      clock: seams.clock ?? realClock,
      config: () => this.#config,
      reports: () => this.#daemon.reports(),
      env,
      log,
      service: this.#service,
      signal: ended.signal,
    });
    const forgetReload = onReload(() => void this.#reload());
    const stop = (): void => this.#generation.abort();
    signal.addEventListener('abort', stop, { once: true });
    log.info('daemon began', { pairs: this.#config.pairs.map(({ name }) => name) });
    try {
      while (!signal.aborted) await this.#runGeneration();
    } finally {
      void this.#service.tell(['STOPPING=1']);
      signal.removeEventListener('abort', stop);
      forgetReload();
      ended.abort();
      await alarms;
      await pages?.close();
      await socket.close();
      log.info('daemon ended');
    }
  }

  async #runGeneration(): Promise<void> {
    const { poll, settleMs, limits } = this.#config;
    this.#generation = new AbortController();
    this.#open = await this.#engine.openPairs(this.#config, this.#generation.signal);
    try {
      void this.#service.tell(['READY=1']);
      const settings = { ...poll, settleMs, requestsPerSecond: limits.requestsPerSecond };
      if (!this.#options.signal.aborted) await this.#daemon.run(this.#open.pairs, settings, this.#generation.signal);
    } finally {
      this.#open.close();
      this.#open = null;
    }
  }

  /** A config that is wrong changes nothing: what runs goes on with the one before. */
  async #reload(): Promise<void> {
    const { log, reread } = this.#options;
    if (this.#isRereading) return;
    this.#isRereading = true;
    try {
      const wanted = await reread();
      for (const key of fixedKeys) {
        if (JSON.stringify(wanted[key]) === JSON.stringify(this.#config[key])) continue;
        log.warn('config change needs a restart of the daemon', { key });
      }
      const { stateDir, runtimeDir, metrics, logLevel } = this.#config;
      this.#config = { ...wanted, stateDir, runtimeDir, metrics, logLevel };
      log.info('config was read again');
      void this.#service.tell(['RELOADING=1']);
      this.#generation.abort();
    } catch (error) {
      log.error('config cannot be used: going on with the one before', { error });
    } finally {
      this.#isRereading = false;
    }
  }

  #status(): DaemonStatus {
    const { process } = this.#options;
    return {
      pid: process.pid,
      startedMs: this.#startedMs,
      calls: this.#calls(),
      pairs: this.#daemon.reports().map((report) => ({ ...report })),
    };
  }

  async #answer(question: unknown): Promise<DaemonStatus | NamedPairs | DecidedHeld | LentToken> {
    const request = readRequest(question);
    if (request === null)
      throw new SyncError('usage/wrong', {
        detail: 'the daemon does not know this command: is it of another version?',
      });
    switch (request.command) {
      case 'status':
        return this.#status();
      case 'pause':
      case 'resume':
      case 'now':
        return { pairs: this.#daemon[request.command](request.pair) };
      case 'held':
        return this.#decideHeld(request);
      case 'lend':
        return this.#engine.lend(request.ended);
    }
  }

  #decideHeld({ verdict, within }: Extract<ControlRequest, { command: 'held' }>): DecidedHeld {
    const decided = this.#open?.decideHeld(verdict, within === undefined ? undefined : parseRelPath(within)) ?? [];
    this.#daemon.reconsider();
    return { decided: decided.map(({ pair, removals }) => ({ local: pair.local, removals: removals.map(shortOf) })) };
  }
}

/** What a running daemon cannot change: its lock, its socket and its page lie there. */
const fixedKeys = ['stateDir', 'runtimeDir', 'metrics', 'logLevel'] as const;

function shortOf({ side, path, entryKind, sinceMs }: HeldRemoval): DecidedHeld['decided'][number]['removals'][number] {
  return { side, path, kind: entryKind, sinceMs };
}
