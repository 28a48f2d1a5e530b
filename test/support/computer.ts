/** One computer of a world: a folder, a state, and passes of a real engine that is opened for each, as `--once` does. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Engine, PairEngine } from '../../src/compose.ts';
import type { Preview } from '../../src/compose/preview.ts';
import { copyState } from '../../src/compose/state-copy.ts';
import type { Undone, UndoPreview } from '../../src/compose/undo.ts';
import type { Verified } from '../../src/compose/verify.ts';
import { parseRelPath } from '../../src/core/path.ts';
import type { Config } from '../../src/config/config.ts';
import { defaults } from '../../src/config/defaults.ts';
import type { CycleResult, LocalNews, Look as LookAt } from '../../src/cycle.ts';
import { meaningOf, SyncError } from '../../src/errors.ts';
import type { AccountKeys } from '../../src/host/accounts.ts';
import { silentLog } from '../../src/log.ts';
import type { Log } from '../../src/log.ts';
import type { Clock, Disk, Transport } from '../../src/ports.ts';
import type { Folders, Ground, PassingEngine } from './ground.ts';
import { asOrdinaryUser, giveToOrdinaryUser } from './ordinary-user.ts';
import type { Grip } from './person.ts';
import { seededRandom } from './seeded-random.ts';
import { shapeOf, touched } from './snapshot.ts';
import type { Shape, Snapshot } from './snapshot.ts';
import { isChanging, layLine } from './traffic.ts';
import type { Call, Line, LineOptions } from './traffic.ts';

export interface PassOptions extends Pick<LineOptions, 'onCall' | 'onDisk'> {
  readonly signal?: AbortSignal;
  /** What stands in the place of the real disk. */
  readonly disk?: Disk;
  /** What the pass may give way to, as in the daemon. */
  readonly news?: LocalNews;
  /** What the pass looks at; everything if left out. Only where all is in memory. */
  readonly look?: (folders: Folders) => LookAt;
  /** Permissions count, also where the tests run as root. */
  readonly isOrdinaryUser?: boolean;
  /** Nobody else is at work meanwhile; left out, that is taken for granted where nothing happens to calls and disk. */
  readonly isAlone?: boolean;
  /** How often a listing has left out what the host has. */
  readonly liesTold?: () => number;
}

export interface Pass {
  readonly computer: string;
  /** null: the pass was stopped as a whole, by `error`, or killed. */
  readonly result: CycleResult | null;
  readonly error: Error | null;
  readonly wasKilled: boolean;
  readonly exit: number;
  readonly calls: readonly Call[];
  readonly changingCalls: readonly Call[];
  readonly diskChanges: number;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** What the pass touched in the person's folder. */
  readonly touched: readonly string[];
}

/** What looked and did nothing. */
export interface Look<T> {
  readonly found: T;
  readonly calls: readonly Call[];
  /** What it touched in the person's folder. */
  readonly touched: readonly string[];
}

export interface ComputerOptions {
  readonly name: string;
  readonly ground: Ground;
  /** The folder below which all computers have theirs. */
  readonly base: string;
  readonly keys: Pick<AccountKeys, 'key1' | 'key2'>;
  readonly remote: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly seed: string;
  readonly config?: Partial<Config>;
  readonly exclude?: readonly string[];
  readonly hostUrl?: string;
  readonly portion?: number;
  readonly largeFrom?: number;
}

export function configOf(
  options: Pick<ComputerOptions, 'keys' | 'remote' | 'config' | 'exclude' | 'hostUrl'>,
  root: string,
  stateDir: string,
): Config {
  return {
    ...defaults,
    host: { base: `${options.hostUrl ?? 'http://127.0.0.1'}/api/v2/`, identity: 'host.test' },
    credentials: { kind: 'keys', key1: options.keys.key1, key2: options.keys.key2 },
    pairs: [{ name: 'pair', local: root, remote: options.remote, exclude: options.exclude ?? [] }],
    stateDir,
    runtimeDir: null,
    settleMs: 20,
    limits: { ...defaults.limits, requestsPerSecond: 0 },
    reserveDiskBytes: 0,
    notify: false,
    allowInsecure: true,
    ...options.config,
  };
}

export class Computer implements Grip {
  readonly name: string;
  root: string;
  readonly stateDir: string;
  /** May be changed between passes. */
  config: Partial<Config>;
  exclude: readonly string[];
  log: Log = silentLog;
  readonly #options: ComputerOptions;
  readonly #ground: Ground;
  #passes = 0;

  constructor(options: ComputerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#ground = options.ground;
    this.root = options.ground.root;
    this.stateDir = options.ground.stateDir;
    this.config = options.config ?? {};
    this.exclude = options.exclude ?? [];
  }

