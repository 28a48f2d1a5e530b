/**
 * Paths that could not be synced: not tried twice in one pass, and in later passes with growing waits, but at once when they change.
 * What needs only this computer is tried in every pass: it costs the host nothing.
 */
import type { ErrorCode, SyncError } from '../errors.ts';
import type { Operation, OperationNumber, Problem } from './operation.ts';
import type { RelPath } from './path.ts';
import type { Plan } from './order.ts';
import { AWAITS_STEP } from './waits.ts';

const FIRST_WAIT_MS = 60_000;
/** The host was away: most often it is back soon, and nothing is wrong with the path. */
const FIRST_WAIT_AWAY_MS = 5_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** What the account may do, as far as it decides what can be synced. `null`: no limit. In bytes. */
export interface Limits {
  readonly canUpload: boolean;
  readonly maxUploadSize: number | null;
  readonly maxDownloadSize: number | null;
  readonly downloadsPerDay: number | null;
  readonly maxStorage: number | null;
}

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

  /** Something in the plan failed for what the account may not do: what it may by now decides whether that is tried again at once. */
  asksForLimits(plan: Plan): boolean {
    if (this.#before.size === 0) return false;
    return plan.operations.some((op) => {
      const before = this.#before.get(fingerprintOf(op));
      return before !== undefined && before.nextTryMs > this.#nowMs && isLimited(before.code);
    });
  }

  /** The plan without what failed before; what waits for that is said to wait. `limits`: where they are known. */
  leaveOut(plan: Plan, limits: Limits | null): Plan {
    if (this.#before.size + this.#now.size === 0) return plan;
    const out = new Set<OperationNumber>();
    const operations: Operation[] = [];
    const waiting = [...plan.waiting];
    for (const op of plan.operations) {
      const fingerprint = fingerprintOf(op);
      const before = this.#before.get(fingerprint);
      const mustWait = before !== undefined && before.nextTryMs > this.#nowMs && !isAllowedNow(op, before, limits);
      if (mustWait && !this.#now.has(fingerprint)) this.#now.set(fingerprint, before);
      const hasFailed = this.#now.has(fingerprint);
      if (!hasFailed && !op.after.some((other) => out.has(other))) {
        operations.push(op);
        continue;
      }
      out.add(op.number);
      if (!hasFailed) waiting.push({ path: op.path, why: AWAITS_STEP });
    }
    return out.size === 0 ? plan : { operations, waiting };
  }

  /** Takes down what failed. */
  note(failures: readonly { readonly operation: Operation; readonly error: SyncError }[]): void {
    for (const { operation, error } of failures) {
      const fingerprint = fingerprintOf(operation);
      const before = this.#before.get(fingerprint);
      const tries = (before?.tries ?? 0) + 1;
      const asksHost = error.code.startsWith('remote/') || error.code === 'name/unsupported';
      const first = error.code === 'remote/unreachable' ? FIRST_WAIT_AWAY_MS : FIRST_WAIT_MS;
      const growing = Math.min(LONGEST_WAIT_MS, first * 2 ** (tries - 1));
      // of what hangs on the day the error says how long it takes
      const isDaily = error.code === 'remote/download-limit' && error.retryAfterMs !== undefined;
      const wait = !asksHost ? 0 : isDaily ? Math.max(FIRST_WAIT_MS, error.retryAfterMs ?? 0) : growing;
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

const limited: ReadonlySet<ErrorCode> = new Set([
  'remote/too-large',
  'remote/upload-forbidden',
  'remote/download-limit',
  'remote/quota',
]);

function isLimited(code: ErrorCode): boolean {
  return limited.has(code);
}

const STORES = 'it may store';

/** What is said of an account whose space is used up: of how much. `null`: it has no limit that is known. */
export function storageDetail({ maxStorage }: Pick<Limits, 'maxStorage'>): string | null {
  return maxStorage === null ? null : `${STORES} ${maxStorage} bytes`;
}

/** It failed by what the account might do then, without asking the host about it; and now it may. */
function isAllowedNow(op: Operation, { code, detail }: Known, limits: Limits | null): boolean {
  if (limits === null) return false;
  switch (code) {
    case 'remote/upload-forbidden':
      return detail === null && limits.canUpload;
    case 'remote/download-limit':
      return limits.downloadsPerDay === null;
    case 'remote/quota':
      return detail?.startsWith(STORES) === true && detail !== storageDetail(limits);
    case 'remote/too-large': {
      const [size, most] =
        op.kind === 'upload'
          ? [op.size, limits.maxUploadSize]
          : op.kind === 'download'
            ? [op.remote.size, limits.maxDownloadSize]
            : [0, 0];
      return detail !== null && detail.startsWith(`${size} bytes`) && (most === null || size <= most);
    }
    default:
      return false;
  }
}
