/**
 * One pass of one folder pair, over everything or only over what is dirty: observe, reconcile, plan, guard, execute, and again until nothing is left to do. Never schedules, never
 * decides when. A crash at any moment costs time only: the next pass looks and decides again.
 */
import type { EntryKind, RemoteId } from './core/entry.ts';
import { ROOT_ENTRY } from './core/entry.ts';
import { apartFrom } from './core/apart.ts';
import type { Removal } from './core/guard.ts';
import type { Operation, Problem } from './core/operation.ts';
import { hasEffect } from './core/operation.ts';
import type { RelPath } from './core/path.ts';
import { withinLimits } from './core/over-limit.ts';
import { makePlanInSteps } from './core/plan.ts';
import type { Plan } from './core/order.ts';
import type { Policy } from './core/policy.ts';
import { Portions } from './core/portions.ts';
import type { Amount, Portion } from './core/portions.ts';
import type { Decisions } from './core/reconcile.ts';
import { reconcile, reconcileInSteps, withoutRepeats } from './core/reconcile.ts';
import { atOnce } from './core/steps.ts';
import type { Steps } from './core/steps.ts';
import type { TreeView } from './core/tree.ts';
import { planTwins } from './core/twins.ts';
import { meaningOf, SyncError } from './errors.ts';
import type { ExitStatus } from './errors.ts';
import type { Absences } from './execute/absences.ts';
import type { Asked } from './execute/asked.ts';
import { carryOut } from './execute/carry-out.ts';
import type { Dirty, ProgressEvent } from './execute/hands.ts';
import { dropAbandoned } from './execute/abandoned.ts';
import { endingWith } from './execute/ending.ts';
import { dropLostCopies } from './execute/copying.ts';
import { hideGhosts } from './execute/ghosts.ts';
import { brake, keepHeld } from './execute/held.ts';
import { inSlices } from './execute/in-slices.ts';
import { recogniseMoves } from './execute/recognise-moves.ts';
import { recoverLocal } from './execute/recover.ts';
import { recoverRenamed } from './execute/recover-renamed.ts';
import { recoverRemote } from './execute/recover-remote.ts';
import { dropUnclaimed } from './execute/recover-uploads.ts';
import { openRings } from './execute/rings.ts';
import { listStaged } from './execute/staging.ts';
import { makeTools } from './execute/tools.ts';
import type { Tools } from './execute/tools.ts';
import { UnderWay } from './execute/under-way.ts';
import type { Log } from './log.ts';
import { Postponed } from './core/postponed.ts';
import type { Clock, Hasher, LocalFiles, PairState, Random, Remote, RemoteListing } from './ports.ts';

/** After so many rounds a pass gives up: something changes faster than it can follow (design, section 2). */
const MAX_ROUNDS = 8;
/** A pass that sweeps at all may do so once more, for a folder that went missing in the first sweep. */
const MOST_SWEEPS = 2;
/** How long an unknown id beside a known one is taken for a version on its way (design, section 5). */
export const NEXT_VERSION_WAIT_MS = 10 * 60_000;

/** A folder on the disk that is looked at; `deep`: with all below it. New folders are looked into anyway. */
export interface LocalStart {
  readonly folder: RelPath;
  readonly deep: boolean;
}

/** The two looks at the world, which write what they find into the state. */
export interface Observer {
  /** Looks at the disk: everything, or just these folders. */
  scan(
    from: 'everything' | readonly LocalStart[],
  ): Promise<{ readonly problems: readonly Problem[]; readonly unsettled: readonly RelPath[] }>;
  /** A full sweep of the host. Rejects if the pair's own folder cannot be listed. */
  sweep(): Promise<{ readonly problems: readonly Problem[] }>;
  /** Lists just these folders. Rejects only if the pair's own is among them and cannot be listed, or the host is out of reach. */
  relist(
    folders: readonly RemoteId[],
  ): Promise<{ readonly failed: readonly { readonly folder: RemoteId; readonly problem: Problem }[] }>;
}

/** What a pass looks at before it decides. Of what it does not look at it knows what the state has. */
export interface Look {
  readonly local: 'everything' | readonly LocalStart[];
  /** `everything`: a full sweep. */
  readonly remote: 'everything' | readonly RemoteId[];
  /** What earlier looks elsewhere found to be wrong, and this one does not look at. */
  readonly problems: readonly Problem[];
}

