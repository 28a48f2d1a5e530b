/** What came of one pair's pass, and what a person or a program is told about it. */
import type { CycleResult } from '../cycle.ts';
import type { Pair } from '../config/config.ts';
import type { Removal } from '../core/guard.ts';
import type { Operation, Problem } from '../core/operation.ts';
import type { ErrorCode } from '../errors.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { countText, durationText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import { complaintOf } from './complaint.ts';
import { doneWords, newNameOf } from './operation-words.ts';
import type { Style } from './shell.ts';

/** Of a longer list a person wants the beginning and the number. */
const mostPaths = 5;

export interface RunOutcome {
  readonly pair: Pair;
  readonly exit: number;
  /** `SyncError`: what stopped the pair. */
  readonly result: CycleResult | SyncError;
  /** As in `CycleResult`; here also of a pass that was stopped. */
  readonly counts: Readonly<Record<string, number>>;
  readonly conflicts: readonly Operation[];
  readonly bytes: { readonly up: number; readonly down: number };
  readonly tookMs: number;
}

/** 3 before 1 before 0: what needs a person is what the caller must hear of. A bug outranks all. */
export function worstOf(exits: readonly number[]): number {
  const rank = [0, 1, 2, 3, meaningOf('bug').exit];
  return exits.reduce((worst, exit) => (rank.indexOf(exit) > rank.indexOf(worst) ? exit : worst), 0);
}

// ---------------------------------------------------------------------------------------------- as text

export function outcomeText(outcome: RunOutcome, style: Style): string {
  const { pair, result } = outcome;
  const head = style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`);
  if (result instanceof SyncError) {
    return [head, ...doneLines(outcome), `  ${stopText(result, style)}`].join('\n');
  }
  const { problems, held, waiting } = result;
  return [
    head,
    ...doneLines(outcome),
    ...conflictLines(outcome.conflicts, style),
    ...heldLines(held, style),
    ...problemLines(problems, style),
    ...waitingLines(waiting, style),
    `  ${verdict(outcome, result, style)}`,
  ].join('\n');
}

/** Why a pair stopped, and what to do about it. */
export function stopText(error: SyncError, style: Style): string {
  if (error.code === 'stopped') return `${style.yellow('stopped on request')}: the next pass does what is left`;
  return `${style.red('stopped:')} ${complaintOf(error).replace(/^yetisync: /, '')}`;
}

function doneLines({ bytes, counts }: RunOutcome): string[] {
  const sizes: Readonly<Record<string, number>> = { upload: bytes.up, download: bytes.down };
  return doneWords.flatMap(([key, one, many]) => {
    const count = counts[key] ?? 0;
    if (count === 0) return [];
    const size = sizes[key];
    return [`  ${countText(count, one, many)}${size === undefined ? '' : `, ${sizeText(size)}`}`];
  });
}

function conflictLines(conflicts: readonly Operation[], style: Style): string[] {
  if (conflicts.length === 0) return [];
  return [
    `  ${style.yellow(countText(conflicts.length, 'conflict'))}: both versions are kept, one under another name`,
    ...firstOf(conflicts.map((copy) => `${pathText(copy.path)} → ${nameText(newNameOf(copy) ?? '')}`)),
  ];
}

export function heldLines(held: readonly Pick<Removal, 'path' | 'side'>[], style: Style): string[] {
  if (held.length === 0) return [];
  const here = held.filter(({ side }) => side === 'local').length;
  const where = here === 0 ? 'on the host' : here === held.length ? 'here' : `here (${here}) and on the host`;
  const paths = [...new Set(held.map(({ path }) => pathText(path)))];
  return [
    `  ${style.red(`${countText(held.length, 'removal')} ${where} held back`)}: unusually many at once, so a person must agree`,
    ...firstOf(paths),
    '    `yetisync held` shows them; `yetisync held approve` or `held reject` decides',
  ];
}

/** Grouped by what is the matter: a line for each of ten thousand empty files would hide the one that matters. */
export function problemLines(problems: readonly Problem[], style: Style): string[] {
  return problemGroups(problems).flatMap(([code, some]) => {
    const { exit, message } = meaningOf(code);
    // What the host cannot hold at all is no failure, and stands apart.
    const count =
      exit === 0 ? `${numberText(some.length)} left alone` : style.red(`${numberText(some.length)} not synced`);
    const more = some.length > mostPaths ? [`    \`yetisync status --problems ${code}\` lists all of them`] : [];
    return [`  ${count}: ${message}`, ...firstOf(some.map(problemText)), ...more];
  });
}

