/** How often each call of the API was made, how often it failed and how long it took: the last process's, for a report. */
import { SyncError } from '../errors.ts';
import type { Clock, Transport } from '../ports.ts';
import type { OpenState } from '../state/open-state.ts';

interface Tally {
  calls: number;
  /** No answer, or one that is no success by its status. */
  failed: number;
  /** Until the answer began, in milliseconds. */
  ms: number;
}

export class CallTally {
  readonly #clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly #sinceMs: number;
  readonly #byKind = new Map<string, Tally>();

  constructor(clock: Pick<Clock, 'monotonic' | 'now'>) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
  }

  /** The transport, heard. */
  around(transport: Transport): Transport {
    return async (request) => {
      const tally = this.#of(kindOf(request.url));
      const begunMs = this.#clock.monotonic();
      tally.calls += 1;
      try {
        const answer = await transport(request);
        if (answer.status >= 400) tally.failed += 1;
        return answer;
      } catch (error) {
        tally.failed += 1;
        throw error;
      } finally {
        tally.ms += Math.round(this.#clock.monotonic() - begunMs);
      }
    };
  }

  /** As JSON; `null`: no call was made. */
  text(): string | null {
    if (this.#byKind.size === 0) return null;
    const byKind = Object.fromEntries([...this.#byKind].sort(([one], [other]) => (one < other ? -1 : 1)));
    return JSON.stringify({ sinceMs: this.#sinceMs, untilMs: this.#clock.now(), byKind });
  }

  #of(kind: string): Tally {
    const known = this.#byKind.get(kind) ?? { calls: 0, failed: 0, ms: 0 };
    this.#byKind.set(kind, known);
    return known;
  }
}

/** Leaves the tally in the state, which is closed. A disk that is full keeps it from nothing but that. */
export function closeWith(tally: CallTally, state: Pick<OpenState, 'facts' | 'close'>): void {
  const text = tally.text();
  try {
    if (text !== null) state.facts.set('calls', text);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
  } finally {
    state.close();
  }
}

/** `folder/listing`; of everything that is no call of the API, `content`: its address is a secret. */
function kindOf(url: string): string {
  return /\/api\/v2\/([a-z_]+(?:\/[a-z_]+)?)\/?$/.exec(url)?.[1] ?? 'content';
}