export const LOOK_EVERYWHERE: Look = { local: 'everything', remote: 'everything', problems: [] };

export interface CycleSettings {
  readonly settleMs: number;
  readonly uploads: number;
  readonly downloads: number;
  readonly holdRemovals: { readonly percent: number; readonly count: number };
  /** Name of this computer: plain ASCII. */
  readonly computer: string;
  /** So many new items are decided together, where there are more. */
  readonly portion: number;
  /** Transfers of so many bytes and more do not hold smaller things up. */
  readonly largeFrom: number;
}

export interface CycleContext {
  readonly state: PairState;
  readonly remote: Remote;
  readonly files: LocalFiles;
  readonly observer: Observer;
  /** `remote` and `observer` list with what it knows. */
  readonly absences: Absences;
  /** Kept from pass to pass where one is made after the other. */
  readonly asked: Asked;
  readonly clock: Clock;
  readonly random: Random;
  readonly newHasher: () => Hasher;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly settings: CycleSettings;
  readonly isIgnored: (path: RelPath, kind: EntryKind) => boolean;
  readonly ignoredIn: (listing: RemoteListing) => ReadonlySet<RemoteId>;
  /** Time and computer, as conflict copies carry them. */
  readonly conflictMade: () => string;
  /** Called once, before a pass changes anything on either side. */
  readonly beforeChanges: () => Promise<void>;
  readonly onEvent: (event: CycleEvent) => void;
  /** What happens on the disk while a long pass is under way; left out where nobody watches. */
  readonly news?: LocalNews;
  /** What a person asked of this very pass; left out for one that does what is to be done. */
  readonly wish?: Wish;
}

/** A pass that was reviewed, or asked for, by a person beforehand. */
export interface Wish {
  /** Called once both sides were looked at and before anything is decided. What it changes it looks at itself. */
  readonly begin?: () => Promise<void>;
  /** Whether just this removal was agreed to: then it does not wait for a person again. */
  readonly agrees: (removal: Removal) => boolean;
  /** The part of a plan that is wanted; all of it if left out. */
  readonly choose?: (plan: Plan, view: TreeView) => Plan;
}

/** Folders where something happened since the pass looked. */
export interface LocalNews {
  readonly isWaiting: () => boolean;
  /** Resolves once something is waiting, or `signal` aborts. */
  readonly arrives: (signal: AbortSignal) => Promise<void>;
  /** The pass looks there before its next round. */
  readonly take: () => 'everything' | readonly LocalStart[];
}

export type CycleEvent =
  | { readonly kind: 'phase'; readonly phase: 'recover' | 'observe' | 'decide' | 'execute'; readonly round: number }
  | {
      readonly kind: 'planned';
      readonly round: number;
      readonly operations: readonly Operation[];
      readonly held: readonly Removal[];
      /** About so much is new besides, and is decided in later rounds. */
      readonly later?: Amount;
    }
  | ProgressEvent;

export interface CycleResult {
  readonly exit: ExitStatus;
  readonly rounds: number;
  /** Finished operations with an effect, by kind and side: `upload`, `download`, `trash local`, … */
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
  readonly held: readonly Removal[];
  readonly waiting: readonly { readonly path: RelPath; readonly why: string }[];
  /** A folder went missing on the host, and only a full sweep that begins after this pass can tell whether it is gone. */
  readonly needsSweep: boolean;
}

/**
 * Makes one pass, a full one if `look` is left out. Rejects with what stops a pair as a whole: `stopped`, a refused sign-in, a host out of reach, a root
 * that is not the right one. All that concerns single paths is in the result.
 */
