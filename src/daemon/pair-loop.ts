/**
 * The loop of one pair: wake, look where something may have happened, run a pass, wait. What must hold: one pass or look at a time;
 * whatever fails is tried again by itself, later each time; what needs a person halts this pair alone and is looked at again at each
 * poll; and where nothing happens nothing is asked of the host but its due listings.
 */
import type { RemoteId } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import type { CycleEvent, CycleResult, LocalStart, Look } from '../cycle.ts';
import { SyncError, hasCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { WatchHint } from '../core/watch-hint.ts';
import type { Clock, Random } from '../ports.ts';
import { recoveryFrom, retryWaitMs } from './backoff.ts';
import { ClockJump } from './clock-jump.ts';
import { covers, Hints } from './hints.ts';
import { isDue, nextStep } from './next-step.ts';
import type { Step } from './next-step.ts';
import { PairActivity } from './pair-activity.ts';
import type { PairReport } from './pair-activity.ts';
import { PassNews } from './pass-news.ts';
import { PollSchedule } from './poll-schedule.ts';
import type { ListedFolder } from './poll-schedule.ts';
import type { PollSettings } from './poll-schedule.ts';
import { SweepWish } from './sweep-wish.ts';
import type { OpenPair, SyncedPair } from './synced-pair.ts';
import { isLocalTrouble, PairTeller } from './troubles.ts';
import { Waker } from './waker.ts';

export interface LoopSettings extends PollSettings {
  readonly settleMs: number;
}

export interface LoopOptions {
  readonly pair: SyncedPair;
  readonly settings: LoopSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Something that `report` tells has changed in kind: halted, recovered, in step. */
  readonly onChange: () => void;
}

/** A sweep that takes no longer than this is made in one go, before anything is decided. */
const shortSweepMs = 60_000;
/** The disk is looked at as a whole so often, for file systems that tell nothing of what happens on them. */
const fullScanMs = 15 * 60_000;
/** And so often where not every folder can be watched; but a scan must not take more than a twentieth of the time. */
const unwatchedScanMs = 60_000;
const scanShare = 20;

export class PairLoop {
  readonly pair: SyncedPair;
  readonly activity: PairActivity;
  readonly #options: LoopOptions;
  readonly #hints = new Hints();
  readonly #waker: Waker;
  #open: OpenPair | null = null;
  #schedule: PollSchedule | null = null;
  #sweepNumber: number | null = null;
  /** The pass that is being made. */
  #underWay: { readonly news: PassNews; readonly ending: AbortController } | null = null;
  #isPaused = false;
  #fullIsDue = true;
  #hasNews = false;
  /** This process swept the whole host. */
  #hasSwept = false;
  readonly #sweepWish = new SweepWish();
  #isInStep = false;
  #failures = 0;
  #idlePasses = 0;
  #notBeforeMs = -Infinity;
  #retryMs: number | null = null;
  #scannedMs = -Infinity;
  #scanTookMs = 0;
  #told: string | null = null;
  readonly #jump: ClockJump;
  readonly #teller: PairTeller;
  /** What looks found to be wrong and no later look has found mended, by the place that must be looked at again. */
  #troubles: readonly Problem[] = [];
  readonly #unlisted = new Map<RemoteId, Problem>();

  constructor(options: LoopOptions) {
    this.#options = options;
    this.pair = options.pair;
    this.#waker = new Waker(options.clock);
    this.activity = new PairActivity(options.clock);
    this.#jump = new ClockJump(options.clock);
    this.#teller = new PairTeller(options.log, options.pair.name);
  }

  /** Runs until stopped. Rejects with a refused sign-in, and with what is a bug. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      while (!signal.aborted) await this.#turn();
    } catch (error) {
      if (!hasCode(error, 'stopped') || !signal.aborted) throw error;
    } finally {
      this.#closePair();
      this.activity.enter('stopped');
    }
  }

  /** What is under way is ended as if the program were stopped: a person who says so wants the line to be free. */
  pause(): void {
    this.#isPaused = true;
    this.#underWay?.ending.abort();
    this.#waker.wake();
  }

  resume(): void {
    this.#isPaused = false;
    this.#fullIsDue = true;
    this.#waker.wake();
  }

  /** Looks everywhere at once, also where it was waiting after a failure. */
  now(): void {
    this.#fullIsDue = true;
    this.#notBeforeMs = -Infinity;
    this.#waker.wake();
  }

  /** Something was decided by a person: what it changes is carried out at once. */
  reconsider(): void {
    this.#hasNews = true;
    this.#underWay?.news.wake();
    this.#waker.wake();
  }

  get openPair(): OpenPair | null {
    return this.#open;
  }

  report(): PairReport {
    const { pair } = this;
    const { clock } = this.#options;
    const oldest = this.#schedule?.oldestViewMs() ?? null;
    return {
      name: pair.name,
      local: pair.local,
      remote: pair.remote,
      ...this.activity.report(),
      oldestViewMs: oldest === null ? null : clock.now() - (clock.monotonic() - oldest),
      remoteFolders: this.#schedule?.folders ?? null,
      sweepPeriodMs: this.#schedule?.periodMs ?? null,
      watched: this.#open?.watching().folders ?? 0,
      watchTrouble: this.#open?.watching().trouble ?? null,
      facts: this.#open?.facts() ?? null,
    };
  }

  // ---------------------------------------------------------------------------------------------- one turn

  async #turn(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#noticeJump();
    const step = this.#nextStep();
    if (step.kind !== 'wait') return this.#take(step);
    this.activity.rest(step.why, step.untilMs - clock.monotonic());
    await this.#waker.sleepUntil(step.untilMs, signal);
  }

  #nextStep(): Step {
    const { settings, clock } = this.#options;
    const nowMs = clock.monotonic();
    return nextStep({
      nowMs,
      isPaused: this.#isPaused,
      isOpen: this.#open !== null,
      notBeforeMs: this.#notBeforeMs,
      fullIsDue: this.#fullIsDue,
      isSmall: this.#isSmall(),
      hintsDueMs: this.#hints.dueMs(settings.settleMs),
      hasNews: this.#hasNews,
      sweepDueMs: this.#isSmall() ? this.#sweepWish.dueMs : null,
      retryMs: this.#retryMs,
      scanDueMs: this.#scanDueMs(),
      hasPressing: this.#schedule?.hasPressing ?? false,
      pollMs: this.#schedule?.nextMs(nowMs) ?? nowMs,
    });
  }

  async #take(step: Exclude<Step, { kind: 'wait' }>): Promise<void> {
    this.#options.log.debug('next step', { pair: this.pair.name, step: step.kind });
    try {
      switch (step.kind) {
        case 'open':
          await this.#openPair();
          break;
        case 'full':
          await this.#pass({ local: 'everything', remote: 'everything', problems: [] });
          break;
        case 'scan':
        case 'rescan':
          if (step.kind === 'scan') this.#schedule?.hurry();
          await this.#pass({ local: 'everything', remote: [], problems: [] });
          break;
        case 'sweep':
          await this.#pass({ local: [], remote: 'everything', problems: [] });
          break;
        case 'pass':
          await this.#pass({ local: this.#takeHints(), remote: [], problems: [] });
          break;
        case 'list':
          await this.#list();
          break;
      }
      this.#recovered(step.kind);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #openPair(): Promise<void> {
    const { pair, settings } = this.#options;
    this.activity.enter('looking');
    const open = await pair.open((hint) => this.#hear(hint));
    this.#open = open;
    this.#schedule = new PollSchedule(settings, open.root);
    this.#schedule.know(open.folders());
    this.#sweepNumber = null;
    this.#fullIsDue = true;
    this.#jump.forget();
  }

  async #pass(asked: Look): Promise<void> {
    const { clock } = this.#options;
    const { open, schedule } = this.#opened();
    const look = this.#withStanding(asked);
    const isSweep = look.remote === 'everything';
    const hadNews = this.#hasNews;
    const startedMs = clock.monotonic();
    this.#hasNews = false;
    this.#retryMs = null;
    if (look.local === 'everything') this.#hints.take();
    this.activity.enter('looking');
    let result: CycleResult | 'anew';
    let heard: readonly ListedFolder[] = [];
    const news = this.#newsOf();
    const ending = new AbortController();
    this.#underWay = { news, ending };
    try {
      const checksHost = isSweep || hadNews || look.local === 'everything' || !this.#isFreshlyChecked(startedMs);
      if (checksHost) this.#checkedMs = startedMs;
      const onEvent = (event: CycleEvent): void => this.activity.note(event);
      const onListed = (listed: readonly ListedFolder[]): void => void (heard = listed);
      result = await open.pass(look, { checksHost, onEvent, onListed, news, ending: ending.signal });
    } catch (error) {
      for (const taken of [look.local, ...news.taken]) this.#hints.putBack(taken, clock.monotonic());
      this.#hasNews ||= hadNews;
      this.#fullIsDue ||= look.local === 'everything' && isSweep;
      throw error;
    } finally {
      this.#underWay = null;
    }
    if (result === 'anew') {
      this.#closePair();
      return;
    }
    if (look.local === 'everything') {
      this.#scannedMs = clock.monotonic();
      this.#scanTookMs = Math.min(this.#scannedMs - startedMs, 60_000);
    }
    // What a folder's parent said of it when it was listed is what later polls are compared with. At the first sight of all nothing is news.
    for (const each of heard)
      schedule.note({ ...each, isNews: each.isNews && (open.wasSwept || this.#hasSwept) }, startedMs);
    if (isSweep) {
      this.#hasSwept = true;
      schedule.know(open.folders());
      schedule.sweptWhole(startedMs);
      this.#sweepNumber = null;
      this.#unlisted.clear();
    }
    if (look.local === 'everything') this.#fullIsDue = false;
    this.#conclude(result, look);
  }

  #newsOf(): PassNews {
    const { clock, settings } = this.#options;
    return new PassNews({
      hints: this.#hints,
      clock,
      settleMs: settings.settleMs,
      isWanted: () => this.#hasNews,
      scanDueMs: () => this.#scanDueMs(),
      onTaken: (look) => {
        this.#hasNews = false;
        if (look === 'everything') this.#scannedMs = clock.monotonic();
      },
    });
  }

  /** What the pass left undone is tried again by itself. */
  #conclude(result: CycleResult, look: Look): void {
    const { clock, onChange } = this.#options;
    const didSomething = Object.keys(result.counts).length > 0;
    this.#troubles = result.problems.filter(({ code }) => isLocalTrouble(code));
    this.#idlePasses = didSomething ? 0 : this.#idlePasses + 1;
    const isOpen = result.waiting.length > 0 || result.problems.length > 0;
    const nowMs = clock.monotonic();
    this.#retryMs = isOpen ? nowMs + retryWaitMs(this.#idlePasses) : null;
    this.#sweepWish.note({ isOpen: result.needsSweep, hasSwept: look.remote === 'everything' }, nowMs);
    if (!this.#isSmall() && isDue(this.#sweepWish.dueMs, nowMs)) this.#opened().schedule.hurry();
    this.#isInStep = result.exit === 0;
    this.#teller.noteWatching(this.#opened().open.watching());
    this.#teller.notePass(result);
    this.activity.finish(result);
    onChange();
  }

  async #list(): Promise<void> {
    const { clock } = this.#options;
    const { open, schedule } = this.#opened();
    if (schedule.sweepIsDue(clock.monotonic())) {
      schedule.know(open.folders());
      this.#sweepNumber = open.beginSweep();
      schedule.beginSweep(clock.monotonic());
    }
    const folders = schedule.due(clock.monotonic());
    this.#options.log.debug('listing', { pair: this.pair.name, folders });
    const { listed, failed } = folders.length === 0 ? { listed: [], failed: [] } : await open.list(folders);
    const nowMs = clock.monotonic();
    for (const { folder, problem } of failed) {
      schedule.noteFailure(folder, nowMs);
      this.#unlisted.set(folder, problem);
    }
    for (const each of listed) {
      schedule.note(each, nowMs);
      if (this.#unlisted.delete(each.folder) || each.isNews) this.#hasNews = true;
    }
    // A folder that is gone by now is listed by nobody any more: it must not keep the sweep from its end.
    if (failed.length > 0) schedule.know(open.folders());
    // Nothing has happened: what was in step is so still. `onStale` and whoever watches the metrics rely on it.
    if (this.#isInStep && !this.#hasNews && listed.length > 0 && this.#hints.dueMs(0) === null) open.noteSuccess();
    if (schedule.isSwept) await this.#endSweep(open, schedule);
  }

  async #endSweep(open: OpenPair, schedule: PollSchedule): Promise<void> {
    if (this.#sweepNumber === null) return;
    // Folders that came to be known meanwhile belong to it, and those that we moved from before it to behind it.
    schedule.know(open.folders());
    const end = schedule.endOfSweep();
    if (end === 'goes on') return;
    const number = this.#sweepNumber;
    this.#sweepNumber = null;
    if (end === 'failed') {
      if (this.#sweepWish.dueMs !== null) this.#sweepWish.noteFutile(this.#options.clock.monotonic());
      return;
    }
    await open.endSweep(number);
    // What is missing since before it began is gone by now, and can be decided about.
    this.#hasNews ||= this.#sweepWish.dueMs !== null;
    this.#sweepWish.fulfil();
  }

  // ---------------------------------------------------------------------------------------------- what goes wrong

  #recovered(step: Step['kind']): void {
    this.#failures = 0;
    this.#notBeforeMs = -Infinity;
    if (this.#told === null) return;
    // what the last pass could not do may go through by now
    if (step === 'list' && this.#retryMs !== null) this.#retryMs = this.#options.clock.monotonic();
    this.#options.log.info('pair is well again', { pair: this.pair.name });
    this.#told = null;
    this.activity.recovered();
    this.#options.onChange();
  }

  #failed(error: unknown): void {
    const { clock, random, settings, log, signal, onChange } = this.#options;
    if (!(error instanceof SyncError)) throw error;
    if (error.code === 'stopped') {
      if (signal.aborted || this.#isPaused) return;
      throw error;
    }
    this.#failures += 1;
    const recovery = recoveryFrom(error, {
      failures: this.#failures,
      chance: random.fraction(),
      intervalMs: settings.intervalMs,
    });
    this.activity.failed(error, recovery.kind);
    if (recovery.kind === 'exit') throw error;
    this.#notBeforeMs = clock.monotonic() + recovery.waitMs;
    // A folder that comes back may be another one, and a disk that was mounted again is not watched any more.
    if (recovery.kind === 'halt') this.#closePair();
    if (this.#told !== error.message) {
      const facts = {
        pair: this.pair.name,
        code: error.code,
        why: error.message,
        nextTryMs: Math.round(recovery.waitMs),
      };
      if (recovery.kind === 'halt') log.error('pair is halted', facts);
      else log.warn('pair waits after a failure', facts);
    }
    this.#told = error.message;
    onChange();
  }

  #closePair(): void {
    this.#open?.close();
    this.#open = null;
    this.#schedule = null;
    this.#fullIsDue = true;
  }

  // ---------------------------------------------------------------------------------------------- small things

  #checkedMs = -Infinity;

  /** A pass that only sends what changed here need not ask each time whether the folder on the host is still the pair's own. */
  #isFreshlyChecked(nowMs: number): boolean {
    return nowMs - this.#checkedMs < this.#options.settings.intervalMs;
  }

  #hear(hint: WatchHint): void {
    const isFirst = this.#hints.dueMs(0) === null;
    this.#hints.add(hint, this.#options.clock.monotonic());
    if (!isFirst) return;
    this.#waker.wake();
    this.#underWay?.news.wake();
  }

  #takeHints(): 'everything' | readonly LocalStart[] {
    return this.#hints.dueMs(this.#options.settings.settleMs) === null ? [] : this.#hints.take();
  }

  /** Looks once more at what was wrong, and keeps in mind what stands elsewhere. */
  #withStanding({ local, remote }: Look): Look {
    const again = this.#troubles.map(({ path }) => ({ folder: path, deep: true }));
    const starts = local === 'everything' ? local : [...local, ...again.filter(({ folder }) => !covers(local, folder))];
    return { local: starts, remote, problems: remote === 'everything' ? [] : [...this.#unlisted.values()] };
  }

  #isSmall(): boolean {
    const schedule = this.#schedule;
    if (schedule === null || this.#open?.wasSwept !== true) return true;
    return (schedule.folders / schedule.rate) * 1_000 <= shortSweepMs;
  }

  #scanDueMs(): number {
    const every = this.#open?.watching().trouble === null ? fullScanMs : unwatchedScanMs;
    return this.#scannedMs + Math.max(every, this.#scanTookMs * scanShare);
  }

  /** The computer slept, or somebody set its clock: nobody knows what happened meanwhile. */
  #noticeJump(): void {
    const jumped = this.#jump.take();
    if (jumped === 0) return;
    this.#fullIsDue = true;
    this.#notBeforeMs = -Infinity;
    this.#options.log.info('clock jumped, or the computer slept: looking everywhere', {
      pair: this.pair.name,
      seconds: Math.round(jumped / 1_000),
    });
  }

  #opened(): { readonly open: OpenPair; readonly schedule: PollSchedule } {
    if (this.#open === null || this.#schedule === null) throw new SyncError('bug', { detail: 'the pair is not open' });
    return { open: this.#open, schedule: this.#schedule };
  }
}
