/** How all pairs are, in one short line: for the service manager's status line. Pure. */
import type { PairReport } from './pair-activity.ts';

/** Worst first. */
const rank = ['halted', 'waiting', 'paused', 'starting', 'working', 'looking', 'idle', 'stopped'] as const;

/** `working: Cloud 12 of 300; halted: Photos (the local folder is missing …)`. */
export function statusLine(reports: readonly PairReport[]): string {
  const sorted = [...reports].sort((one, other) => rank.indexOf(one.phase) - rank.indexOf(other.phase));
  const worth = sorted.filter(({ phase, exit }) => phase !== 'idle' || (exit !== null && exit !== 0));
  if (worth.length === 0) return reports.length === 1 ? 'in sync' : `in sync, ${reports.length} folder pairs`;
  return worth.map(wordsFor).join('; ');
}

function wordsFor(report: PairReport): string {
  const { name, phase, error, work, exit, held, problems } = report;
  if (error !== null) return `${phase}: ${name} (${error.message})`;
  if (phase === 'working') return `working: ${name}, ${work.done} of ${work.operations}`;
  if (phase !== 'idle') return `${phase}: ${name}`;
  if (held > 0) return `${name}: ${held} removals wait for a person, see \`yetisync held\``;
  if (problems.length > 0) return `${name}: ${problems.length} not synced, see \`yetisync status\``;
  return exit === 0 ? `${name}: in sync` : `${name}: not in sync yet`;
}