export async function runCycle(context: CycleContext, look: Look = LOOK_EVERYWHERE): Promise<CycleResult> {
  const { state, clock, onEvent } = context;
  const isFull = look.local === 'everything' && look.remote === 'everything';
  // Passes that only look here and there come by the thousand: of them those that do something are told in the history.
  let run = isFull ? state.beginRun(clock.now()) : null;
  const counts: Record<string, number> = {};
  let exit = 1;
  context.asked.begin({ sweeps: look.remote === 'everything' });
  try {
    onEvent({ kind: 'phase', phase: 'recover', round: 0 });
    await recoverLocal({ ...context, nowMs: clock.now() });
    onEvent({ kind: 'phase', phase: 'observe', round: 0 });
    const seen = await observe(context, look);
    await recoverRenamed({ ...context, nowMs: clock.now() });
    await dropLostCopies({ ...context, staged: () => listStaged(context) });
    await recoverRemote({ ...context, staged: () => listStaged(context) });
    const { view } = state;
    await context.files.dropLeftovers((id) => view.remote(id) !== null && view.baseOfRemote(id) === null);
    await context.wish?.begin?.();
    const beginRun = (): void => {
      run ??= state.beginRun(clock.now());
    };
    const underWay = new UnderWay();
    const { signal, end } = endingWith(context.signal);
    try {
      const rounds = { maySweep: look.remote === 'everything', beginRun, underWay };
      const result = await makeRounds({ ...context, signal }, seen, counts, rounds);
      exit = result.exit;
      // one that only looks, and finds another state of things than the last: `status` tells of the last pass
      if (state.lastRuns(1)[0]?.exit !== exit) beginRun();
      return result;
    } finally {
      end(); // what stops the pass stops the transfers behind it
      await underWay.allEnd();
    }
  } catch (error) {
    if (error instanceof SyncError) exit = Math.max(exit, meaningOf(error.code).exit);
    throw error;
  } finally {
    context.absences.reset();
    if (run !== null) state.endRun(run, clock.now(), exit, counts);
    if (exit === 0) state.facts.set('lastSuccessMs', String(clock.now()));
  }
}

/** What a pass would do in its first round, without doing it. The state is written to: give it a copy. */
export async function previewCycle(
  context: CycleContext,
): Promise<Awaited<ReturnType<typeof decideNext>> & { readonly problems: readonly Problem[] }> {
  const seen = await observe(context, LOOK_EVERYWHERE);
  let next = await decideNext(context);
  if (next.decisions.needsSweep) {
    await context.observer.sweep();
    next = await decideNext(context);
  }
  const travels = next.plan.operations.some(({ kind }) => kind === 'upload' || kind === 'download');
  const limits = travels ? await context.remote.limits({ signal: context.signal }) : null;
  const allowed = limits === null ? { plan: next.plan, problems: [] } : withinLimits(next.plan, limits);
  const problems = withoutRepeats([...seen, ...next.decisions.problems, ...allowed.problems]);
  return { ...next, plan: allowed.plan, problems };
}

/** What a round needs in order to decide; it asks neither side anything, but may read files here to recognise them. */
export interface Deciding extends Pick<CycleContext, 'state' | 'files' | 'clock' | 'signal' | 'conflictMade' | 'wish'> {
  readonly settings: Pick<CycleSettings, 'holdRemovals'>;
}

/** What the next round would do by what the state shows now. Links what it recognises: give it a copy for a look ahead. */
export async function decideNext(context: Deciding): Promise<
  ReturnType<typeof brake> & {
    readonly decisions: Decisions;
    /** What the brake takes out of the plan: removals, and what waits for them. */
    readonly heldBack: readonly Operation[];
  }
> {
  const { view } = context.state;
  await recogniseMoves({ ...context, view });
  const decisions = reconcile(view, policyOf(context));
  const whole = atOnce(planOf(decisions, view, context.state));
  const guarded = brake(whole, context);
  const kept = new Set(guarded.plan.operations);
  return { ...guarded, decisions, heldBack: whole.operations.filter((operation) => !kept.has(operation)) };
}

function* planOf(decisions: Decisions, view: TreeView, state: PairState): Steps<Plan> {
  return (yield* planTwins(view, state)) ?? (yield* makePlanInSteps(decisions, view));
}

