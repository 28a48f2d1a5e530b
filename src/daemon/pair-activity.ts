/** What a pair is doing and how it went, for whoever asks: `status`, the service manager, metrics. Decides nothing. */
import type { Operation } from '../core/operation.ts';
import type { Problem } from '../core/operation.ts';
import type { CycleEvent, CycleResult } from '../cycle.ts';
import type { ErrorCode, SyncError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { PairFacts } from './synced-pair.ts';

export type Phase = 'starting' | 'looking' | 'working' | 'idle' | 'paused' | 'waiting' | 'halted' | 'stopped';

export interface ActivityReport {
  readonly phase: Phase;
  /** What stopped the pair as a whole; `null`: nothing does. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly sinceMs: number } | null;
  /** When it looks or works again, in milliseconds since 1970; `null`: it does so now, or nobody knows. */
  readonly nextMs: number | null;
  /** Of the round that is under way. */
  readonly work: {
    readonly operations: number;
    readonly done: number;
    readonly underWay: readonly {
      readonly kind: string;
      readonly path: string;
      readonly bytes: number;
      readonly size: number;
    }[];
  };
  /** What the last pass that came to its end left behind. */
  readonly exit: number | null;
  readonly problems: readonly Problem[];
  readonly waiting: number;
  readonly held: number;
  /** Since the daemon began. */
  readonly totals: {
    readonly passes: number;
    readonly operations: Readonly<Record<string, number>>;
    readonly bytesUp: number;
    readonly bytesDown: number;
    readonly failures: Readonly<Record<string, number>>;
  };
}

export interface PairReport extends ActivityReport {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  /** When the folder on the host that was not looked at for longest was looked at, in milliseconds since 1970. */
  readonly oldestViewMs: number | null;
  readonly remoteFolders: number | null;
  readonly sweepPeriodMs: number | null;
  readonly watched: number;
  /** Why not every folder is watched. */
  readonly watchTrouble: string | null;
  /** `null`: the pair is not open now. */
  readonly facts: PairFacts | null;
}

/** So many transfers are told by name. */
const mostNamed = 8;

export class PairActivity {
  readonly #clock: Clock;
  #phase: Phase = 'starting';
  #error: ActivityReport['error'] = null;
  #nextMs: number | null = null;
  #operations = 0;
  #done = 0;
  /** Transfers may outlast the round that began them. */
  readonly #underWay = new Map<Operation, { readonly operation: Operation; bytes: number }>();
  #result: CycleResult | null = null;
  #passes = 0;
  readonly #counts: Record<string, number> = {};
  readonly #failures: Record<string, number> = {};
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#nextMs = null;
  }

  rest(why: 'paused' | 'failure' | 'idle', forMs: number): void {
    this.#underWay.clear(); // what a pause has cut off
    const isHalted = this.#phase === 'halted';
    this.#phase = why === 'paused' ? 'paused' : why === 'idle' ? 'idle' : isHalted ? 'halted' : 'waiting';
    this.#nextMs = Number.isFinite(forMs) && why === 'failure' ? this.#clock.now() + forMs : null;
  }

  note(event: CycleEvent): void {
    switch (event.kind) {
      case 'phase':
        this.enter(event.phase === 'execute' ? 'working' : 'looking');
        return;
      case 'planned':
        this.#operations = event.operations.length + this.#underWay.size + (event.later?.items ?? 0);
        this.#done = 0;
        return;
      case 'started':
        this.#underWay.set(event.operation, { operation: event.operation, bytes: 0 });
        return;
      case 'bytes': {
        const known = this.#underWay.get(event.operation);
        if (known !== undefined) known.bytes += event.bytes;
        if (event.operation.kind === 'upload') this.#bytesUp += event.bytes;
        else this.#bytesDown += event.bytes;
        return;
      }
      case 'done':
      case 'stale':
      case 'failed':
        this.#underWay.delete(event.operation);
        this.#done += 1;
    }
  }

  finish(result: CycleResult): void {
    this.#result = result;
    this.#passes += 1;
    this.#operations = 0;
    this.#done = 0;
    this.#underWay.clear();
    for (const [kind, count] of Object.entries(result.counts)) this.#counts[kind] = (this.#counts[kind] ?? 0) + count;
  }

  failed(error: SyncError, kind: 'retry' | 'halt' | 'exit'): void {
    const sinceMs = this.#error?.code === error.code ? this.#error.sinceMs : this.#clock.now();
    this.#error = { code: error.code, message: error.message, sinceMs };
    this.#failures[error.code] = (this.#failures[error.code] ?? 0) + 1;
    this.#underWay.clear();
    this.enter(kind === 'retry' ? 'waiting' : 'halted');
  }

  recovered(): void {
    this.#error = null;
  }

  report(): ActivityReport {
    const underWay = [...this.#underWay.values()].slice(0, mostNamed).map(({ operation, bytes }) => ({
      kind: operation.kind,
      path: operation.path,
      bytes,
      size:
        'size' in operation
          ? operation.size
          : 'remote' in operation && typeof operation.remote === 'object'
            ? operation.remote.size
            : 0,
    }));
    return {
      phase: this.#phase,
      error: this.#error,
      nextMs: this.#nextMs,
      work: { operations: this.#operations, done: this.#done, underWay },
      exit: this.#result?.exit ?? null,
      problems: this.#result?.problems ?? [],
      waiting: this.#result?.waiting.length ?? 0,
      held: this.#result?.held.length ?? 0,
      totals: {
        passes: this.#passes,
        operations: { ...this.#counts },
        bytesUp: this.#bytesUp,
        bytesDown: this.#bytesDown,
        failures: { ...this.#failures },
      },
    };
  }
}
