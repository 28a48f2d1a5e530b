/** Transfers that go on behind the round that began them, until they end or the pass does. */
import type { Operation } from '../core/operation.ts';
import type { SyncError } from '../errors.ts';
import type { Dirty, OperationResult } from './hands.ts';

export interface Unfinished {
  readonly operation: Operation;
  /** To be called once. Rejects only with what stops the whole pass. */
  readonly result: () => Promise<OperationResult>;
}

/** What came of those that ended. */
export interface Ended {
  readonly count: number;
  readonly failures: readonly { readonly operation: Operation; readonly error: SyncError }[];
  readonly dirty: Dirty;
}

export class UnderWay {
  readonly #running = new Map<Operation, Promise<void>>();
  #ended: { readonly operation: Operation; readonly result: OperationResult }[] = [];
  #halt: { readonly error: unknown } | null = null;

  add(unfinished: readonly Unfinished[]): void {
    for (const { operation, result } of unfinished) {
      const end = result().then(
        (value) => void this.#ended.push({ operation, result: value }),
        (error: unknown) => void (this.#halt ??= { error }),
      );
      this.#running.set(
        operation,
        end.then(() => void this.#running.delete(operation)),
      );
    }
  }

  get operations(): readonly Operation[] {
    return [...this.#running.keys()];
  }

  /** Those that ended since this was asked before. Throws what stops the whole pass. */
  takeEnded(): Ended {
    if (this.#halt !== null) throw this.#halt.error;
    const ended = this.#ended.splice(0);
    const dirty = ended.flatMap(({ result }) => (result.kind === 'stale' ? [result.dirty] : []));
    return {
      count: ended.length,
      failures: ended.flatMap(({ operation, result }) =>
        result.kind === 'failed' ? [{ operation, error: result.error }] : [],
      ),
      dirty: { local: dirty.flatMap((it) => it.local), remote: dirty.flatMap((it) => it.remote) },
    };
  }

  /** None is under way, and what came of all was taken. */
  get isQuiet(): boolean {
    return this.#running.size + this.#ended.length === 0 && this.#halt === null;
  }

  /** Resolves when any of them has ended, or something else arrives. */
  async untilNews(arrives: ((signal: AbortSignal) => Promise<void>) | undefined): Promise<void> {
    if (this.#ended.length > 0 || this.#halt !== null) return;
    const over = new AbortController();
    try {
      await Promise.race([...this.#running.values(), ...(arrives === undefined ? [] : [arrives(over.signal)])]);
    } finally {
      over.abort();
    }
  }

  /** Resolves when all have. */
  async allEnd(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
