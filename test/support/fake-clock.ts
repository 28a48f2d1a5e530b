/**
 * A clock whose time moves only when it is told to. By hand: `advance(ms)`. With `auto: true`: as soon as everything
 * else is idle and only sleepers are left, time jumps to the first of them, so that a scenario with an hour of backoff
 * ends in a moment and sees the same hour each time.
 */
import { SyncError } from '../../src/errors.ts';
import type { Clock } from '../../src/ports.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export interface FakeClockOptions {
  /** Wall-clock milliseconds at the start; 2026-01-01T00:00:00Z if left out. */
  readonly start?: number;
  readonly auto?: boolean;
  /** Nothing here waits for a disk, a socket or a thread: that need not be looked for, which takes long. */
  readonly isAllInMemory?: boolean;
  /** So much time passes, in milliseconds, whenever somebody asks how late it is: deciding takes time too. None if left out. */
  readonly tickMs?: number;
}

/** How often the event loop must turn with nothing to do before time jumps. */
const idleTurns = 4;

export class FakeClock implements Clock {
  #monotonic = 0;
  #wall: number;
  readonly #tickMs: number;
  #auto: boolean;
  readonly #isAllInMemory: boolean;
  #watching = false;
  /** Raised by whatever shows that somebody is at work. */
  #activity = 0;
  #held = 0;
  /** In the order of waking: by time, then by arrival. */
  readonly #sleepers: Sleeper[] = [];

  constructor({
    start = Date.UTC(2026, 0, 1),
    auto = false,
    isAllInMemory = false,
    tickMs = 0,
  }: FakeClockOptions = {}) {
    this.#isAllInMemory = isAllInMemory;
    this.#tickMs = tickMs;
    this.#wall = start;
    this.#auto = auto;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    this.#moveTo(this.#monotonic + this.#tickMs);
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new SyncError('stopped'));
        return;
      }
      const stop = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        this.#activity++;
        reject(new SyncError('stopped'));
      };
      const sleeper: Sleeper = {
        due: this.#monotonic + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      const later = this.#sleepers.findIndex(({ due }) => due > sleeper.due);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      this.#activity++;
      this.#watch();
    });
  }

  /** How many are asleep. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Milliseconds until the first sleeper is due; undefined if nobody sleeps. */
  get untilNext(): number | undefined {
    const first = this.#sleepers[0];
    return first === undefined ? undefined : first.due - this.#monotonic;
  }

  /** Lets `ms` pass, waking each sleeper at its own moment, those included that fell asleep meanwhile. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      await this.#othersIdle();
      const first = this.#sleepers[0];
      if (first === undefined || first.due > end) break;
      this.#wakeFirst();
    }
    this.#moveTo(end);
    await this.#othersIdle();
  }

  /** Sets the wall clock forward or back, as a person or a time service does; no sleeper notices. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Keeps automatic time from moving while `work` is under way: for work that shows no sign of life, such as sockets. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    try {
      return await work;
    } finally {
      this.#held--;
    }
  }

  setAuto(auto: boolean): void {
    this.#auto = auto;
    this.#watch();
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #wakeFirst(): void {
    const first = this.#sleepers.shift();
    if (first === undefined) return;
    this.#moveTo(Math.max(first.due, this.#monotonic));
    this.#activity++;
    first.wake();
  }

  /** Runs while automatic and somebody sleeps; ends by itself, so that a test process can end. */
  #watch(): void {
    if (this.#watching || !this.#auto || this.#sleepers.length === 0) return;
    this.#watching = true;
    void this.#othersIdle().then(() => {
      this.#watching = false;
      if (this.#auto) this.#wakeFirst();
      this.#watch();
    });
  }

  /** Waits until the event loop has turned a few times with no disk call open, no callback queued and no new sleeper. */
  async #othersIdle(): Promise<void> {
    let seen = this.#activity;
    for (let quiet = 0; quiet < idleTurns; quiet++) {
      ownTurns++;
      await new Promise<void>((resolve) => setImmediate(resolve));
      ownTurns--;
      if (this.#activity !== seen || this.#held > 0 || (!this.#isAllInMemory && somethingUnderWay())) {
        seen = this.#activity;
        quiet = -1;
      }
    }
  }
}

/** Requests of Node's (to the disk, for a name, for a connection), queued callbacks and child processes; not what merely waits. */
const underWay = /Req|ProcessWrap|ConnectWrap|WriteWrap/;

/** Callbacks that clocks have queued to see whether others are idle. Two clocks must not take each other's for work. */
let ownTurns = 0;

function somethingUnderWay(): boolean {
  const kinds = process.getActiveResourcesInfo();
  return kinds.some((kind) => underWay.test(kind)) || kinds.filter((kind) => kind === 'Immediate').length > ownTurns;
}
