/**
 * Carries out a plan: each operation as soon as what it waits for is done, many at once, and an outcome for each. One bad file never
 * stops the others; what waited for an operation that was not done is stale with it. Where something else becomes pressing the run ends
 * early: what has not begun is left, and transfers that take their time go on behind it.
 */
import type { RemoteId } from '../core/entry.ts';
import type { TreeView } from '../core/tree.ts';
import type { Operation, OperationNumber, RemoteExpectation } from '../core/operation.ts';
import type { Plan } from '../core/order.ts';
import { assertNever, hasCode, SyncError } from '../errors.ts';
import { mergeTwin } from './merge-twin.ts';
import { conflictCopy, move, park } from './move.ts';
import { createFolder } from './folders.ts';
import { compare, download } from './download.ts';
import type { Dirty, Hands, OperationResult, Performed } from './hands.ts';
import { failed, stale } from './hands.ts';
import { ignoredName } from './ignored-name.ts';
import { Resting } from './in-slices.ts';
import { forget, link } from './simple.ts';
import { LARGE } from './slots.ts';
import { trash } from './trash.ts';
import type { Unfinished } from './under-way.ts';
import { upload } from './upload.ts';

/** So many failures of the host in a row, without anything done between them, are an outage: the pass ends. */
const OUTAGE = 6;
/** So many operations are under way at once at most; how many of them transfer is the slots' business. */
const AT_ONCE = 64;
/**
 * So many large transfers are under way while smaller things are to be done too: enough to keep the line busy, and few enough that a folder with
 * some videos and very many small files is of use before the videos are there. Without that the first videos of a plan would take all places.
 */
const LARGE_AT_ONCE = 2;
/** And so many where there is nothing else to do: what becomes ready meanwhile finds room. */
const MOST_LARGE = AT_ONCE / 2;
/** Transfers that end within this time are waited for when the run gives way. */
const GRACE_MS = 1_000;

export interface RunResult {
  readonly done: number;
  readonly failures: readonly { readonly operation: Operation; readonly error: SyncError }[];
  readonly stale: readonly { readonly operation: Operation; readonly why: string }[];
  readonly dirty: Dirty;
  /** Operations that were not begun, because something else was more pressing. */
  readonly left: number;
  /** Transfers that go on, because something else was more pressing. */
  readonly unfinished: readonly Unfinished[];
  /** Nothing more pressing came up: all but large transfers came to an end. */
  readonly isThrough: boolean;
}

/** What may be more pressing than the rest of a plan. */
export interface Pressing {
  /** Once it says no, operations under way come to their end and no other begins. */
  readonly mayBegin?: () => boolean;
  /** Resolves when something else waits; then transfers under way are no longer waited for. Never rejects. */
  readonly arrives?: (signal: AbortSignal) => Promise<void>;
  /**
   * There are more plans, whose smaller operations do not wait for large transfers of this one, nor for what waits for those. So many large
   * transfers of earlier ones are still under way. Left out: this plan is all there is.
   */
  readonly largeAside?: number;
}

/** Remote items that operations which have not ended take from where they stand, as the plan knows them. */
export interface Leaving {
  get(id: RemoteId): Pick<RemoteExpectation, 'parent' | 'name'> | undefined;
}

/**
 * Runs all of `plan`, unless something else is pressing. Rejects only with what stops the whole pass: `stopped`, and errors that halt.
 * `makeHands` gets what is about to leave its place.
 */
