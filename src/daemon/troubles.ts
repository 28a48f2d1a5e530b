/** What stays wrong until a person or the system mends it, and what is to be said or done about it meanwhile. */
import type { Problem } from '../core/operation.ts';
import type { CycleResult } from '../cycle.ts';
import type { Log } from '../log.ts';

/** What mends it that not every folder can be watched, by the code of the system. */
export const watchCures: Readonly<Record<string, string>> = {
  ENOSPC: 'raise fs.inotify.max_user_watches',
  EMFILE: 'raise fs.inotify.max_user_instances',
};

/** Found by looking at the disk, and to be looked at again: no hint tells when such a thing is mended. */
export function isLocalTrouble(code: Problem['code']): boolean {
  return (
    code === 'local/unreadable' || code === 'local/io' || code === 'local/no-handles' || code === 'ignore/unreadable'
  );
}

/** Writes into the log what came of a pass and what waits for somebody: each thing once, and again when it has changed. */
export class PairTeller {
  readonly #log: Log;
  readonly #pair: string;
  #told: string | null = null;
  #held = 0;

  constructor(log: Log, pair: string) {
    this.#log = log;
    this.#pair = pair;
  }

  notePass({ counts, exit, held }: CycleResult): void {
    const pair = this.#pair;
    if (Object.keys(counts).length > 0) this.#log.info('pass done', { pair, status: exit, counts });
    if (held.length === this.#held) return;
    this.#held = held.length;
    if (held.length === 0) this.#log.info('no removals are held any more', { pair });
    else this.#log.warn('removals are held: see `yetisync held`', { pair, count: held.length });
  }

  /** Not every folder can be watched, with what mends it. `watched`: how many are. `code`: why others are not, as the system names it; `null`: all are. */
  noteWatching({
    folders: watched,
    trouble: code,
  }: {
    readonly folders: number;
    readonly trouble: string | null;
  }): void {
    if (code === this.#told) return;
    this.#told = code;
    if (code === null) return;
    const cure = watchCures[code] ?? 'see what the code means';
    this.#log.warn('not every folder can be watched: all are looked at every minute', {
      pair: this.#pair,
      code,
      watched,
      cure,
    });
  }
}
