/** `yetisync history`: what yetisync did, newest first, by path, time, kind and run. Read from the state alone. */
import type { Pair } from '../config/config.ts';
import { parseDuration } from '../config/values.ts';
import { nearest } from '../config/problems.ts';
import { ROOT_ENTRY } from '../core/entry.ts';
import { isLocalName, parseRelPath, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { hasCode } from '../errors.ts';
import { copyState } from '../compose/state-copy.ts';
import type { DoneKind, HistoryLine, HistoryQuery, RunSummary } from '../ports.ts';
import type { OpenState } from '../state/open-state.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { countText, durationText, momentText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { findPaths } from './find-path.ts';
import { openConfig } from './open-config.ts';
import { doneCounts, happenedOf } from './operation-words.ts';
import type { Shell } from './shell.ts';

export interface HistoryWords extends Where {
  readonly path?: string;
  readonly since?: string;
  readonly kind?: string;
  readonly run?: string;
  readonly runs?: boolean;
  readonly limit?: string;
}

/** What changes a side and is so kept in the history. */
const kinds = ['upload', 'download', 'createFolder', 'move', 'conflictCopy', 'trash', 'mergeTwin', 'restore'] as const;
const usualLimit = 50;

export async function showHistory(words: HistoryWords, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  const query = queryOf(words, realClock.now());
  const placed = words.path === undefined ? null : await findPaths(words.path, config, shell, realDisk);
  const pairs = placed ?? config.pairs.map((pair) => ({ pair, path: undefined }));
  let count = 0;
  for (const { pair, path } of pairs) {
    const state = await copyState(pair, { config });
    if (state === null) continue;
    try {
      const lines =
        words.runs === true ? runLines(state, pair, query, words) : actLines(state, pair, query, path, words);
      if (lines.length === 0) continue;
      count += lines.length;
      if (words.json !== true && config.pairs.length > 1) shell.print(shell.out.style.bold(nameText(pair.local)));
      for (const line of lines) shell.print(line);
      if (lines.length === query.limit && words.json !== true)
        shell.tell(
          shell.out.style.dim(`the newest ${numberText(query.limit)}; \`--limit ${query.limit * 10}\` shows more`),
        );
    } finally {
      state.close();
    }
  }
  if (count === 0 && words.json !== true) shell.print('nothing of that kind was done');
  return 0;
}

function actLines(
  state: OpenState,
  pair: Pair,
  query: HistoryQuery,
  path: RelPath | undefined,
  { json = false }: HistoryWords,
): string[] {
  const about = path === undefined ? {} : { path, ids: idsOf(path, state) };
  return state.history({ ...query, ...about }).map((line) => {
    const { run, atMs, kind, side, path: at, reason, facts } = line;
    if (json) return JSON.stringify({ pair: pair.name, ...line, at: new Date(atMs).toISOString() });
    const { size, count, trash } = facts;
    const amount =
      typeof size === 'number'
        ? ` (${sizeText(size)})`
        : typeof count === 'number'
          ? ` (${countText(count, 'item')})`
          : '';
    const kept = typeof trash === 'string' ? ` [${nameText(trash)}]` : '';
    const what = kind === 'move' ? moveText(line) : pathText(at);
    return `${momentText(atMs)}  run ${run}  ${happenedOf(kind, side)} ${what}${amount}: ${reason}${kept}`;
  });
}

/** `d/old.txt to d/new.txt`. */
function moveText({ path, facts: { from, to } }: HistoryLine): string {
  if (typeof from !== 'string' || typeof to !== 'string') return pathText(path);
  return `${pathText(parseRelPath(from))} to ${pathText(parseRelPath(to))}`;
}

/** On the host, of what is or was at `path`: its versions before and since too, under whatever name. */
function idsOf(path: RelPath, state: OpenState): readonly string[] {
  const { view } = state;
  let known = view.base(ROOT_ENTRY);
  for (const name of path.split('/').filter(isLocalName))
    known = known === null ? null : view.baseAt(known.entry, name);
  // what moved along with a folder is named in no line of its own
  const found = new Set<string>(known === null || path === ROOT ? [] : [known.remoteId]);
  const idsIn = ({ facts: { id, oldId } }: HistoryLine) => [id, oldId].filter((one) => typeof one === 'string');
  const isAbout = (line: HistoryLine) =>
    [line.path, line.facts['from'], line.facts['to']].includes(path) || idsIn(line).some((id) => found.has(id));
  for (let before = -1; before < found.size;) {
    before = found.size;
    const lines = state.history({ path, ids: [...found], limit: Number.MAX_SAFE_INTEGER });
    for (const id of lines.filter(isAbout).flatMap(idsIn)) found.add(id);
  }
  return [...found];
}

function runLines(state: OpenState, pair: Pair, query: HistoryQuery, { json = false }: HistoryWords): string[] {
  return state
    .lastRuns(query.limit)
    .filter(({ run, startedMs }) => (query.run ?? run) === run && startedMs >= (query.sinceMs ?? 0))
    .map((run) =>
      json ? JSON.stringify({ pair: pair.name, ...run, started: new Date(run.startedMs).toISOString() }) : runText(run),
    );
}

function runText({ run, startedMs, endedMs, exit, counts }: RunSummary): string {
  const begun = `${momentText(startedMs)}  run ${run}`;
  if (endedMs === null) return `${begun}  is under way, or was cut off`;
  const how = exit === 0 ? 'in sync' : `status ${exit ?? '?'}`;
  const done = doneCounts(counts);
  return `${begun}  ${how} after ${durationText(endedMs - startedMs)}: ${done.length === 0 ? 'nothing to do' : done.join(', ')}`;
}

/** `nowMs` in milliseconds since 1970. Throws `usage/wrong`. */
export function queryOf({ since, kind, run, limit }: HistoryWords, nowMs: number): HistoryQuery {
  return {
    limit: limit === undefined ? usualLimit : wholeNumber('--limit', limit),
    ...(run === undefined ? {} : { run: wholeNumber('--run', run) }),
    ...(kind === undefined ? {} : { kind: kindOf(kind) }),
    ...(since === undefined ? {} : { sinceMs: momentOf(since, nowMs) }),
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value === 0) throw wrongUse(`${option} must be a whole number from 1 on`);
  return value;
}

function kindOf(text: string): DoneKind {
  const kind = kinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  const close = nearest(text, kinds);
  throw wrongUse(
    `--kind: there is no "${text}"; ${close === undefined ? `they are ${kinds.join(', ')}` : `did you mean ${close}?`}`,
  );
}

/** A time ago, as `2d`, or a day, as `2026-11-20`, in this computer's zone, with or without a time. */
function momentOf(text: string, nowMs: number): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/.exec(text);
  if (day !== null) {
    const [year = 0, month = 1, date = 1, hour = 0, minute = 0] = day.slice(1).map((part) => Number(part ?? 0));
    return new Date(year, month - 1, date, hour, minute).getTime();
  }
  try {
    return nowMs - parseDuration(text);
  } catch (error) {
    if (!hasCode(error, 'config/invalid')) throw error;
    throw wrongUse('--since must be a time ago such as 2h or 3d, or a day such as 2026-11-20');
  }
}
