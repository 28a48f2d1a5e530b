/**
 * A report for whoever is to find out what went wrong on another person's computer: what is set, the three trees, what would be done with
 * them and what was done last, without a name, a content or a secret. Read from copies; no host is asked, nothing is changed.
 */
import { Anonymous, readTrees } from '../core/anonymous.ts';
import type { Trees } from '../core/anonymous.ts';
import { conflictMade } from '../core/conflict.ts';
import { buildIgnoreRules } from '../core/ignore.ts';
import { hasEffect } from '../core/operation.ts';
import type { Problem } from '../core/operation.ts';
import { describeStep, stepKey } from '../core/planned-step.ts';
import type { PlannedStep } from '../core/planned-step.ts';
import type { Policy } from '../core/policy.ts';
import type { Config, Pair } from '../config/config.ts';
import { decideNext, NEXT_VERSION_WAIT_MS } from '../cycle.ts';
import type { DaemonStatus } from '../daemon/control-schema.ts';
import { SyncError } from '../errors.ts';
import { createLocalFiles } from '../local/files.ts';
import { scan } from '../local/scanner.ts';
import type { HistoryLine, PairState, RunSummary } from '../ports.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { createHasher } from '../system/hasher.ts';
import { realRandom } from '../system/random.ts';
import { askDaemon } from './control.ts';
import { resolveRoot } from './roots.ts';
import { copyState } from './state-copy.ts';

/** So many operations and runs are told. */
const linesTold = 300;
const runsTold = 30;
/** Above so many entries the trees are left out: nobody reads them, and no mail takes them. */
const mostEntries = 50_000;
/** Which host it is tells nobody anything, where it is one of these. */
const publicHosts = ['xcloudfile.com', 'pixelcloudstorage.com'];

export interface Report {
  readonly yetisync: 'report';
  readonly format: 1;
  readonly version: string;
  /** Operating system and Node. */
  readonly system: string;
  readonly made: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** `null`: none is running. */
  readonly daemon: Readonly<Record<string, unknown>> | null;
  readonly pairs: readonly PairReported[];
}

export interface PairReported {
  /** In the order of the config: their names are the person's. */
  readonly pair: number;
  /** Why the pair could not be looked at, or only its state. */
  readonly trouble: string | null;
  /** All that a decision hangs on; `null`: never synced, or too many entries. */
  readonly decision: {
    readonly policy: Policy;
    readonly trees: Trees;
    /** What follows, before the brake, in the order of its paths. */
    readonly steps: readonly PlannedStep[];
    readonly problems: readonly { readonly path: string; readonly code: Problem['code'] }[];
    readonly waiting: readonly { readonly path: string; readonly why: string }[];
  } | null;
  readonly entries: number;
  readonly problems: readonly Readonly<Record<string, unknown>>[];
  readonly held: readonly Readonly<Record<string, unknown>>[];
  readonly begun: Readonly<Record<string, number>>;
  readonly runs: readonly RunSummary[];
  readonly operations: readonly Readonly<Record<string, unknown>>[];
  /** Calls of the API by kind, by the last process that ended; `null`: none was made. */
  readonly calls: unknown;
}

export interface ReportOptions {
  readonly config: Config;
  readonly version: string;
  readonly system: string;
  readonly signal: AbortSignal;
}

/** Rejects with `state/…` where a state cannot be read. */
export async function makeReport(options: ReportOptions): Promise<Report> {
  const { config, version, system } = options;
  const pairs: PairReported[] = [];
  for (const [at, pair] of config.pairs.entries()) pairs.push(await reportOf(pair, at + 1, options));
  const daemon = await askDaemon(config, { command: 'status' }).catch(() => undefined);
  return {
    yetisync: 'report',
    format: 1,
    version,
    system,
    made: new Date(realClock.now()).toISOString(),
    config: settingsOf(config),
    daemon: daemon === undefined ? null : daemonOf(daemon),
    pairs,
  };
}

/** Without places, names, rules and secrets: of these only how many there are. */
function settingsOf({ host, credentials, pairs, ignore, poll, settleMs, limits, ...rest }: Config): Report['config'] {
  const { holdRemovals, trashKeepMs, reserveDiskBytes, onStale, metrics, notify, allowInsecure, logLevel } = rest;
  return {
    host: publicHosts.includes(host.identity) ? host.identity : 'another one',
    signIn: credentials.kind,
    pairs: pairs.map(({ remote, exclude }) => ({ isWholeAccount: remote === '/', exclude: exclude.length })),
    ignoreRules: ignore.length,
    poll,
    settleMs,
    limits,
    holdRemovals,
    trashKeepMs,
    reserveDiskBytes,
    onStale: onStale !== null,
    metrics: metrics !== null,
    notify,
    allowInsecure,
    logLevel,
  };
}

function daemonOf({ startedMs, calls, pairs }: DaemonStatus): Report['daemon'] {
  return {
    startedMs,
    calls,
    pairs: pairs.map(({ phase, error, exit, waiting, held, totals, watched, remoteFolders, oldestViewMs }) => ({
      phase,
      error: error === null ? null : { code: error.code, sinceMs: error.sinceMs },
      exit,
      waiting,
      held,
      totals,
      watched,
      remoteFolders,
      oldestViewMs,
    })),
  };
}

