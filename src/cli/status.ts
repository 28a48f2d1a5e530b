/**
 * `yetisync status`: what the last pass left behind, read from the state alone: no host is asked, nobody is disturbed.
 * A report answers 0, whatever it has to say.
 */
import { readStatus, type PairStatus } from '../compose/status.ts';
import type { RunSummary } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { agoText, countText, momentText, nameText, numberText } from './amounts.ts';
import type { OnceWords } from './once.ts';
import { openConfig } from './open-config.ts';
import { doneWords } from './operation-words.ts';
import { heldLines, problemFacts, problemLines } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export async function showStatus({ config: path, json = false }: OnceWords, shell: Shell): Promise<number> {
  const config = await openConfig(path, shell);
  const statuses = await readStatus({ config });
  if (json) {
    for (const status of statuses) shell.print(JSON.stringify(statusFacts(status)));
    return 0;
  }
  const lockedBy = statuses.find((status) => status.lockedBy !== null)?.lockedBy ?? null;
  const { style } = shell.out;
  for (const status of statuses) shell.print(statusText(status, realClock.now(), style));
  shell.print(
    style.dim(lockedBy === null ? 'no daemon is running, nothing is under way' : `at work now: ${nameText(lockedBy)}`),
  );
  return 0;
}

/** `nowMs` in milliseconds since 1970. */
export function statusText(status: PairStatus, nowMs: number, style: Style): string {
  const { pair, isKnown, lastRun, problems, held, unsynced } = status;
  const head = style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`);
  const refused = status.isSignInRefused
    ? [
        `  ${style.red('the host refused the sign-in')}: mend the credentials in the config; the same ones are not tried again`,
      ]
    : [];
  if (!isKnown) return [head, ...refused, '  never synced on this computer: run `yetisync --once`'].join('\n');
  return [
    head,
    ...refused,
    `  last in sync     ${timeText(status.lastSuccessMs, nowMs)}`,
    `  last pass        ${runText(lastRun, nowMs)}`,
    `  host last seen   ${timeText(status.lastSweepMs, nowMs)}`,
    `  ${countText(status.entries, 'item')} in step`,
    ...(unsynced === 0 ? [] : [`  ${style.yellow(`${numberText(unsynced)} not in step`)} when the last pass looked`]),
    ...conflictLines(lastRun),
    ...heldLines(held, style),
    ...problemLines(problems, style),
  ].join('\n');
}

function timeText(ms: number | null, nowMs: number): string {
  return ms === null ? 'never' : `${momentText(ms)}, ${agoText(ms, nowMs)}`;
}

function runText(run: RunSummary | null, nowMs: number): string {
  if (run === null) return 'never';
  const begun = timeText(run.startedMs, nowMs);
  if (run.endedMs === null) return `${begun}: it is under way, or was cut off`;
  const done = doneWords.flatMap(([key, one, many]) => {
    const count = run.counts[key] ?? 0;
    return count === 0 ? [] : [countText(count, one, many)];
  });
  const what = done.length === 0 ? 'nothing to do' : done.join(', ');
  return `${begun}: ${run.exit === 0 ? 'in sync' : `not in sync (status ${run.exit ?? '?'})`}, ${what}`;
}

function conflictLines(run: RunSummary | null): string[] {
  const conflicts = (run?.counts['conflictCopy local'] ?? 0) + (run?.counts['conflictCopy remote'] ?? 0);
  return conflicts === 0
    ? []
    : [`  ${countText(conflicts, 'conflict')} in that pass: look for "(conflict" in the names`];
}

function statusFacts(status: PairStatus): Readonly<Record<string, unknown>> {
  const { pair, held, problems, ...rest } = status;
  return {
    pair: pair.name,
    local: pair.local,
    remote: pair.remote,
    ...rest,
    problems: problems.map(({ sinceMs, tries, nextTryMs, ...problem }) => ({
      ...problemFacts(problem),
      sinceMs,
      tries,
      nextTryMs,
    })),
    held: held.map(({ side, path, entryKind, approved, sinceMs }) => ({
      side,
      path,
      kind: entryKind,
      approved,
      sinceMs,
    })),
  };
}
