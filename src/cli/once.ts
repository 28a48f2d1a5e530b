/** `yetisync --once`: one full pass of each pair, one after the other. What stops one pair does not stop the others. */
import type { CycleEvent } from '../cycle.ts';
import type { PairEngine } from '../compose.ts';
import type { ObserveProgress } from '../compose/pair-world.ts';
import { openEngine } from '../compose.ts';
import { hasCode, meaningOf, SyncError } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { countText, durationText, nameText, sizeText } from './amounts.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import { bytesOf, factsOf, isWorthTelling } from './operation-words.ts';
import { LiveLines, leastColumns } from './live-lines.ts';
import { frameLines } from './progress-lines.ts';
import { Progress } from './progress.ts';
import { outcomeFacts, outcomeText, worstOf, type RunOutcome } from './run-outcome.ts';
import type { Shell } from './shell.ts';

/** How often a line of progress is written: often for who watches, seldom into a file. */
const everyMs = { terminal: 3_000, elsewhere: 30_000 };

/** The lines that change are drawn so often, in milliseconds, but take no more than one part in so many of the time. */
const drawMs = { least: 200, times: 50 };

export interface OnceWords {
  readonly config?: string;
  readonly json?: boolean;
}

/** Resolves to the exit status; rejects with `SyncError` for what concerns all pairs. */
export async function syncOnce({ config: path, json = false }: OnceWords, given: Shell): Promise<number> {
  const startedMs = realClock.monotonic();
  const live = json ? null : liveLinesOf(given);
  const shell = live === null ? given : tellingAbove(live, given);
  const config = await openConfig(path, shell);
  const log = openLog(config, shell);
  const engine = await openEngine({ config, log, ...engineWorld(shell, 'yetisync --once') });
  const outcomes: RunOutcome[] = [];
  try {
    for (const pair of engine.pairs) {
      const outcome = await runPair(pair, { isOneOfMany: engine.pairs.length > 1, json, live, shell });
      outcomes.push(outcome);
      if (!json) shell.print(outcomeText(outcome, shell.out.style));
      if (hasCode(outcome.result, 'bug'))
        log.error('unexpected failure', { pair: pair.pair.name, error: outcome.result });
      if (shell.signal.aborted) break;
    }
  } finally {
    await engine.close();
  }
  const exit = worstOf(outcomes.map((outcome) => outcome.exit));
  if (json) {
    const seconds = Math.round(realClock.monotonic() - startedMs) / 1000;
    shell.print(JSON.stringify({ event: 'summary', exit, seconds, pairs: outcomes.map(outcomeFacts) }));
  } else if (outcomes.length > 1) {
    shell.print(totalText(outcomes, realClock.monotonic() - startedMs));
  }
  return exit;
}

interface Telling {
  readonly isOneOfMany: boolean;
  readonly json: boolean;
  /** `null`: plain lines. */
  readonly live: LiveLines | null;
  readonly shell: Shell;
}

async function runPair(engine: PairEngine, { isOneOfMany, json, live, shell }: Telling): Promise<RunOutcome> {
  const { pair } = engine;
  const startedMs = realClock.monotonic();
  const progress = new Progress(() => realClock.monotonic());
  const prefix = isOneOfMany ? `${nameText(pair.name)}: ` : '';
  const ended = new AbortController();
  const everyLine = shell.err.isTerminal ? everyMs.terminal : everyMs.elsewhere;
  const telling = json
    ? Promise.resolve()
    : live !== null
      ? drawOften(live, { progress, prefix, shell }, ended.signal)
      : tellEvery(everyLine, ended.signal, () => shell.tell(shell.err.style.dim(`${prefix}${progress.line()}`)));
  const onEvent = (event: CycleEvent | ObserveProgress): void => {
    progress.note(event);
    const facts = json ? eventFacts(event) : null;
    if (facts !== null) shell.print(JSON.stringify({ ...facts, pair: pair.name }));
  };
  const end = (exit: number, result: RunOutcome['result']): RunOutcome => ({
    pair,
    exit,
    result,
    counts: progress.counts,
    conflicts: progress.conflicts,
    bytes: progress.bytes,
    tookMs: realClock.monotonic() - startedMs,
  });
  try {
    const result = await engine.runOnce({ onEvent });
    return end(result.exit, result);
  } catch (error) {
    const known = error instanceof SyncError ? error : new SyncError('bug', { cause: error });
    return end(meaningOf(known.code).exit, known);
  } finally {
    ended.abort();
    await telling;
  }
}

