/**
 * Which failures of a call are tried again by themselves, how often and after how long. What must hold: a call that
 * changes something is sent again only where the host certainly did not act; waits grow and differ between computers;
 * and while the host is out of reach each further call finds that out once, not five times over.
 */
import { hasCode, SyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Random } from '../ports.ts';
import { longestPauseMs } from './pace.ts';
import { isRead } from './request.ts';
import type { Call, Send } from './request.ts';

interface RetryRow {
  /** `reads`: only calls that change nothing. `all`: the host refused before it did anything. */
  readonly calls: 'reads' | 'all';
  /** Attempts in all. */
  readonly tries: number;
  /** The first wait, in milliseconds; each further one is twice as long. */
  readonly firstWaitMs: number;
}

const rows: Partial<Record<ErrorCode, RetryRow>> = {
  'remote/unreachable': { calls: 'reads', tries: 4, firstWaitMs: 500 },
  'remote/timeout': { calls: 'reads', tries: 3, firstWaitMs: 1_000 },
  'remote/server-error': { calls: 'reads', tries: 4, firstWaitMs: 1_000 },
  'remote/bad-answer': { calls: 'reads', tries: 3, firstWaitMs: 1_000 },
  'remote/rate-limited': { calls: 'all', tries: 8, firstWaitMs: 1_000 },
};

const longestWaitMs = 60_000;

/** After these the host as a whole is in doubt, not one item. */
const outages: readonly ErrorCode[] = ['remote/unreachable', 'remote/timeout'];

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function withRetry(send: Send, { clock, random, log }: RetryOptions): Send {
  let outage = false;
  return async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await send(call);
        outage = false;
        return answer;
      } catch (error) {
        const wait = error instanceof SyncError ? waitBefore(error, call, attempt, outage) : null;
        if (wait === null) {
          outage = hasCode(error, ...outages);
          throw error;
        }
        const spread = random.fraction();
        const waitMs = Math.ceil(wait.jitter ? wait.ms * (0.5 + spread / 2) : wait.ms + spread * 1_000);
        log.debug('call repeated', { endpoint: call.endpoint, attempt, waitMs, error });
        await clock.sleep(waitMs, call.signal);
      }
    }
  };
}

/** `null`: not again. A wait that the host asked for is not cut short; the others are spread over their second half. */
function waitBefore(
  error: SyncError,
  call: Call,
  attempt: number,
  outage: boolean,
): { ms: number; jitter: boolean } | null {
  const row = rows[error.code];
  if (row === undefined || (row.calls === 'reads' && !isRead(call.endpoint))) return null;
  // The stream of an upload can be read once.
  if (call.file !== undefined || attempt >= row.tries) return null;
  if (outage && outages.includes(error.code)) return null;
  if (error.retryAfterMs !== undefined) {
    return error.retryAfterMs > longestPauseMs ? null : { ms: error.retryAfterMs, jitter: false };
  }
  return { ms: Math.min(longestWaitMs, row.firstWaitMs * 2 ** (attempt - 1)), jitter: true };
}
