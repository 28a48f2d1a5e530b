/**
 * What a person is told on their desktop: that a pair stopped, that removals wait, that files were changed on both sides. Once for each
 * time, however many files it is about; never for what goes on by itself.
 */
import { meaningOf } from '../errors.ts';
import type { PairReport } from './pair-activity.ts';

export interface Notice {
  readonly title: string;
  readonly text: string;
}

type Reported = Pick<PairReport, 'name' | 'local' | 'phase' | 'error' | 'held'> & {
  readonly totals: Pick<PairReport['totals'], 'operations'>;
};

export class DeskNews {
  /** What waits for the person, as it was said, by pair and kind. */
  readonly #said = new Map<string, string>();
  readonly #conflicts = new Map<string, number>();

  /** What is to be said since this was asked before. */
  news(reports: readonly Reported[]): readonly Notice[] {
    return reports.flatMap((report) => {
      const texts = [
        this.#onceSaid(report, 'stopped', stoppedText(report)),
        this.#onceSaid(report, 'held', heldText(report)),
        this.#newConflicts(report),
      ];
      const title = `yetisync: ${report.name}`;
      return texts.flatMap((text) => (text === '' ? [] : [{ title, text }]));
    });
  }

  /** The text, unless it was the last one; once nothing is the matter any more it may be said again. */
  #onceSaid({ local }: Reported, kind: string, text: string): string {
    const key = `${kind} ${local}`;
    const before = this.#said.get(key) ?? '';
    this.#said.set(key, text);
    return text === before ? '' : text;
  }

  #newConflicts({ local, totals: { operations } }: Reported): string {
    const before = this.#conflicts.get(local) ?? 0;
    const now = (operations['conflictCopy local'] ?? 0) + (operations['conflictCopy remote'] ?? 0);
    this.#conflicts.set(local, now);
    const count = now - before;
    if (count <= 0) return '';
    const what =
      count === 1 ? '1 file was changed on both sides and is' : `${count} files were changed on both sides and are`;
    return `${what} kept twice: yetisync conflicts`;
  }
}

/** What is tried again by itself, such as a host out of reach, is no matter for a person. */
function stoppedText({ phase, error }: Reported): string {
  const hasStopped = phase === 'halted' || phase === 'stopped';
  if (!hasStopped || error === null || !needsPerson(error.code)) return '';
  return error.message;
}

function needsPerson(code: NonNullable<Reported['error']>['code']): boolean {
  return meaningOf(code).disposition === 'halt' && code !== 'stopped';
}

/** Without the number: while it changes there is nothing new to say. */
function heldText({ held }: Reported): string {
  return held > 0 ? 'unusually many removals at once wait for you: yetisync held' : '';
}
