/**
 * Outcomes that come at the same moment enter the state in one transaction: those of a folder whose closing look has
 * come, of files that one sync has brought to the disk, of all that is only linked. Until then the effect has happened and is
 * not recorded, as after a crash; nobody goes on before it is.
 */
import type { Clock, Outcome, PairState } from '../ports.ts';

/** Resolves once the outcome is recorded; rejects if it, by itself, cannot be. */
export type Recorder = (outcome: Outcome) => Promise<void>;

/** Some 20 ms of work, in which nothing else runs; ten times that on a computer that is busy with other things. */
const mostAtOnce = 100;

interface Waiting {
  readonly outcome: Outcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function makeRecorder(state: Pick<PairState, 'record' | 'recordAll'>, clock: Pick<Clock, 'sleep'>): Recorder {
  let waiting: Waiting[] = [];

  let isFlushing = false;
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostAtOnce);
      waiting = waiting.slice(mostAtOnce);
      recordBatch(state, batch);
      if (waiting.length > 0) await clock.sleep(0); // the others have their turn
    }
    isFlushing = false;
  };

  return (outcome) =>
    new Promise((resolve, reject) => {
      waiting.push({ outcome, resolve, reject });
      if (isFlushing) return;
      isFlushing = true;
      // Behind all that is ready to run now: whoever waited for the same thing gets here first.
      queueMicrotask(() => void flush());
    });
}

function recordBatch(state: Pick<PairState, 'record' | 'recordAll'>, batch: readonly Waiting[]): void {
  try {
    state.recordAll(batch.map(({ outcome }) => outcome));
  } catch {
    // One of them cannot be recorded, or none: each by itself tells which.
    for (const one of batch) recordAlone(state, one);
    return;
  }
  for (const { resolve } of batch) resolve();
}

function recordAlone(state: Pick<PairState, 'record'>, { outcome, resolve, reject }: Waiting): void {
  try {
    state.record(outcome);
    resolve();
  } catch (error) {
    reject(error);
  }
}