  async pass(options: PassOptions = {}): Promise<Pass> {
    if (options.isOrdinaryUser === true) giveToOrdinaryUser(this.#options.base);
    const before = this.#ground.snapshot(this.root);
    let engine: PassingEngine | null = null;
    const line = layLine({
      transport: this.#options.transport,
      disk: options.disk ?? this.#ground.disk,
      clock: this.#options.clock,
      onCall: options.onCall,
      // before the engine is open nothing of it could give its lock back
      onDisk: (call, number) => (engine === null ? null : (options.onDisk?.(call, number) ?? null)),
    });
    this.#passes++;
    let result: CycleResult | null = null;
    let failure: Error | null = null;
    const work = async (): Promise<void> => {
      const opened = await this.#ground.openEngine({
        config: this.fullConfig(),
        log: this.log,
        env: {},
        computer: this.name,
        process: { pid: process.pid, command: 'test' },
        signal: options.signal ?? new AbortController().signal,
        seams: {
          transport: line.transport,
          disk: line.disk,
          clock: line.clock,
          random: seededRandom(`${this.#options.seed}/${this.name}/${this.#passes}`),
          ...(this.#options.portion === undefined ? {} : { portion: this.#options.portion }),
          ...(this.#options.largeFrom === undefined ? {} : { largeFrom: this.#options.largeFrom }),
        },
      });
      engine = opened;
      const [pair] = opened.pairs;
      if (pair === undefined) throw new Error('no pair');
      result = await pair.runOnce({
        onEvent: () => undefined,
        ...(options.news && { news: options.news }),
        ...(options.look && { look: options.look }),
      });
    };
    try {
      await Promise.race([options.isOrdinaryUser === true ? asOrdinaryUser(work) : work(), line.killed]);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      // what was between two awaits when it was killed comes to where the dead stay, and does not find its books closed
      if (line.isDead()) for (let turn = 0; turn < 3; turn++) await setImmediate();
      // releases the lock of a killed one too: a dead process holds none
      await (engine as PassingEngine | null)?.close();
    }
    const after = this.#ground.snapshot(this.root);
    const code = failure instanceof SyncError ? failure.code : 'bug';
    return {
      computer: this.name,
      result: line.isDead() ? null : result,
      error: failure,
      wasKilled: line.isDead(),
      exit: line.isDead() ? 137 : ((result as CycleResult | null)?.exit ?? meaningOf(code).exit),
      calls: line.calls,
      changingCalls: line.calls.filter(isChanging),
      diskChanges: line.diskChanges(),
      before,
      after,
      touched: touched(before, after),
    };
  }

  /** As its passes have it. */
  fullConfig(): Config {
    return configOf({ ...this.#options, config: this.config, exclude: this.exclude }, this.root, this.stateDir);
  }

  /** `yetisync verify`, and what it did to either side. */
  verify({ disk, isThorough }: Pick<PassOptions, 'disk'> & { readonly isThorough: boolean }): Promise<Look<Verified>> {
    return this.#look((pair) => pair.verify({ isThorough, onRead: () => undefined }), disk);
  }

  /** `yetisync --once --dry-run`, and what it did to either side. */
  preview(): Promise<Look<Preview>> {
    return this.#look((pair) => pair.preview({ onEvent: () => undefined }));
  }

  /** `yetisync undo RUN`, the last run if left out, agreed to as it is shown. */
  async undo({ run, within = '' }: { readonly run?: number; readonly within?: string } = {}): Promise<
    Look<
      Undone & Pick<UndoPreview, 'run'> & { readonly shown: UndoPreview['acts']; readonly result: CycleResult | null }
    >
  > {
    return this.#look(async (pair) => {
      const options = { run: run ?? (await this.lastRun()), within: parseRelPath(within) };
      const found = await pair.previewUndo(options);
      if (found.acts.length === 0) return { ...found, shown: [], acts: [], result: null };
      const undone = await pair.undo({ ...options, shown: found.acts, onEvent: () => undefined });
      return { ...found, shown: found.acts, ...undone };
    });
  }

  /** The number of its last run; 0: there was none. */
  async lastRun(): Promise<number> {
    const open = this.#ground.stateInMemory();
    if (open !== null) return open.lastRuns(1)[0]?.run ?? 0;
    const config = this.fullConfig();
    const [pair] = config.pairs;
    const state = pair === undefined ? null : await copyState(pair, { config });
    try {
      return state?.lastRuns(1)[0]?.run ?? 0;
    } finally {
      state?.close();
    }
  }

  async #look<T>(act: (pair: PairEngine) => Promise<T>, disk = this.#ground.disk): Promise<Look<T>> {
    const before = this.#ground.snapshot(this.root);
    const { transport, clock } = this.#options;
    const line = layLine({ transport, disk, clock });
    this.#passes++;
    const engine = await this.#open(line);
    try {
      const [pair] = engine.pairs;
      if (pair === undefined) throw new Error('no pair');
      return { found: await act(pair), calls: line.calls, touched: touched(before, this.#ground.snapshot(this.root)) };
    } finally {
      await engine.close();
    }
  }

  #open({ transport, disk, clock }: Line, signal = new AbortController().signal): Promise<Engine> {
    if (this.#ground.openWhole === null) throw new Error('that needs a state in a file');
    return this.#ground.openWhole({
      config: configOf({ ...this.#options, config: this.config, exclude: this.exclude }, this.root, this.stateDir),
      log: this.log,
      env: {},
      computer: this.name,
      process: { pid: process.pid, command: 'test' },
      signal,
      seams: {
        transport,
        disk,
        clock,
        random: seededRandom(`${this.#options.seed}/${this.name}/${this.#passes}`),
      },
    });
  }

  // ------------------------------------------------------------------------------------------ what its person does

  /** What its folder is on. */
  get disk(): Disk {
    return this.#ground.disk;
  }

  /** Puts an empty folder in the place of its own for as long as `act` takes, as a disk that is not mounted leaves it. */
  async withoutRoot(act: () => Promise<void>): Promise<void> {
    const away = `${this.root}-away`;
    this.#ground.rename(this.root, away);
    this.#ground.mkdir(this.root);
    try {
      await act();
    } finally {
      this.#ground.remove(this.root);
      this.#ground.rename(away, this.root);
    }
  }

  shape(): Shape {
    return shapeOf(this.#ground.snapshot(this.root));
  }

  async put(path: string, content: Uint8Array): Promise<string> {
    this.#ground.write(this.path(path), content);
    return path;
  }

  async makeFolder(path: string): Promise<string> {
    this.#ground.mkdir(this.path(path));
    return path;
  }

  async take(path: string): Promise<void> {
    this.#ground.remove(this.path(path));
  }

  hasTwoNames(path: string): boolean {
    const files = this.#ground.snapshot(this.root);
    const file = files.get(path);
    if (file?.kind !== 'file') return false;
    return [...files].some(([at, { kind, ino }]) => kind === 'file' && ino === file.ino && at !== path);
  }

  async shift(from: string, to: string): Promise<string> {
    this.#ground.rename(this.path(from), this.path(to));
    return to;
  }

  has(path: string): boolean {
    return this.shape().has(path);
  }

  path(path: string): string {
    return join(this.root, path);
  }

  read(path: string): Uint8Array {
    return this.#ground.read(this.path(path));
  }

  append(path: string, content: string): void {
    this.#ground.append(this.path(path), content);
  }

  /** Sets the time of the last change of a file's content, in nanoseconds. */
  touch(path: string, mtimeNs: bigint): void {
    this.#ground.touch(this.path(path), mtimeNs);
  }

  chmod(path: string, mode: number): void {
    this.#ground.chmod(this.path(path), mode);
  }

  /** A link that leads nowhere. */
  symlink(path: string): void {
    this.#ground.symlink(this.path(path), 'nowhere');
  }

  mtimeNs(path: string): bigint | undefined {
    return this.#ground.snapshot(this.root).get(path)?.mtimeNs;
  }

  // ------------------------------------------------------------------------------------------ a look behind

  /** MD5s of all that is in yetisync's own trash here. */
  trashed(): Set<string> {
    return new Set(
      [...this.#ground.snapshot(join(this.root, '.yetisync'))]
        .filter(([path]) => path.startsWith('trash/'))
        .map(([, { md5 }]) => md5),
    );
  }

  /** Whether it has its folder's marker, and the state that goes with it. */
  hasSynced(): boolean {
    const hasState =
      this.#ground.openWhole === null ||
      this.#ground
        .names(this.stateDir)
        .some((pair) => this.#ground.names(join(this.stateDir, pair)).includes('state.db'));
    return hasState && this.#ground.names(join(this.root, '.yetisync')).includes('marker.json');
  }

  /** Names of unfinished downloads. */
  unfinished(): string[] {
    return this.#ground.names(join(this.root, '.yetisync', 'incoming'));
  }

  /** The state's folder, below `stateDir`. */
  stateFile(): string {
    const [id] = readdirSync(this.stateDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (id === undefined) throw new Error('there is no state yet');
    return join(this.stateDir, id.name, 'state.db');
  }
}
