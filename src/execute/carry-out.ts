/** One round's plan with all that its operations have at hand, and what may be more pressing than the rest of it. */
import { hasEffect } from '../core/operation.ts';
import type { Operation } from '../core/operation.ts';
import type { Plan } from '../core/order.ts';
import type { Log } from '../log.ts';
import type { Hands, ProgressEvent } from './hands.ts';
import { readNamesThere } from './names-there.ts';
import { isLargerThan, runPlan } from './run.ts';
import type { Leaving, RunResult } from './run.ts';
import { makeSending } from './sending.ts';
import type { Tools } from './tools.ts';

/** For so long a round goes on although something else happened on the disk meanwhile: then that gets its turn. */
const ROUND_MS = 20_000;

/** What a round shares with its pass, and what else may be more pressing by now. */
interface Round extends Pick<
  Hands,
  'state' | 'remote' | 'files' | 'absences' | 'clock' | 'random' | 'newHasher' | 'log' | 'signal' | 'isIgnored'
> {
  readonly settings: { readonly settleMs: number; readonly computer: string; readonly largeFrom: number };
  readonly onEvent: (event: ProgressEvent) => void;
  readonly news?: {
    readonly isWaiting: () => boolean;
    readonly arrives: (signal: AbortSignal) => Promise<void>;
  };
}

/**
 * Runs the plan. `apart`: what is under way since earlier rounds. `isPortion`: more is decided after this one. What is done is counted in `counts`,
 * by kind and side. Rejects only with what stops the whole pass.
 */
export async function carryOut(
  plan: Plan,
  tools: Tools,
  round: Round,
  {
    counts,
    apart,
    isPortion,
  }: { readonly counts: Record<string, number>; readonly apart: readonly Operation[]; readonly isPortion: boolean },
): Promise<RunResult> {
  const { state, clock, settings, news, onEvent } = round;
  const leftStaged = state.intents().filter(({ intent }) => intent.kind === 'upload' && intent.stagedName !== null);
  const beganMs = clock.monotonic();
  const makeHands = (leaving: Leaving): Hands => ({
    ...round,
    ...tools,
    namesThere: readNamesThere(state.remoteTree),
    leftStaged,
    room: { refusedBytes: Infinity, unfetchedBytes: Infinity },
    settleMs: settings.settleMs,
    computer: settings.computer,
    sending: makeSending(plan.operations),
    isLeaving: ({ id, parent, name }) => {
      const planned = leaving.get(id);
      return planned !== undefined && planned.parent === parent && planned.name === name;
    },
    onProgress: (event) => {
      if (event.kind === 'done' && hasEffect(event.operation)) countIn(counts, event.operation, round.log);
      onEvent(event);
    },
  });
  const pressing = {
    largeFrom: settings.largeFrom,
    ...(isPortion && { largeAside: apart.filter((op) => isLargerThan(settings.largeFrom, op)).length }),
    ...(news !== undefined && {
      mayBegin: () => clock.monotonic() - beganMs < ROUND_MS || !news.isWaiting(),
      arrives: news.arrives,
    }),
  };
  return runPlan(plan, makeHands, pressing);
}

function countIn(counts: Record<string, number>, operation: Operation, log: Log): void {
  const side = 'side' in operation ? ` ${operation.side}` : '';
  const key = `${operation.kind}${side}`;
  counts[key] = (counts[key] ?? 0) + 1;
  log.info('operation done', { kind: operation.kind, path: operation.path, reason: operation.reason });
}
