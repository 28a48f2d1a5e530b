/**
 * What operations write down at the same moment enters the state in one transaction: intents, the answers to them, and outcomes, those of a folder
 * whose closing look has come, of files that one sync has brought to the disk, of all that is only linked. A commit of its own for each would cost
 * more than all that it holds. Until then nothing is written: nobody goes on before it is, so no act goes ahead of its intent, and an effect
 * whose outcome is not recorded is as after a crash.
 */
import type { Clock, Intent, IntentNumber, Outcome, PairState } from '../ports.ts';

/** Each resolves once it is written; rejects if it, by itself, cannot be. */
export interface Journal {
  /** An act is about to be done. */
  begin(intent: Intent): Promise<IntentNumber>;
  /** More is known of it. */
  note(number: IntentNumber, intent: Intent): Promise<void>;
  /**
   * It is done. `outcome` is asked when it is written, for what the state knows may move on until then; `null`: nothing is to be recorded any more.
   * Returns whether it was.
   */
  record(outcome: () => Outcome | null): Promise<boolean>;
}

/** Some 20 ms of work, in which nothing else runs; ten times that on a computer that is busy with other things. */
const mostAtOnce = 100;

/** Outcomes keep nobody waiting who holds a place in a line: they are gathered a little longer, in milliseconds. */
const gatherMs = 15;

interface Line {
  /** Writes it. Throws what the state throws. */
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function makeJournal(
  state: Pick<PairState, 'atOnce' | 'beginIntent' | 'noteIntent' | 'record'>,
  clock: Pick<Clock, 'sleep'>,
): Journal {
  const acts = makeQueue(state, clock, 0);
  const outcomes = makeQueue(state, clock, gatherMs);
  return {
    begin: (intent) => acts(() => state.beginIntent(intent, false)),
    note: (number, intent) => acts(() => state.noteIntent(number, intent)),
    record: (outcome) =>
      outcomes(() => {
        const known = outcome();
        if (known !== null) state.record(known);
        return known !== null;
      }),
  };
}

/** What is written through it within `waitMs` is written together. */
function makeQueue(
  state: Pick<PairState, 'atOnce'>,
  clock: Pick<Clock, 'sleep'>,
  waitMs: number,
): <T>(write: () => T) => Promise<T> {
  let waiting: Line[] = [];
  let isFlushing = false;
  const flush = async (): Promise<void> => {
    await clock.sleep(waitMs); // whoever heard of the same thing, or of another at the same moment, gets here first
    while (waiting.length > 0) {
      const lines = waiting.slice(0, mostAtOnce);
      waiting = waiting.slice(mostAtOnce);
      writeDown(lines, state);
      if (waiting.length > 0) await clock.sleep(0); // the others have their turn
    }
    isFlushing = false;
  };
  return <T>(write: () => T) =>
    new Promise<T>((resolve, reject) => {
      let result: { readonly value: T } | null = null;
      waiting.push({
        write: () => (result = { value: write() }),
        resolve: () => result !== null && resolve(result.value),
        reject,
      });
      if (isFlushing) return;
      isFlushing = true;
      void flush();
    });
}

function writeDown(lines: readonly Line[], state: Pick<PairState, 'atOnce'>): void {
  try {
    state.atOnce(() => lines.forEach(({ write }) => write()));
  } catch {
    // One of them cannot be written, or none: each by itself tells which.
    for (const line of lines) writeAlone(line);
    return;
  }
  for (const { resolve } of lines) resolve();
}

function writeAlone({ write, resolve, reject }: Line): void {
  try {
    write();
    resolve();
  } catch (error) {
    reject(error);
  }
}
