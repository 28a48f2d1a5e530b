/** What the running daemon does with a pair right now, in a person's words. */
import type { PairStatusLine } from '../daemon/control-schema.ts';
import { agoText, nameText, numberText, roughDurationText, sizeText } from './amounts.ts';
import type { Style } from './shell.ts';

/** Lines to stand below those of the state. `null`: no daemon runs this pair. `nowMs` in milliseconds since 1970. */
export function daemonLines(line: PairStatusLine | null, nowMs: number, style: Style): readonly string[] {
  if (line === null) return [];
  return [
    `  now              ${phaseText(line, nowMs, style)}`,
    ...line.work.underWay.map(
      ({ kind, path, bytes, size }) =>
        `    ${kind} ${nameText(path)}${size > 0 ? `, ${sizeText(bytes)} of ${sizeText(size)}` : ''}`,
    ),
    ...(line.oldestViewMs === null
      ? []
      : [`  oldest view      ${agoText(line.oldestViewMs, nowMs)}, of the host's folders`]),
    ...watchLines(line, style),
  ];
}

function phaseText({ phase, error, nextMs, work }: PairStatusLine, nowMs: number, style: Style): string {
  const next = nextMs === null ? '' : `, again in ${roughDurationText(Math.max(0, nextMs - nowMs))}`;
  switch (phase) {
    case 'starting':
      return 'starting';
    case 'looking':
      return 'looking for changes';
    case 'working':
      return `working, ${numberText(work.done)} of ${numberText(work.operations)} steps done`;
    case 'idle':
      return 'waiting for changes';
    case 'paused':
      return style.yellow('paused: `yetisync resume` lets it go on');
    case 'waiting':
      return `${style.yellow('waiting')}: ${nameText(error?.message ?? 'something failed')}${next}`;
    case 'halted':
      return `${style.red('halted')}: ${nameText(error?.message ?? '')}${next}`;
    case 'stopped':
      return 'stopped';
  }
}

/** Told with the cure: without watches a change here is found a minute later instead of at once. */
export function watchLines({ watched, watchTrouble }: PairStatusLine, style: Style): readonly string[] {
  if (watchTrouble === null) return [];
  const cure =
    watchTrouble === 'ENOSPC'
      ? ': raise fs.inotify.max_user_watches, then `yetisync now`'
      : watchTrouble === 'EMFILE'
        ? ': raise fs.inotify.max_user_instances, then `yetisync now`'
        : ` (${watchTrouble})`;
  return [
    `  ${style.yellow('not every folder is watched')}, ${numberText(watched)} are${cure}; until then all are looked at every minute`,
  ];
}