export async function runPlan(
  plan: Plan,
  makeHands: (leaving: Leaving) => Hands,
  {
    mayBegin = () => true,
    arrives = () => new Promise(() => undefined),
    largeAside,
    largeFrom = LARGE,
  }: Pressing & { readonly largeFrom?: number } = {},
): Promise<RunResult> {
  const isLarge = (op: Operation): boolean => isLargerThan(largeFrom, op);
  const leaving = new Map<RemoteId, RemoteExpectation>();
  const hands = makeHands(leaving);
  const resting = new Resting(hands);
  const failures: { operation: Operation; error: SyncError }[] = [];
  const staleOnes: { operation: Operation; why: string }[] = [];
  const dirty = { local: new Set<Dirty['local'][number]>(), remote: new Set<RemoteId>() };
  const notDone = new Set<OperationNumber>();
  let done = 0;
  let outage = 0;

  // Uploads into one folder share their closing look. One that waits for another upload to end comes too late for that one's.
  const late = behind(plan, ({ kind }) => kind === 'upload');
  const announced = new Set<OperationNumber>();
  const announce = (op: Operation): void => {
    if (op.kind !== 'upload' || announced.has(op.number)) return;
    announced.add(op.number);
    hands.looks.expect(op.to.parent);
  };
  const withdraw = (op: Operation): void => {
    if (op.kind === 'upload' && announced.has(op.number)) hands.looks.withdraw(op.to.parent);
  };

  const waiters = new Map<OperationNumber, Operation[]>();
  const open = new Map<OperationNumber, number>();
  for (const op of plan.operations) {
    open.set(op.number, op.after.length);
    for (const other of op.after) {
      const others = waiters.get(other);
      if (others === undefined) waiters.set(other, [op]);
      else others.push(op);
    }
    const subject = leavingThere(op, hands.state.view);
    if (subject !== null) leaving.set(subject.id, subject);
    if (!late.has(op.number)) announce(op);
  }
  const ready = new Ready(isLarge);
  for (const op of plan.operations) if (op.after.length === 0) ready.push(op);

  let halt: unknown;
  let isHalted = false;
  const started = new Set<OperationNumber>();
  /** Begun and not ended, with their ends. */
  const unfinished = new Map<Operation, Promise<OperationResult>>();
  const ended = new AbortController();
  let hasNews = false;
  let isYielding = false;
  let isGraceOver = false;
  let isThrough = true;
  const behindLarge = behind(plan, isLarge);
  const isSmall = (op: Operation): boolean => !isLarge(op) && !behindLarge.has(op.number);
  /** Operations that neither are large transfers nor wait for one, and have not come to where they wait for no more than a look. */
  let small = plan.operations.filter(isSmall).length;
  /** Those under way may share their closing look with some that will not come any more. */
  const withdrawOthers = (): void => {
    for (const op of plan.operations) if (!started.has(op.number)) withdraw(op);
  };
  /** Whoever shares a closing look with a transfer that takes its time does not wait for it. */
  const passByTransfers = (): void => {
    isGraceOver = true;
    for (const op of unfinished.keys()) withdraw(op);
  };
  const haltWith = (error: unknown): void => {
    if (isHalted) return;
    [halt, isHalted] = [error, true];
    if (!isYielding) withdrawOthers();
  };
  const mustYield = (hasMore: boolean): boolean => {
    const isPressed = !mayBegin() || (hasNews && !hasMore);
    if (!isYielding && (isPressed || (largeAside !== undefined && small === 0))) {
      isYielding = true;
      isThrough = !isPressed;
      withdrawOthers();
      if (isThrough) passByTransfers();
    }
    return isYielding;
  };
  const settle = (op: Operation, result: OperationResult): void => {
    unfinished.delete(op);
    const subject = leavingThere(op, hands.state.view);
    if (subject !== null) leaving.delete(subject.id);
    tellEnd(op, result, hands);
    switch (result.kind) {
      case 'done':
        done++;
        outage = 0;
        break;
      case 'stale':
        notDone.add(op.number);
        staleOnes.push({ operation: op, why: result.why });
        for (const path of result.dirty.local) dirty.local.add(path);
        for (const folder of result.dirty.remote) {
          dirty.remote.add(folder);
          hands.looks.forget(folder);
        }
        break;
      case 'failed':
        notDone.add(op.number);
        failures.push({ operation: op, error: result.error });
        if (isOutage(result.error) && ++outage >= OUTAGE) haltWith(result.error);
        break;
      default:
        assertNever(result);
    }
    for (const waiter of waiters.get(op.number) ?? []) {
      const left = (open.get(waiter.number) ?? 1) - 1;
      open.set(waiter.number, left);
      if (left > 0) continue;
      if (!isYielding && !isHalted) announce(waiter); // else nothing begins any more
      ready.push(waiter);
    }
  };
  const perform = async (op: Operation): Promise<Performed> => {
    let isBegun = false;
    try {
      if (op.after.some((other) => notDone.has(other))) return stale('it waited for something that was not done');
      // Thousands that each end at once, as where all that was to be sent is gone by now, would follow one another without a turn for anything else.
      if (resting.isDue) await resting.rest();
      const refusal = ignoredName(op, hands);
      if (refusal !== null) return failed(refusal);
      hands.onProgress({ kind: 'started', operation: op });
      isBegun = true;
      return await act(op, hands);
    } finally {
      if (!isBegun) withdraw(op); // also where the pass was stopped meanwhile: others wait for its look
    }
  };
  const guarded = async (op: Operation, work: Promise<Performed>): Promise<Performed> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof SyncError) {
        if (error.disposition !== 'halt') return failed(error);
      } else {
        // An unknown failure inside an operation is a problem of its path (design, section 6): logged whole, the others go on.
        hands.log.error('operation failed unexpectedly', { error, kind: op.kind, path: op.path });
        return failed(new SyncError('bug', { path: op.path, cause: error }));
      }
      haltWith(error);
      return stale('the pass was stopped');
    }
  };

  await new Promise<void>((resolve) => {
    let running = 0;
    let large = 0;
    let awaiting = 0;
    let isOver = false;
    const end = (op: Operation, result: OperationResult): OperationResult => {
      if (isOver) return result; // who took it over hears of it
      settle(op, result);
      pump();
      return result;
    };
    const begin = async (op: Operation): Promise<OperationResult> => {
      const performed = await guarded(op, perform(op));
      running--;
      if (isLarge(op)) large--;
      if (isSmall(op)) small--;
      if (!('later' in performed)) return end(op, performed);
      awaiting++;
      pump();
      const result = await guarded(op, performed.later);
      awaiting--;
      return end(op, 'later' in result ? stale('it has no end') : result);
    };
    const pump = (): void => {
      if (isOver) return;
      while (!mustYield(ready.size > 0) && running < AT_ONCE && !isHalted) {
        const isAlone = largeAside === undefined && running === large && !ready.hasSmall;
        const op = ready.take(large + (largeAside ?? 0) < (isAlone ? MOST_LARGE : LARGE_AT_ONCE));
        if (op === null) break;
        started.add(op.number);
        running++;
        if (isLarge(op)) large++;
        unfinished.set(op, begin(op));
      }
      const isIdle = running === 0 && awaiting === 0 && (ready.size === 0 || isHalted || isYielding);
      const mayGoOn =
        isYielding && !isHalted && isGraceOver && awaiting === 0 && [...unfinished.keys()].every(isTransfer);
      if (!isIdle && !mayGoOn) return;
      isOver = true;
      ended.abort();
      resolve();
    };
    const giveWay = async (): Promise<void> => {
      await arrives(ended.signal);
      hasNews = true;
      pump();
      while (!isYielding) {
        await hands.clock.sleep(GRACE_MS, ended.signal);
        pump();
      }
      await hands.clock.sleep(GRACE_MS, ended.signal);
      passByTransfers();
      pump();
    };
    pump();
    giveWay().catch(() => undefined); // it rejects when the run is over
  });
  if (isHalted) throw halt;
  return {
    done,
    failures,
    stale: staleOnes,
    dirty: { local: [...dirty.local], remote: [...dirty.remote] },
    left: plan.operations.length - started.size,
    isThrough,
    unfinished: [...unfinished].map(([operation, end]) => ({
      operation,
      async result() {
        const result = await end;
        tellEnd(operation, result, hands);
        if (isHalted) throw halt;
        return result;
      },
    })),
  };
}