/** Failures first. */
export function problemGroups<P extends Problem>(problems: readonly P[]): (readonly [ErrorCode, readonly P[]])[] {
  const byCode = new Map<ErrorCode, P[]>();
  for (const problem of problems) {
    const known = byCode.get(problem.code);
    if (known === undefined) byCode.set(problem.code, [problem]);
    else known.push(problem);
  }
  return [...byCode].sort(([a], [b]) => meaningOf(b).exit - meaningOf(a).exit);
}

export function problemText({ path, detail }: Problem): string {
  return `${pathText(path)}${detail === null ? '' : ` (${nameText(detail)})`}`;
}

export function waitingLines(waiting: CycleResult['waiting'], style: Style): string[] {
  if (waiting.length === 0) return [];
  return [
    `  ${style.yellow(`${numberText(waiting.length)} waiting`)} for a later pass`,
    ...firstOf(waiting.map(({ path, why }) => `${pathText(path)}: ${why}`)),
  ];
}

function verdict({ exit, tookMs }: RunOutcome, { counts, problems, held }: CycleResult, style: Style): string {
  const time = `after ${durationText(tookMs)}`;
  const isIdle = Object.keys(counts).length === 0;
  if (exit === 0) return style.green(`in sync ${time}${isIdle ? ', nothing to do' : ''}`);
  const failed = problems.filter(({ code }) => meaningOf(code).exit !== 0).length;
  const parts = [
    ...(held.length > 0 ? [`${countText(held.length, 'removal')} held back`] : []),
    ...(failed > 0 ? [`${countText(failed, 'item')} not synced`] : []),
  ];
  return style.red(
    `not in sync ${time}: ${parts.length === 0 ? 'something is still changing, run again' : parts.join(', ')}`,
  );
}

export function firstOf(lines: readonly string[]): string[] {
  const more = lines.length - mostPaths;
  return [
    ...lines.slice(0, mostPaths).map((line) => `    ${line}`),
    ...(more > 0 ? [`    … and ${numberText(more)} more`] : []),
  ];
}

// ---------------------------------------------------------------------------------------------- as JSON

export function outcomeFacts({
  pair,
  exit,
  result,
  counts,
  conflicts,
  bytes,
  tookMs,
}: RunOutcome): Readonly<Record<string, unknown>> {
  const shown = { pair: pair.name, local: pair.local, remote: pair.remote, exit, seconds: Math.round(tookMs) / 1000 };
  if (result instanceof SyncError) return { ...shown, counts, bytes, error: errorFacts(result) };
  return {
    ...shown,
    rounds: result.rounds,
    counts: result.counts,
    bytes,
    conflicts: conflicts.map((copy) => ({ path: copy.path, copy: newNameOf(copy) })),
    held: result.held.map(({ side, path, entryKind }) => ({ side, path, kind: entryKind })),
    problems: result.problems.map(problemFacts),
    waiting: result.waiting,
  };
}

export function problemFacts({ path, code, detail }: Problem): Readonly<Record<string, unknown>> {
  const { message, exit } = meaningOf(code);
  return { path, code, message, detail, isFailure: exit !== 0 };
}

export function errorFacts(error: SyncError): Readonly<Record<string, unknown>> {
  return { code: error.code, message: error.message, ...(error.path === undefined ? {} : { path: error.path }) };
}
