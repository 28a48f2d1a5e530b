/**
 * Paths that could not be synced: not tried twice in one pass, and in later passes with growing waits, but at once when they change.
 * What needs only this computer is tried in every pass: it costs the host nothing.
 */
import type { ErrorCode, SyncError } from '../errors.ts';
import type { Operation, OperationNumber, Problem } from './operation.ts';
import type { RelPath } from './path.ts';
import type { Plan } from './order.ts';

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** As the state keeps it. */
export interface Known {
  readonly path: RelPath;
  readonly code: ErrorCode;
  readonly detail: string | null;
  /** What it was tried with: if that changes it is tried again at once. */
  readonly fingerprint: string;
  readonly sinceMs: number;
  readonly tries: number;
  readonly nextTryMs: number;
}

export class Postponed {
  readonly #nowMs: number;
  readonly #before: ReadonlyMap<string, Known>;
  /** What failed in this pass, or still waits since an earlier one. */
  readonly #now = new Map<string, Known>();

  constructor(known: readonly Known[], nowMs: number) {
    this.#nowMs = nowMs;
    this.#before = new Map(known.map((it) => [it.fingerprint, it]));
  }

  /** The plan without what failed before, and without what waits for that. */
  leaveOut(plan: Plan): Plan {
    const out = new Set<OperationNumber>();
    const operations: Operation[] = [];
    for (const op of plan.operations) {
      const fingerprint = fingerprintOf(op);
      const before = this.#before.get(fingerprint);
      if (before !== undefined && before.nextTryMs > this.#nowMs && !this.#now.has(fingerprint))
        this.#now.set(fingerprint, before);
      if (this.#now.has(fingerprint) || op.after.some((other) => out.has(other))) out.add(op.number);
      else operations.push(op);
    }
    return out.size === 0 ? plan : { ...plan, operations };
  }

  /** Takes down what failed. */
  note(failures: readonly { readonly operation: Operation; readonly error: SyncError }[]): void {
    for (const { operation, error } of failures) {
      const fingerprint = fingerprintOf(operation);
      const before = this.#before.get(fingerprint);
      const tries = (before?.tries ?? 0) + 1;
      const asksHost = error.code.startsWith('remote/') || error.code === 'name/unsupported';
      const wait = asksHost ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) : 0;
      this.#now.set(fingerprint, {
        path: operation.path,
        code: error.code,
        detail: error.detail ?? null,
        fingerprint,
        sinceMs: before?.sinceMs ?? this.#nowMs,
        tries,
        nextTryMs: this.#nowMs + wait,
      });
    }
  }

  problems(): readonly Problem[] {
    return [...this.#now.values()].map(({ path, code, detail }) => ({ path, code, detail }));
  }

  known(): readonly Known[] {
    return [...this.#now.values()];
  }
}

/** What is tried, with what: the same again has the same chances. Numbers of new entries differ from pass to pass and are no part of it. */
function fingerprintOf(op: Operation): string {
  const here = 'local' in op ? op.local.stamp : '';
  const there = 'remote' in op ? (typeof op.remote === 'string' ? op.remote : op.remote.id) : '';
  const to = 'to' in op ? op.to.remoteName : '';
  return [op.kind, 'side' in op ? op.side : '', op.path, here, there, to].join('\n');
}