/** Operations that wait for nothing any more, in the order of the plan: smaller ones, and large transfers. */
class Ready {
  readonly #isLarge: (op: Operation) => boolean;
  readonly #small: Operation[] = [];
  readonly #large: Operation[] = [];
  #smallTaken = 0;
  #largeTaken = 0;

  constructor(isLarge: (op: Operation) => boolean) {
    this.#isLarge = isLarge;
  }

  get size(): number {
    return this.#small.length - this.#smallTaken + this.#large.length - this.#largeTaken;
  }

  get hasSmall(): boolean {
    return this.#small.length > this.#smallTaken;
  }

  push(op: Operation): void {
    (this.#isLarge(op) ? this.#large : this.#small).push(op);
  }

  /** The next large one where that may begin, else the next of the others; `null`: there is none. */
  take(mayBeLarge: boolean): Operation | null {
    const large = mayBeLarge ? this.#large[this.#largeTaken] : undefined;
    const small = this.#small[this.#smallTaken];
    const isNextLarge = large !== undefined && (small === undefined || large.number < small.number);
    if (isNextLarge) this.#largeTaken++;
    else if (small !== undefined) this.#smallTaken++;
    return (isNextLarge ? large : small) ?? null;
  }
}

/** Whether it carries so many bytes that it may take long. */
export function isLargerThan(bytes: number, op: Operation): boolean {
  if (op.kind === 'download') return op.remote.size >= bytes;
  return (op.kind === 'upload' || op.kind === 'compare') && op.size >= bytes;
}

function tellEnd(operation: Operation, result: OperationResult, { onProgress }: Hands): void {
  const why =
    result.kind === 'stale' ? { why: result.why } : result.kind === 'failed' ? { why: result.error.message } : {};
  onProgress({ kind: result.kind, operation, ...why });
}

/** Whose time hangs on the line: the others are over soon. */
function isTransfer({ kind }: Operation): boolean {
  return kind === 'upload' || kind === 'download' || kind === 'compare';
}

function act(op: Operation, hands: Hands): Promise<Performed> | Performed {
  switch (op.kind) {
    case 'upload':
      return upload(op, hands);
    case 'download':
      return download(op, hands);
    case 'createFolder':
      return createFolder(op, hands);
    case 'move':
      return move(op, hands);
    case 'park':
      return park(op, hands);
    case 'conflictCopy':
      return conflictCopy(op, hands);
    case 'trash':
      return trash(op, hands);
    case 'mergeTwin':
      return mergeTwin(op, hands);
    case 'compare':
      return compare(op, hands);
    case 'link':
      return link(op, hands);
    case 'forget':
      return forget(op, hands);
    default:
      return assertNever(op);
  }
}

function isOutage(error: SyncError): boolean {
  return hasCode(
    error,
    'remote/unreachable',
    'remote/timeout',
    'remote/server-error',
    'remote/bad-answer',
    'remote/put-out',
  );
}

/** Operations that begin only after some of `those` has come to its end. */
function behind({ operations }: Plan, those: (op: Operation) => boolean): ReadonlySet<OperationNumber> {
  const numbers = new Set(operations.flatMap((op) => (those(op) ? op.number : [])));
  const waiting = new Set<OperationNumber>();
  for (const { number, after } of operations)
    if (after.some((other) => numbers.has(other) || waiting.has(other))) waiting.add(number);
  return waiting;
}

/** The remote item that an operation takes from its name, so that others may expect the name to become free. */
function leavingThere(op: Operation, view: TreeView): RemoteExpectation | null {
  if ((op.kind === 'move' || op.kind === 'trash' || op.kind === 'conflictCopy') && op.side === 'remote')
    return op.remote;
  if (op.kind !== 'upload' || op.replaces === null) return null;
  // an edited file that was renamed or moved as well: its former version goes from the place it had
  const staysThere = op.replaces.name === op.to.remoteName && op.replaces.parent === view.remoteOf(op.to.parent)?.id;
  return staysThere ? null : op.replaces;
}