// ---------------------------------------------------------------------------------------------- one pair

async function reportOf(pair: Pair, number: number, options: ReportOptions): Promise<PairReported> {
  const state = await copyState(pair, options);
  if (state === null) return { ...nothing, pair: number, trouble: 'it was never synced on this computer' };
  try {
    const trouble = await lookAtDisk(pair, state, options);
    const isSmall = state.countEntries() <= mostEntries;
    const { decision, anonymous } = await decisionOf(pair, state, options);
    return {
      pair: number,
      trouble: isSmall ? trouble : `${state.countEntries()} entries: the trees are left out`,
      decision: isSmall ? decision : null,
      entries: state.countEntries(),
      problems: state.problems().map(({ path, code, sinceMs, tries, nextTryMs }) => ({
        path: anonymous.names.path(path),
        code,
        sinceMs,
        tries,
        nextTryMs,
      })),
      held: state.heldRemovals().map(({ side, path, entryKind, approved, sinceMs }) => ({
        side,
        path: anonymous.names.path(path),
        kind: entryKind,
        approved,
        sinceMs,
      })),
      begun: countsOf(state.intents().map(({ intent }) => intent.kind)),
      runs: state.lastRuns(runsTold),
      operations: state.history({ limit: linesTold }).map((line) => lineOf(line, anonymous)),
      calls: JSON.parse(state.facts.get('calls') ?? 'null') as unknown,
    };
  } finally {
    state.close();
  }
}

const nothing = {
  decision: null,
  entries: 0,
  problems: [],
  held: [],
  begun: {},
  runs: [],
  operations: [],
  calls: null,
} as const;

/** `null`: it was looked at. The state, which is a copy, then shows the disk as it is now. */
async function lookAtDisk(pair: Pair, state: OpenState, { config, signal }: ReportOptions): Promise<string | null> {
  try {
    const root = await resolveRoot(pair.local, realDisk);
    const { rules } = buildIgnoreRules({
      excluded: pair.exclude,
      config: config.ignore,
      files: state.localTree.ignoreFiles(),
    });
    const files = filesIn(root);
    await scan({ root, disk: realDisk, clock: realClock, tree: state.localTree, files, rules, signal });
    return null;
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug' || error.code === 'stopped') throw error;
    return `the disk was not looked at: ${error.code}`;
  }
}

function filesIn(root: string) {
  return createLocalFiles({
    root,
    disk: realDisk,
    clock: realClock,
    random: realRandom,
    createHasher,
    reserveDiskBytes: 0,
  });
}

async function decisionOf(
  pair: Pair,
  state: OpenState,
  { config, signal }: ReportOptions,
): Promise<{ readonly decision: NonNullable<PairReported['decision']>; readonly anonymous: Anonymous }> {
  const { view } = state;
  const nowMs = realClock.now();
  const made = conflictMade('2026-01-01 00-00-00', 'computer');
  const { plan, decisions, heldBack } = await decideNext({
    state,
    files: filesIn(pair.local),
    clock: { ...realClock, now: () => nowMs },
    signal,
    conflictMade: () => made,
    settings: config,
  });
  const trees = readTrees(view);
  const anonymous = new Anonymous(trees);
  const steps = [...plan.operations, ...heldBack].filter(hasEffect).map((operation) => describeStep(operation, view));
  const decision = {
    policy: { nowMs, conflictMade: made, nextVersionWaitMs: NEXT_VERSION_WAIT_MS },
    trees: anonymous.trees(trees),
    steps: steps.map((step) => anonymous.step(step)).sort(byPathAndKind),
    problems: decisions.problems.map(({ path, code }) => ({ path: anonymous.names.path(path), code })).sort(byPath),
    waiting: decisions.waiting.map(({ path, why }) => ({ path: anonymous.names.path(path), why })).sort(byPath),
  };
  return { decision, anonymous };
}

/** Of what a decision hangs on, the order must not. */
export function byPathAndKind(one: PlannedStep, other: PlannedStep): number {
  return byPath(one, other) || byPath({ path: stepKey(one) }, { path: stepKey(other) });
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

function countsOf(kinds: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Of the facts, numbers, ids and contents: everything else may be a name. */
function lineOf(
  { run, atMs, kind, side, path, reason, facts }: ReturnType<PairState['history']>[number],
  anonymous: Anonymous,
): Readonly<Record<string, unknown>> {
  const shown = Object.entries(facts).flatMap(([key, value]) => {
    const told = factOf(value, anonymous);
    return told === undefined ? [] : [[key, told] as const];
  });
  return { run, atMs, kind, side, path: anonymous.names.path(path), reason, facts: Object.fromEntries(shown) };
}

function factOf(value: HistoryLine['facts'][string], anonymous: Anonymous): string | number | null | undefined {
  if (typeof value !== 'string') return value;
  return /^([fd]\d+|[0-9a-f]{32})$/.test(value) ? anonymous.version(value) : undefined;
}
