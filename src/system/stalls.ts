/** How long the thread was busy with one thing, so that everything else had to wait: timers, answers of the host, signals. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Stalls {
  /** The longest since this was asked before, in milliseconds; to within `resolutionMs`. */
  takeLongestMs(): number;
  close(): void;
}

/** Looked at so often; more often it would cost an idle program more than all else it does. */
const resolutionMs = 20;

export function watchStalls(): Stalls {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return {
    takeLongestMs() {
      const longest = Math.max(0, delays.max / 1e6 - resolutionMs);
      delays.reset();
      return longest;
    },
    close: () => void delays.disable(),
  };
}
