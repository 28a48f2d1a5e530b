/** How long the thread was busy with one thing, so that everything else had to wait: timers, answers of the host, signals. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Stalls {
  /** The longest since this was asked before, in milliseconds; to within `resolutionMs`. Resolves a moment later: see below. */
  takeLongestMs(): Promise<number>;
  close(): void;
}

/** Looked at so often; more often it would cost an idle program more than all else it does. */
const resolutionMs = 20;

function begin() {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return delays;
}

/**
 * A histogram learns of a stall when its timer fires after it. Whoever waited for the answer meanwhile asks before that, and a reset
 * would drop just the stall that kept them waiting. So the next histogram is at work before the former one is read.
 */
export function watchStalls(): Stalls {
  let delays = begin();
  const take = async (): Promise<number> => {
    const former = delays;
    delays = begin();
    // by then the timers of both have fired
    await new Promise((resolve) => setTimeout(resolve, 2 * resolutionMs));
    former.disable();
    return Math.max(0, former.max / 1e6 - resolutionMs);
  };
  return {
    takeLongestMs: take,
    close: () => void delays.disable(),
  };
}
