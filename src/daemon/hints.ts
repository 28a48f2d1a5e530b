/** Folders on the disk where something may have happened since they were looked at, and when it is time to look. */
import { isWithin } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { LocalStart } from '../cycle.ts';
import type { WatchHint } from '../core/watch-hint.ts';

/** Somebody who never rests must not keep all others waiting: so many times `settle` is the longest wait. */
const longestWait = 5;
/** Of more folders than these a look at everything is cheaper than looks at each. */
const mostFolders = 5_000;

/** All times in milliseconds of one clock that never goes back. */
export class Hints {
  readonly #folders = new Map<RelPath, boolean>();
  #isLost = false;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  add(hint: WatchHint, nowMs: number): void {
    this.#firstMs = Math.min(this.#firstMs, nowMs);
    this.#lastMs = nowMs;
    if (hint.kind === 'lost') this.#isLost = true;
    else if (!this.#isLost) this.#folders.set(hint.folder, hint.deep || this.#folders.get(hint.folder) === true);
    if (this.#folders.size > mostFolders) this.#isLost = true;
    if (this.#isLost) this.#folders.clear();
  }

  /** When to look: once nothing was heard for `settleMs`, or they do not stop. `null`: there are none. */
  dueMs(settleMs: number): number | null {
    if (this.#firstMs === Infinity) return null;
    return Math.min(this.#lastMs + settleMs, this.#firstMs + longestWait * settleMs);
  }

  /** Takes them all; whoever does must look there, or put them back. */
  take(): 'everything' | readonly LocalStart[] {
    const taken = this.#isLost ? 'everything' : [...this.#folders].map(([folder, deep]) => ({ folder, deep }));
    this.#folders.clear();
    this.#isLost = false;
    this.#firstMs = Infinity;
    this.#lastMs = -Infinity;
    return taken;
  }

  /** The look failed. What was meanwhile heard stays. */
  putBack(taken: 'everything' | readonly LocalStart[], nowMs: number): void {
    if (taken === 'everything') this.add({ kind: 'lost' }, nowMs);
    else for (const start of taken) this.add({ kind: 'folder', ...start }, nowMs);
  }
}

/** Whether a look that begins at `starts` sees `path` itself or what lies in it. */
export function covers(starts: 'everything' | readonly LocalStart[], path: RelPath): boolean {
  return (
    starts === 'everything' || starts.some(({ folder, deep }) => folder === path || (deep && isWithin(path, folder)))
  );
}