async function makeRounds(
  context: CycleContext,
  seen: readonly Problem[],
  counts: Record<string, number>,
  { maySweep, beginRun, underWay }: { maySweep: boolean; beginRun: () => void; underWay: UnderWay },
): Promise<CycleResult> {
  const { state, log, onEvent, news, wish } = context;
  const postponed = new Postponed(state.problems(), context.clock.now());
  let tools: Tools | null = null;
  let sweeps = maySweep ? 1 : MOST_SWEEPS;
  let isChanging = false;
  let given = 0; // rounds that gave way to something else are not counted against the pass, nor those with a portion of it
  const portions = new Portions(context.settings.portion);
  for (let round = 1; ; round++) {
    onEvent({ kind: 'phase', phase: 'decide', round });
    // what is under way now stays so for this round: what ends while it is decided, or while its portion is gathered, is met by the next
    const apart = underWay.operations;
    const portion = await nextPortion(portions, context);
    const view = portion?.view ?? state.view;
    const decided = await decideRound({ apart, view, maySweep: sweeps < MOST_SWEEPS }, context);
    if (decided === 'swept') sweeps++;
    if (decided === 'swept' || decided === 'anew') continue;
    const { guarded, needsSweep } = decided;
    if (postponed.asksForLimits(guarded.plan)) tools ??= await toolsOf(context);
    const open = postponed.leaveOut(guarded.plan, tools?.limits ?? null);
    const due = apartFrom(open, apart, view);
    const plan = wish?.choose?.(due, view) ?? due;
    const later = portion === null ? {} : { later: portion.later };
    onEvent({ kind: 'planned', round, operations: plan.operations, held: guarded.held, ...later });
    if (portion !== null) {
      given++;
      if (plan.operations.length === 0) {
        portions.pass();
        continue;
      }
    }
    const isSpent = round - given > MAX_ROUNDS && plan.operations.length > 0;
    if ((plan.operations.length === 0 || isSpent) && !underWay.isQuiet) {
      keepHeld(guarded.held, context);
      await underWay.untilNews(news?.arrives);
      given = round;
      await lookAgain(takeEnded(underWay, postponed), true, context);
      continue;
    }
    if (plan.operations.length === 0 || isSpent) {
      const problems = withoutRepeats([...seen, ...decided.problems, ...postponed.problems()]);
      await dropLostCopies({ ...context, staged: () => listStaged(context) });
      await dropUnclaimed(context);
      await dropAbandoned({ ...context, staged: () => listStaged(context), nowMs: context.clock.now() });
      state.setProblems(postponed.known());
      keepHeld(guarded.held, context);
      const waiting = [...decided.waiting, ...plan.waiting];
      const isBehind = due.operations.length > 0 || waiting.length > 0; // given up, or not wanted
      return {
        exit: exitOf(problems, guarded.held, isBehind),
        rounds: round,
        counts,
        problems,
        held: guarded.held,
        waiting,
        needsSweep,
      };
    }
    onEvent({ kind: 'phase', phase: 'execute', round });
    beginRun();
    tools ??= await toolsOf(context);
    if (!isChanging && plan.operations.some(hasEffect)) {
      isChanging = true;
      await context.beforeChanges();
    }
    const ran = await carryOut(plan, tools, context, { counts, apart, isPortion: portion !== null });
    underWay.add(ran.unfinished);
    postponed.note(ran.failures);
    for (const { operation, why } of ran.stale)
      log.debug('operation is stale', { path: operation.path, kind: operation.kind, why });
    const hasGivenWay = ran.left + ran.unfinished.length > 0;
    if (portion === null && hasGivenWay) given++;
    const mayHearNews = hasGivenWay || portion !== null;
    if (ran.isThrough) portions.pass();
    if (mayHearNews && news?.isWaiting() === true) portions.beginAnew();
    const behind = takeEnded(underWay, postponed);
    const dirty = {
      local: [...ran.dirty.local, ...behind.local],
      remote: [...ran.dirty.remote, ...behind.remote],
    };
    await lookAgain(dirty, mayHearNews, context);
  }
}

/** With what moved here linked to what is known of it. `null`: all that is open. */
async function nextPortion(portions: Portions, context: CycleContext): Promise<Portion | null> {
  const { view } = context.state;
  // what was reviewed is done as it was shown
  const isReviewed = context.wish?.choose !== undefined;
  const next = async (): Promise<Portion | null> =>
    isReviewed ? null : inSlices(view, () => portions.next(view), context);
  const portion = await next();
  const isPart = portion !== null && !portion.hasMoves;
  const { revision } = view;
  await recogniseMoves({ ...context, view: isPart ? portion.view : view });
  // also what a transfer behind the rounds recorded meanwhile is no longer what the portion has of it
  return view.revision === revision ? portion : next();
}

type Decided = Pick<Decisions, 'problems' | 'waiting' | 'needsSweep'> & { readonly guarded: ReturnType<typeof brake> };

/**
 * What one round would do. `anew`: something came to light on which all is to be decided again; `swept`: for it the host was swept as a whole.
 * The working record of the decision ends with this: carrying it out may take hours, and the record is larger than the plan.
 */
