/**
 * How many calls run at once and which goes first. Every attempt spends a slot; a wait between attempts holds none.
 * All calls pass one door, in the order of their urgency and at the pace of the day, and then run side by side; uploads
 * and downloads have slots of their own, so that long ones do not stand in the way of listings.
 */
import PQueue from 'p-queue';
import type { QueueAddOptions } from 'p-queue';
import { SyncError, hasCode } from '../errors.ts';
import type { Clock, Urgency } from '../ports.ts';
import { Pace } from './pace.ts';
import { unlessStopped } from './signals.ts';

export interface LimitOptions {
  /** 0: as fast as the answers come. */
  readonly requestsPerSecond: number;
  /** Calls at once, transfers not counted. */
  readonly calls: number;
  readonly uploads: number;
  readonly downloads: number;
}

export class Limit {
  readonly pace: Pace;
  readonly #door = new PQueue({ concurrency: 1, queueClass: Lanes });
  readonly #calls: PQueue;
  readonly #uploads: PQueue;
  readonly #downloads: PQueue;

  readonly #clock: Clock;
  #gathered = 0;
  #gathering: Promise<void> | null = null;

  constructor(clock: Clock, options: LimitOptions) {
    this.#clock = clock;
    this.pace = new Pace(clock, options.requestsPerSecond);
    this.#calls = new PQueue({ concurrency: options.calls });
    this.#uploads = new PQueue({ concurrency: options.uploads });
    this.#downloads = new PQueue({ concurrency: options.downloads });
  }

  /** Runs a small call. */
  async call<T>(urgency: Urgency, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    if (urgency === 'sweep') await this.#gather(signal);
    // Where nobody waits there is no order to make.
    const isRoom = this.#calls.size === 0 && this.#calls.pending < this.#calls.concurrency;
    if (isRoom && this.#isNobodyAtDoor && this.pace.take())
      return within(this.#calls, signal, () => this.#watched(task));
    await this.#passDoor(urgency, signal, async () => {
      // The order is made at the door. What is let through early would queue behind it in another.
      await unlessStopped(this.#calls.onSizeLessThan(1), signal);
    });
    return within(this.#calls, signal, () => this.#watched(task));
  }

  /** Runs an upload, which is a call too. */
  upload<T>(signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    return within(this.#uploads, signal, async () => {
      if (!this.#isNobodyAtDoor || !this.pace.take())
        await this.#passDoor('operation', signal, () => Promise.resolve());
      return this.#watched(task);
    });
  }

  /** Holds a place among the downloads until `task` ends; the calls that it makes are limited by themselves. */
  download<T>(signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    return within(this.#downloads, signal, task);
  }

  get #isNobodyAtDoor(): boolean {
    return this.#door.size + this.#door.pending === 0;
  }

  /**
   * Listings of a sweep that wait for their turn all go when there is one for each: a program that wakes up for each alone takes twice the
   * processor time for the same calls. Operations go before them meanwhile, and what these took is not waited for.
   */
  async #gather(signal: AbortSignal | undefined): Promise<void> {
    this.#gathered++;
    this.#gathering ??= this.#untilEnough(signal);
    await unlessStopped(this.#gathering, signal);
  }

  async #untilEnough(signal: AbortSignal | undefined): Promise<void> {
    await Promise.resolve(); // those that come together are counted together
    const waitMs = this.#isNobodyAtDoor ? this.pace.untilMany(this.#gathered) : 0;
    try {
      if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    } catch (error) {
      if (!hasCode(error, 'stopped')) throw error; // the one with that signal hears of it; the others go on
    } finally {
      [this.#gathered, this.#gathering] = [0, null];
    }
  }

  #passDoor(urgency: Urgency, signal: AbortSignal | undefined, room: () => Promise<void>): Promise<void> {
    const pass = async () => {
      await room();
      await this.pace.turn(signal);
    };
    return within(this.#door, signal, pass, rank[urgency]);
  }

  async #watched<T>(task: () => Promise<T>): Promise<T> {
    try {
      const result = await task();
      this.pace.succeeded();
      return result;
    } catch (error) {
      if (hasCode(error, 'remote/rate-limited', 'remote/server-error')) this.pace.troubled(error.retryAfterMs);
      throw error;
    }
  }
}

async function within<T>(
  queue: Pick<PQueue, 'add'>,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
  priority = 0,
): Promise<T> {
  try {
    return await queue.add(task, { priority, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    // The queue rejects what still waits with an error of its own.
    if (signal?.aborted === true && !(error instanceof SyncError)) throw new SyncError('stopped');
    throw error;
  }
}

const rank: Readonly<Record<Urgency, number>> = { operation: 1, sweep: 0 };

/** One in so many is a sweep's while both wait. */
const sweepShare = 5;

type Run = () => Promise<unknown>;

/** The order at the door: operations first, but of five that pass one is a sweep while any waits. */
class Lanes {
  readonly #operations = new Map<string, Run>();
  readonly #sweeps = new Map<string, Run>();
  #operationsInARow = 0;

  get size(): number {
    return this.#operations.size + this.#sweeps.size;
  }

  enqueue(run: Run, { priority = 0, id = '' }: Partial<QueueAddOptions> = {}): void {
    this.#lane(priority).set(id, run);
  }

  dequeue(): Run | undefined {
    const sweepIsDue = this.#operationsInARow >= sweepShare - 1;
    const operation = this.#operations.size > 0 && !(sweepIsDue && this.#sweeps.size > 0);
    const lane = operation ? this.#operations : this.#sweeps;
    const [first] = lane;
    if (first === undefined) return undefined;
    lane.delete(first[0]);
    this.#operationsInARow = operation ? this.#operationsInARow + 1 : 0;
    return first[1];
  }

  filter({ priority = 0 }: Readonly<Partial<QueueAddOptions>>): Run[] {
    return [...this.#lane(priority).values()];
  }

  setPriority(id: string, priority: number): void {
    const run = this.#operations.get(id) ?? this.#sweeps.get(id);
    if (run === undefined) return;
    this.remove(id);
    this.#lane(priority).set(id, run);
  }

  remove(id: string): void {
    this.#operations.delete(id);
    this.#sweeps.delete(id);
  }

  #lane(priority: number): Map<string, Run> {
    return priority >= rank.operation ? this.#operations : this.#sweeps;
  }
}
