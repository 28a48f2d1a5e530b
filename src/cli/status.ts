/**
 * `yetisync status`: what the last pass left behind, read from the state alone: no host is asked, nobody is disturbed.
 * A report answers 0, whatever it has to say.
 */
import { askDaemon } from '../compose/control.ts';
import { readStatus, type PairStatus } from '../compose/status.ts';
import type { Config } from '../config/config.ts';
import type { DaemonStatus, PairStatusLine } from '../daemon/control-schema.ts';
import { hasCode, meaningOf } from '../errors.ts';
import type { RunSummary } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { agoText, countText, durationText, momentText, nameText, numberText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { daemonLines } from './daemon-words.ts';
import { openConfig } from './open-config.ts';
import { doneCounts } from './operation-words.ts';
import {
  firstOf,
  heldLines,
  problemFacts,
  problemGroups,
  problemLines,
  problemText,
  waitingLines,
} from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export interface StatusWords extends Where {
  readonly watch?: boolean;
  /** With a code: only those. */
  readonly problems?: boolean | string;
}

/** How often `--watch` looks again. */
const watchMs = 2_000;

export async function showStatus(words: StatusWords, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  if (words.watch !== true) {
    shell.print((await statusLines(config, words, shell)).join('\n'));
    return 0;
  }
  if (words.json !== true && !shell.out.isTerminal)
    throw wrongUse('--watch needs a terminal; `yetisync status --watch --json` prints a line for each look');
  for (;;) {
    const text = (await statusLines(config, words, shell)).join('\n');
    shell.print(words.json === true ? text : `${CLEAR}${text}\n\n${shell.out.style.dim('Ctrl+C ends this')}`);
    try {
      await realClock.sleep(watchMs, shell.signal);
    } catch (error) {
      if (hasCode(error, 'stopped')) return 0;
      throw error;
    }
  }
}

/** Empties the screen and begins at its top. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

async function statusLines(config: Config, { json = false, problems }: StatusWords, shell: Shell): Promise<string[]> {
  const statuses = await readStatus({ config });
  const daemon = (await askDaemon(config, { command: 'status' })) ?? null;
  if (json)
    return statuses.map((status) => JSON.stringify({ ...statusFacts(status), daemon: lineFor(status, daemon) }));
  const { style } = shell.out;
  if (problems !== undefined && problems !== false)
    return statuses.flatMap((status) => listLines(status, typeof problems === 'string' ? problems : null, style));
  const lockedBy = statuses.find((status) => status.lockedBy !== null)?.lockedBy ?? null;
  const nowMs = realClock.now();
  return [
    ...statuses.map((status) =>
      [statusText(status, nowMs, style), ...daemonLines(lineFor(status, daemon), nowMs, style)].join('\n'),
    ),
    style.dim(
      daemon !== null
        ? `the daemon (process ${daemon.pid}) has been running since ${momentText(daemon.startedMs)}`
        : lockedBy === null
          ? 'no daemon is running, nothing is under way'
          : `at work now: ${nameText(lockedBy)}`,
    ),
  ];
}

function lineFor({ pair }: PairStatus, daemon: DaemonStatus | null): PairStatusLine | null {
  return daemon?.pairs.find(({ local }) => local === pair.local) ?? null;
}

/** `nowMs` in milliseconds since 1970. */
export function statusText(status: PairStatus, nowMs: number, style: Style): string {
  const { isKnown, lastRun, problems, held, unsynced, waiting } = status;
  const head = headText(status, style);
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
    ...stopLines(status.lastStop, nowMs, style),
    `  host last seen   ${timeText(status.lastSweepMs, nowMs)}`,
    `  ${countText(status.entries, 'item')} ${unsynced === 0 ? 'in step' : 'known'}`,
    ...(unsynced === 0 ? [] : [`  ${style.yellow(`${numberText(unsynced)} not in step`)} when the last pass looked`]),
    ...conflictLines(lastRun),
    ...heldLines(held, style),
    ...problemLines(problems, style),
    ...waitingLines(waiting, style),
    ...nameLines(status),
  ].join('\n');
}

function stopLines(stop: PairStatus['lastStop'], nowMs: number, style: Style): string[] {
  if (stop === null || stop.code === 'remote/sign-in-refused') return []; // the head says that one, and what to do
  const about = stop.about === null ? '' : ` (${nameText(stop.about)})`;
  return [`  ${style.red('stopped')}          ${agoText(stop.atMs, nowMs)}: ${meaningOf(stop.code).message}${about}`];
}

function headText({ pair }: PairStatus, style: Style): string {
  return style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`);
}

function timeText(ms: number | null, nowMs: number): string {
  return ms === null ? 'never' : `${momentText(ms)}, ${agoText(ms, nowMs)}`;
}

function runText(run: RunSummary | null, nowMs: number): string {
  if (run === null) return 'never';
  const begun = timeText(run.startedMs, nowMs);
  if (run.endedMs === null) return `${begun}: it is under way, or was cut off`;
  const done = doneCounts(run.counts);
  const what = done.length === 0 ? 'nothing to do' : done.join(', ');
  return `${begun}: ${run.exit === 0 ? 'in sync' : `not in sync (status ${run.exit ?? '?'})`}, ${what}`;
}

function conflictLines(run: RunSummary | null): string[] {
  const conflicts = (run?.counts['conflictCopy local'] ?? 0) + (run?.counts['conflictCopy remote'] ?? 0);
  return conflicts === 0
    ? []
    : [`  ${countText(conflicts, 'conflict')} in that pass: \`yetisync conflicts\` lists them`];
}

function nameLines({ names }: PairStatus): string[] {
  if (names.length === 0) return [];
  return [
    `  ${countText(names.length, 'item')} with another name on the host:`,
    ...firstOf(names.map(({ path, remoteName }) => `${nameText(path)} is ${nameText(remoteName)} there`)),
    ...(names.length > 5 ? ['    `yetisync status --json` names all of them'] : []),
  ];
}

/** Each by its path, for who wants to mend them one by one. */
function listLines(status: PairStatus, code: string | null, style: Style): string[] {
  const groups = problemGroups(status.problems).filter(([one]) => code === null || one === code);
  if (groups.length === 0)
    return [
      `${headText(status, style)}\n  ${code === null ? 'no problems' : `no problems of the kind ${nameText(code)}`}`,
    ];
  return [
    headText(status, style),
    ...groups.flatMap(([one, some]) => [
      `  ${meaningOf(one).exit === 0 ? one : style.red(one)}: ${meaningOf(one).message}`,
      ...some.map((problem) => {
        const { tries, nextTryMs } = problem;
        const wait = nextTryMs === undefined ? 0 : nextTryMs - realClock.now();
        const again =
          tries === undefined
            ? ''
            : `, tried ${countText(tries, 'time')}${wait > 0 ? `, again in ${durationText(wait)}` : ''}`;
        return `    ${problemText(problem)}${again}`;
      }),
    ]),
  ];
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
