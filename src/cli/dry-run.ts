/** `yetisync --once --dry-run`: what a pass would do, step by step with the reason. Changes nothing anywhere. */
import type { PairEngine } from '../compose.ts';
import { openEngine } from '../compose.ts';
import { COPY_REASON } from '../compose/preview.ts';
import type { FollowUp, Preview } from '../compose/preview.ts';
import type { Operation } from '../core/operation.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { countText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import type { OnceWords } from './once.ts';
import { bytesOf, factsOf, isWorthTelling, sentenceOf } from './operation-words.ts';
import { errorFacts, heldLines, problemFacts, problemLines, stopText, worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

/** A look that succeeds ends with 0 whatever it found; else with what stopped the pair. */
export async function dryRun({ config: path, json = false }: OnceWords, shell: Shell): Promise<number> {
  const config = await openConfig(path, shell);
  const log = openLog(config, shell);
  const engine = await openEngine({ config, log, ...engineWorld(shell, 'yetisync --once --dry-run'), isLook: true });
  const exits: number[] = [];
  try {
    for (const pair of engine.pairs) {
      const found = await look(pair);
      exits.push(found instanceof SyncError ? meaningOf(found.code).exit : 0);
      if (found instanceof SyncError && found.code === 'bug') log.error('unexpected failure', { error: found });
      if (json) for (const line of previewLines(pair, found)) shell.print(JSON.stringify(line));
      else shell.print(previewText(pair, found, shell.out.style));
      if (shell.signal.aborted) break;
    }
  } finally {
    await engine.close();
  }
  const exit = worstOf(exits);
  if (json) shell.print(JSON.stringify({ event: 'summary', exit, dryRun: true }));
  return exit;
}

async function look(engine: PairEngine): Promise<Preview | SyncError> {
  try {
    return await engine.preview({ onEvent: () => undefined });
  } catch (error) {
    return error instanceof SyncError ? error : new SyncError('bug', { cause: error });
  }
}

// ---------------------------------------------------------------------------------------------- as text

export function previewText({ pair }: Pick<PairEngine, 'pair'>, found: Preview | SyncError, style: Style): string {
  const head = style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`);
  if (found instanceof SyncError) {
    return [head, `  ${stopText(found, style)}`].join('\n');
  }
  const steps = found.operations.filter(isWorthTelling);
  const followUps = new Map(found.followUps.map((one) => [one.after, one]));
  return [
    head,
    ...steps.flatMap((operation) => [
      ...stepLines(operation, style),
      ...followUpLines(followUps.get(operation.number), style),
    ]),
    ...heldLines(found.held, style),
    ...problemLines(found.problems, style),
    ...totalLines(found, steps, style),
  ].join('\n');
}

function stepLines(operation: Operation, style: Style): string[] {
  const size = bytesOf(operation);
  const covers = operation.kind === 'trash' ? operation.covers.length : 0;
  const amount = size > 0 ? ` (${sizeText(size)})` : covers > 0 ? ` (with ${countText(covers, 'item')} in it)` : '';
  return [`  ${sentenceOf(operation)}${amount}`, style.dim(`      ${operation.reason}`)];
}

/** The copy of a conflict is a new file from then on, which the pass goes on to send or fetch. */
function followUpLines(followUp: FollowUp | undefined, style: Style): string[] {
  if (followUp === undefined) return [];
  const { kind, path, size } = followUp;
  return [`  ${kind} ${pathText(path)} (${sizeText(size)})`, style.dim(`      ${COPY_REASON}`)];
}

function totalLines(
  { operations, followUps, waiting, toCompareBytes }: Preview,
  steps: readonly Operation[],
  style: Style,
): string[] {
  const noted = operations.length - steps.length;
  const size = (kind: 'upload' | 'download') =>
    sizeText(
      [...steps.map((step) => ({ kind: step.kind, size: bytesOf(step) })), ...followUps]
        .filter((step) => step.kind === kind)
        .reduce((sum, step) => sum + step.size, 0),
    );
  return [
    ...(waiting.length === 0 ? [] : [`  ${numberText(waiting.length)} waiting for a later pass`]),
    ...(noted === 0 ? [] : [`  ${countText(noted, 'item')} stand alike on both sides and would only be noted`]),
    ...(toCompareBytes === 0
      ? []
      : [`  ${sizeText(toCompareBytes)} would be read on both sides to compare them; what differs becomes more steps`]),
    steps.length === 0
      ? style.green('  nothing to do')
      : `  ${countText(steps.length + followUps.length, 'step')}: ${size('upload')} to upload, ${size('download')} to download. Nothing was changed.`,
  ];
}

// ---------------------------------------------------------------------------------------------- as JSON

export function previewLines(
  { pair }: Pick<PairEngine, 'pair'>,
  found: Preview | SyncError,
): readonly Readonly<Record<string, unknown>>[] {
  const name = { pair: pair.name };
  if (found instanceof SyncError) return [{ event: 'error', ...errorFacts(found), ...name }];
  const { operations, followUps, held, problems, waiting, toCompareBytes } = found;
  const steps = operations.length + followUps.length;
  return [
    ...operations.map((operation) => ({ event: 'step', ...factsOf(operation), ...name })),
    ...followUps.map(({ kind, path, size }) => ({ event: 'step', kind, path, size, reason: COPY_REASON, ...name })),
    ...held.map(({ side, path, entryKind }) => ({ event: 'held', side, path, kind: entryKind, ...name })),
    ...problems.map((problem) => ({ event: 'problem', ...problemFacts(problem), ...name })),
    { event: 'preview', steps, held: held.length, waiting: waiting.length, toCompareBytes, ...name },
  ];
}