async function decideRound(
  {
    apart,
    view,
    maySweep,
  }: { readonly apart: readonly Operation[]; readonly view: TreeView; readonly maySweep: boolean },
  context: CycleContext,
): Promise<'anew' | 'swept' | Decided> {
  const { state, observer, absences, wish } = context;
  const policy = policyOf(context, apart);
  const decisions = await inSlices(view, () => reconcileInSteps(view, policy), context);
  const { needsSweep, waiting } = decisions;
  if (needsSweep && maySweep) {
    await observer.sweep();
    return 'swept';
  }
  if (await hideGhosts({ ...context, view })) return 'anew';
  // what was not reviewed is not done
  if (wish?.choose === undefined && (await openRings({ ...context, view }))) {
    await observer.sweep();
    return 'anew';
  }
  const absent = await absences.settle(decisions.items.all);
  if (absent.list.length > 0) await observer.relist(absent.list);
  if (absent.found) return 'anew';
  const whole = await inSlices(view, () => planOf(decisions, view, state), context);
  return { guarded: brake(whole, context), problems: [...decisions.problems, ...absent.problems], waiting, needsSweep };
}

async function toolsOf(context: CycleContext): Promise<Tools> {
  return makeTools(await context.remote.limits({ signal: context.signal }), context);
}

/** Takes down what became of transfers behind the rounds. Throws what stops the pass. */
function takeEnded(underWay: UnderWay, postponed: Postponed): Dirty {
  const { failures, dirty } = underWay.takeEnded();
  postponed.note(failures);
  return dirty;
}

async function observe(context: CycleContext, look: Look): Promise<readonly Problem[]> {
  const { observer } = context;
  const [local, remote] = await Promise.all([
    look.local === 'everything' || look.local.length > 0 ? observer.scan(look.local) : { problems: [], unsettled: [] },
    look.remote === 'everything' ? sweepAll(context) : relist(look.remote, context),
  ]);
  // somebody was at work there: what lies below may not have been visited
  const again =
    local.unsettled.length > 0 ? await observer.scan(local.unsettled.map((folder) => ({ folder, deep: true }))) : null;
  // still at work: what is written there is not known, so this pass must not say that all is in sync
  const atWork = (again?.unsettled ?? []).map((path): Problem => ({ path, code: 'local/changed', detail: null }));
  return [...look.problems, ...local.problems, ...(again?.problems ?? []), ...atWork, ...remote];
}

async function sweepAll({ observer, state, clock }: CycleContext): Promise<readonly Problem[]> {
  const { problems } = await observer.sweep();
  state.facts.set('lastSweepMs', String(clock.now()));
  return problems;
}

/** Where something of an earlier pass may have arrived without our hearing of it is listed too: see `recoverRemote`. */
async function relist(folders: readonly RemoteId[], { observer, state }: CycleContext): Promise<readonly Problem[]> {
  const arrivals = state.intents().flatMap(({ intent }) => {
    const folder = 'to' in intent && typeof intent.to !== 'string' ? state.view.remoteOf(intent.to.parent) : null;
    return folder === null ? [] : [folder.id];
  });
  const all = [...new Set([...folders, ...arrivals])];
  return all.length === 0 ? [] : (await observer.relist(all)).failed.map(({ problem }) => problem);
}

async function lookAgain(dirty: Dirty, mayHearNews: boolean, { observer, news }: CycleContext): Promise<void> {
  const more = mayHearNews && news?.isWaiting() === true ? news.take() : [];
  const stale = dirty.local.map((folder) => ({ folder, deep: false }));
  const from = more === 'everything' ? more : [...stale, ...more];
  if (from.length > 0) await observer.scan(from);
  if (dirty.remote.length > 0) await observer.relist(dirty.remote);
}

function policyOf({ clock, conflictMade }: Deciding, underWay: readonly Operation[] = []): Policy {
  const firstFreeEntry = Math.max(0, ...underWay.map(({ entry }) => entry + 1));
  return { nowMs: clock.now(), conflictMade: conflictMade(), nextVersionWaitMs: NEXT_VERSION_WAIT_MS, firstFreeEntry };
}

function exitOf(problems: readonly Problem[], held: readonly Removal[], isBehind: boolean): ExitStatus {
  if (held.length > 0) return 3;
  return isBehind || problems.some(({ code }) => meaningOf(code).exit !== 0) ? 1 : 0;
}

/** The pair's own folder on the host, as the state knows it; throws where a pair was never set up. */
export function pairFolderOf(state: PairState): RemoteId {
  const root = state.view.remoteOf(ROOT_ENTRY);
  if (root === null) throw new SyncError('bug', { detail: 'the state has no root' });
  return root.id;
}
