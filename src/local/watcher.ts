/**
 * Hints that something happened in the person's folder. What must hold: a hint only means "look there"; a folder is watched before it
 * is read, so that nothing falls between the two; a folder that is exchanged for another is not watched under its old name; and
 * when the system has no more watches, or drops events, that is known.
 *
 * One watch a folder, none for files: a folder's own watch tells of all that happens to the files in it. chokidar is asked for just
 * that. Left to itself it reads every folder once more after each event in it, `lstat`s each file there, and never again
 * watches a folder that was removed and made anew at once; the scanner, which reads the folder anyway, says which folders there are.
 */
import { FSWatcher } from 'chokidar';
import { OWN_FOLDER } from '../core/ignore.ts';
import { joinPath, nameOf, parentOf, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import type { WatchHint } from '../core/watch-hint.ts';
import type { Clock, Disk } from '../ports.ts';
import { errnoOf } from './disk-errors.ts';

/** Hints about the person's folder. Each folder is covered by itself, by whoever reads it, directly before it is read. */
export interface FolderWatch {
  /** From now on what happens to the names and files of this folder is hinted at. Does nothing where that is so already. */
  cover(folder: RelPath): void;
  /** False: it could be covered, and is not, as a folder that this program itself has moved: it must be read, with all below it. */
  covers(folder: RelPath): boolean;
  /** Between these two calls all folders are covered anew; what was not, is no longer watched. */
  beginRound(): void;
  endRound(): void;
  /** How many folders are watched. */
  readonly folders: number;
  /** Why some are not, as the system names it (`ENOSPC`: no watches left); `null`: all are. */
  readonly trouble: string | null;
  close(): void;
}

/** `root`: absolute, links resolved. Fails never: what cannot be watched is in `trouble`. */
export type OpenFolderWatch = (root: string, onHint: (hint: WatchHint) => void) => FolderWatch;

export interface WatcherOptions {
  /** The pair's own folder on the disk, links resolved. */
  readonly root: string;
  readonly clock: Clock;
  /** How many events the system keeps for who is busy; `Infinity` where it has no such limit. */
  readonly queuedEvents: number;
  readonly onHint: (hint: WatchHint) => void;
}

interface Watched {
  readonly close: () => void;
  readonly below: Set<RelPath>;
  round: number;
}

/** Of the queue that the system keeps; Node does not tell when it overflows, so a turn that brings nearly all of it counts as that. */
const nearlyAll = 0.9;

/** Linux: how long its queue is. Elsewhere there is no file that tells. */
export async function queuedEventsOf(disk: Pick<Disk, 'readFile'>): Promise<number> {
  try {
    const text = new TextDecoder().decode(await disk.readFile('/proc/sys/fs/inotify/max_queued_events'));
    const count = Number(text);
    return Number.isSafeInteger(count) && count > 0 ? count : Infinity;
  } catch {
    return Infinity;
  }
}

/** Watches nothing yet. */
export function openWatcher(options: WatcherOptions): FolderWatch {
  return new ChokidarWatch(options);
}

class ChokidarWatch implements FolderWatch {
  readonly #options: WatcherOptions;
  readonly #source = new FSWatcher({ ignoreInitial: true, followSymlinks: false, persistent: true });
  readonly #watched = new Map<RelPath, Watched>();
  #round = 0;
  #trouble: string | null = null;
  /** The system has nothing left to give: each further try would cost time and change nothing. */
  #isExhausted = false;
  #eventsThisTurn = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#source.on('raw', (event: string, name: unknown, details: unknown) => this.#hear(event, name, details));
    this.#source.on('error', (error: unknown) => this.#fail(error));
  }

  get folders(): number {
    return this.#watched.size;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  cover(folder: RelPath): void {
    const known = this.#watched.get(folder);
    if (known !== undefined) {
      known.round = this.#round;
      return;
    }
    if (this.#isExhausted) return;
    // The one call that watches and does nothing else. It belongs to chokidar's inside, so the version is pinned.
    const close = this.#source._nodeFsHandler._watchWithNodeFs(this.#absolute(folder), ignoreCall);
    if (close === undefined) return; // gone by now, as the reading will show, or `#fail` has heard why
    this.#watched.set(folder, { close, below: new Set(), round: this.#round });
    if (folder !== ROOT) this.#watched.get(parentOf(folder))?.below.add(folder);
  }

  covers(folder: RelPath): boolean {
    return this.#watched.has(folder) || this.#trouble !== null;
  }

  beginRound(): void {
    this.#round += 1;
    this.#trouble = null;
    this.#isExhausted = false;
  }

  endRound(): void {
    for (const [folder, { round }] of [...this.#watched]) if (round !== this.#round) this.#drop(folder);
    this.#source._watched.clear(); // names of folders that chokidar would keep for ever, also of those long gone
  }

  close(): void {
    for (const { close } of this.#watched.values()) close();
    this.#watched.clear();
    void this.#source.close();
  }

  #hear(event: string, name: unknown, details: unknown): void {
    const folder = this.#folderOf(details);
    if (folder === null) return;
    this.#countEvent();
    const { onHint } = this.#options;
    const isNamed = typeof name === 'string' && name !== '' && !name.includes('/');
    if (isNamed && folder === ROOT && name === OWN_FOLDER) return;
    onHint({ kind: 'folder', folder, deep: false });
    if (!isNamed) return;
    const isRename = event === 'rename';
    // A folder that is removed or renamed is told of under its own name. A child may bear the same name; to look twice does no harm.
    if (isRename && name === this.#ownName(folder)) this.#mayBeAnother(folder);
    const child = joinPath(folder, name as LocalName);
    if (!this.#watched.has(child)) return;
    if (isRename) this.#mayBeAnother(child);
    else onHint({ kind: 'folder', folder: child, deep: false });
  }

  /** What has that name now may be another folder: the old watches see what happens in the one that had it. */
  #mayBeAnother(folder: RelPath): void {
    this.#drop(folder);
    this.#options.onHint({ kind: 'folder', folder, deep: true });
    if (folder !== ROOT) this.#options.onHint({ kind: 'folder', folder: parentOf(folder), deep: false });
  }

  #drop(folder: RelPath): void {
    const known = this.#watched.get(folder);
    if (known === undefined) return;
    this.#watched.delete(folder);
    if (folder !== ROOT) this.#watched.get(parentOf(folder))?.below.delete(folder);
    for (const child of known.below) this.#drop(child);
    known.close();
  }

  #fail(error: unknown): void {
    const code = errnoOf(error) ?? 'unknown';
    this.#trouble = code;
    if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') this.#isExhausted = true;
  }

  /** Counts until the others had their turn. */
  #countEvent(): void {
    this.#eventsThisTurn += 1;
    if (this.#eventsThisTurn === 1) {
      this.#options.clock.sleep(0).then(
        () => (this.#eventsThisTurn = 0),
        () => undefined, // without a signal it does not reject
      );
    }
    if (this.#eventsThisTurn === Math.floor(this.#options.queuedEvents * nearlyAll))
      this.#options.onHint({ kind: 'lost' });
  }

  #folderOf(details: unknown): RelPath | null {
    if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
    const { watchedPath } = details;
    if (typeof watchedPath !== 'string') return null;
    const { root } = this.#options;
    const folder = (watchedPath === root ? ROOT : watchedPath.slice(root.length + 1)) as RelPath;
    return this.#watched.has(folder) ? folder : null;
  }

  #ownName(folder: RelPath): string {
    const { root } = this.#options;
    return folder === ROOT ? root.slice(root.lastIndexOf('/') + 1) : nameOf(folder);
  }

  #absolute(folder: RelPath): string {
    return folder === ROOT ? this.#options.root : `${this.#options.root}/${folder}`;
  }
}

function ignoreCall(): void {
  // what happened comes as a raw event
}