/** `null`: the terminal cannot, or is too narrow; then plain lines tell of it now and then. */
function liveLinesOf({ err: { canvas } }: Shell): LiveLines | null {
  return canvas === null || canvas.columns < leastColumns ? null : new LiveLines(canvas);
}

/** What is printed meanwhile stands above the lines that change. */
function tellingAbove(live: LiveLines, shell: Shell): Shell {
  const above = (say: (text: string) => void) => (text: string) => {
    live.clear();
    say(text);
  };
  return { ...shell, print: above((text) => shell.print(text)), tell: above((text) => shell.tell(text)) };
}

/** Several times a second; less often where to draw takes long, for many thousands of steps. */
async function drawOften(
  live: LiveLines,
  { progress, prefix, shell }: { readonly progress: Progress; readonly prefix: string; readonly shell: Shell },
  signal: AbortSignal,
): Promise<void> {
  let waitMs = drawMs.least;
  try {
    for (;;) {
      await realClock.sleep(waitMs, signal);
      const startedMs = realClock.monotonic();
      const { canvas, style } = shell.err;
      const columns = canvas?.columns ?? 0;
      live.draw(frameLines(progress, { columns, style, prefix, isStopping: shell.signal.aborted }));
      waitMs = Math.max(drawMs.least, (realClock.monotonic() - startedMs) * drawMs.times);
    }
  } catch (error) {
    if (!hasCode(error, 'stopped')) throw error;
  } finally {
    live.clear();
  }
}

async function tellEvery(ms: number, signal: AbortSignal, tell: () => void): Promise<void> {
  try {
    for (;;) {
      await realClock.sleep(ms, signal);
      tell();
    }
  } catch (error) {
    if (!hasCode(error, 'stopped')) throw error;
  }
}

/** `null`: no event that a program needs to hear of. */
function eventFacts(event: CycleEvent | ObserveProgress): Readonly<Record<string, unknown>> | null {
  switch (event.kind) {
    case 'phase':
      return { event: 'phase', phase: event.phase, round: event.round };
    case 'planned': {
      const operations = event.operations.filter(isWorthTelling);
      const bytes = operations.reduce((sum, operation) => sum + bytesOf(operation), 0);
      const later = event.later === undefined ? {} : { later: event.later };
      return {
        event: 'planned',
        round: event.round,
        operations: operations.length,
        bytes,
        held: event.held.length,
        ...later,
      };
    }
    case 'done':
    case 'stale':
    case 'failed': {
      if (event.kind === 'done' && !isWorthTelling(event.operation)) return null;
      const why = event.why === undefined ? {} : { why: event.why };
      return { event: 'operation', outcome: event.kind, ...factsOf(event.operation), ...why };
    }
    case 'observing':
    case 'started':
    case 'bytes':
      return null;
  }
}

function totalText(outcomes: readonly RunOutcome[], tookMs: number): string {
  const well = outcomes.filter(({ exit }) => exit === 0).length;
  const up = outcomes.reduce((sum, { bytes }) => sum + bytes.up, 0);
  const down = outcomes.reduce((sum, { bytes }) => sum + bytes.down, 0);
  const folders = countText(outcomes.length, 'folder pair');
  return `${folders}, ${well} in sync; ${sizeText(up)} up, ${sizeText(down)} down in ${durationText(tookMs)}`;
}
