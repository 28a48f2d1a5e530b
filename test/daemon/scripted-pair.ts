/** A pair for tests of the loop: tells what it is asked to do, and fails when told to. */
import type { RemoteId } from '../../src/core/entry.ts';
import type { Problem } from '../../src/core/operation.ts';
import type { RelPath } from '../../src/core/path.ts';
import type { CycleResult, LocalNews, Look } from '../../src/cycle.ts';
import type { ListedFolder } from '../../src/daemon/poll-schedule.ts';
import type { OpenPair, PairFacts, SyncedPair } from '../../src/daemon/synced-pair.ts';
import { SyncError } from '../../src/errors.ts';
import type { WatchHint } from '../../src/core/watch-hint.ts';

export const rootId = 'd1' as RemoteId;

export const inSync: CycleResult = {
  exit: 0,
  rounds: 1,
  counts: {},
  problems: [],
  held: [],
  waiting: [],
  needsSweep: false,
};

const facts: PairFacts = { entries: 3, lastSuccessMs: null, lastSweepMs: null, held: 0, problems: [], nextTryMs: null };

export class ScriptedPair implements SyncedPair {
  readonly name = 'Cloud';
  readonly local = '/home/ann/Cloud';
  readonly remote = '/Cloud';
  /** What was asked, in order. */
  readonly log: string[] = [];
  /** What the next passes do; then all are in sync. */
  readonly results: (CycleResult | 'anew' | Error)[] = [];
  openError: Error | null = null;
  listError: Error | null = null;
  news = new Set<RemoteId>();
  readonly unlistable = new Set<RemoteId>();
  known: readonly RemoteId[] = [rootId];
  wasSwept = true;
  watchTrouble: string | null = null;
  problemsSeen: readonly Problem[] = [];
  isOpen = false;
  successes = 0;
  /** What the pass under way may ask for. */
  during: LocalNews | null = null;
  #onHint: (hint: WatchHint) => void = () => undefined;
  /** Held open by a test to keep a pass under way. */
  gate: Promise<void> = Promise.resolve();

  open(onHint: (hint: WatchHint) => void): Promise<OpenPair> {
    this.log.push('open');
    if (this.openError !== null) return Promise.reject(this.openError);
    this.#onHint = onHint;
    this.isOpen = true;
    return Promise.resolve(this.#opened());
  }

  hint(folder: string, deep = false): void {
    this.#onHint({ kind: 'folder', folder: folder as never, deep });
  }

  lose(): void {
    this.#onHint({ kind: 'lost' });
  }

  /** What was asked since this was called before. */
  asked(): string[] {
    return this.log.splice(0);
  }

  #opened(): OpenPair {
    return {
      root: rootId,
      wasSwept: this.wasSwept,
      pass: async (look, { checksHost, news, ending }) => {
        this.during = news;
        this.log.push(`pass ${wordsOf(look)}${checksHost ? ' checked' : ''}`);
        this.problemsSeen = look.problems;
        const result = this.results.shift() ?? inSync;
        await Promise.race([this.gate, aborted(ending)]);
        if (ending.aborted) throw new SyncError('stopped');
        if (result instanceof Error) throw result;
        return result;
      },
      list: (folders) => {
        this.log.push(`list ${folders.join(',')}`);
        if (this.listError !== null) return Promise.reject(this.listError);
        const listed = folders
          .filter((id) => !this.unlistable.has(id))
          .map((folder): ListedFolder => ({
            folder,
            children: [],
            isNews: this.news.delete(folder),
            hidesSome: false,
          }));
        const problem: Problem = { path: 'locked' as RelPath, code: 'remote/bad-answer', detail: null };
        const failed = folders.filter((id) => this.unlistable.has(id)).map((folder) => ({ folder, problem }));
        return Promise.resolve({ listed, failed });
      },
      folders: () => this.known,
      beginSweep: () => 1,
      endSweep: () => {
        this.log.push('swept');
        return Promise.resolve();
      },
      watching: () => ({ folders: 1, trouble: this.watchTrouble }),
      facts: () => facts,
      noteSuccess: () => {
        this.successes += 1;
      },
      close: () => (this.isOpen = false),
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function wordsOf({ local, remote }: Look): string {
  const here =
    local === 'everything' ? local : `[${local.map(({ folder, deep }) => `${folder}${deep ? '/**' : ''}`).join(' ')}]`;
  const there = remote === 'everything' ? remote : `[${remote.join(' ')}]`;
  return `${here} ${there}`;
}
