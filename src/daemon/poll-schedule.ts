/**
 * When which folder of the host is listed. There is no change feed, so each folder is listed once in every sweep, evenly spread over
 * its time; between those, by need: the pair's own folder and those that changed lately once an interval, and a folder whose summary in
 * its parent's listing moved, at once. What must hold: no folder is left out of a sweep, and all of it together stays
 * within the rate.
 *
 * | listed | how often | calls an hour |
 * | --- | --- | --- |
 * | each folder, N of them | every `fullSweep`, or N ÷ rate where that is longer | N × 3,600 s ÷ that |
 * | the pair's own folder | every `interval` | 3,600 s ÷ interval |
 * | a folder that changed within half an hour | every `interval`, as many as half of the rate allows | the same, each |
 */
import type { RemoteId } from '../core/entry.ts';

export interface PollSettings {
  readonly intervalMs: number;
  readonly fullSweepMs: number;
  /** 0 is no limit. */
  readonly requestsPerSecond: number;
}

/** What the schedule hears of a listing. */
export interface ListedFolder {
  readonly folder: RemoteId;
  /** Child folders with what the listing says of their state. */
  readonly children: readonly { readonly id: RemoteId; readonly summary: string }[];
  /** It shows something that was not known. */
  readonly isNews: boolean;
  /** Something may stand in it unseen: then a sweep has not seen everything. */
  readonly hidesSome: boolean;
}

interface Polled {
  listedMs: number;
  /** What its parent's listing said of it last. */
  summary: string | null;
}

interface Sweep {
  readonly startedMs: number;
  readonly periodMs: number;
  /** Somebody waits for it: a slice is listed at once, and the next ones as fast as the rate allows. */
  readonly isUrgent: boolean;
  /** How many folders there were when it began. */
  readonly size: number;
  /** Folders that it has not come to, in the order in which it will. */
  readonly left: Set<RemoteId>;
  failed: boolean;
}

const activeForMs = 30 * 60_000;
/** Where no rate is set, polls alone do not ask more often than this. */
const rateWithoutLimit = 20;
/** Listings that are asked for in one go: about a second's worth. */
const smallestSlice = 4;

/** All times in milliseconds of one clock that never goes back. */
export class PollSchedule {
  readonly #settings: PollSettings;
  readonly #root: RemoteId;
  readonly #folders = new Map<RemoteId, Polled>();
  /** Those whose summary moved since they were listed. */
  readonly #pressing = new Set<RemoteId>();
  /** What was said of folders that are not known yet: a folder is told of before it is listed, and may never be known. */
  readonly #heard = new Map<RemoteId, string>();
  /** When folders showed news, the latest last. */
  readonly #lively = new Map<RemoteId, number>();
  #sweep: Sweep | null = null;
  /** Not before the time of the last one is over: the liveliest folders are listed more often anyway. */
  #nextSweepMs = -Infinity;
  #isUrgent = false;

  constructor(settings: PollSettings, root: RemoteId) {
    this.#settings = settings;
    this.#root = root;
  }

  get folders(): number {
    return this.#folders.size;
  }

  /** Requests a second that polls reckon with. */
  get rate(): number {
    return this.#settings.requestsPerSecond > 0 ? this.#settings.requestsPerSecond : rateWithoutLimit;
  }

  /** How long one sweep takes. */
  get periodMs(): number {
    return Math.max(this.#settings.fullSweepMs, (this.#folders.size / this.rate) * 1_000);
  }

  /** These folders there are, and no others. New ones have not been listed yet. */
  know(folders: Iterable<RemoteId>): void {
    const known = new Set(folders);
    for (const id of [...this.#folders.keys()]) if (!known.has(id)) this.#forget(id);
    for (const id of known) {
      if (this.#folders.has(id)) continue;
      this.#folders.set(id, { listedMs: -Infinity, summary: this.#heard.get(id) ?? null });
      this.#sweep?.left.add(id);
    }
    this.#heard.clear();
  }

  /** The next sweep begins at once and goes as fast as the rate allows: somebody waits for it. One that already does so goes on. */
  hurry(): void {
    if (this.#sweep?.isUrgent !== true) this.#isUrgent = true;
  }

  /** Whether it is time to begin a sweep. Then call `beginSweep`. */
  sweepIsDue(nowMs: number): boolean {
    return this.#isUrgent || (this.#sweep === null && this.#nextSweepMs <= nowMs);
  }

  beginSweep(nowMs: number): void {
    const order = [...this.#folders].sort(([, one], [, other]) => compare(one.listedMs, other.listedMs));
    // one that hurried is followed by one that does not, and lists each folder as long after as any other
    this.#nextSweepMs = this.#isUrgent ? nowMs : nowMs + this.periodMs;
    this.#sweep = {
      startedMs: nowMs,
      periodMs: this.#isUrgent ? this.#shortestMs(order.length) : this.periodMs,
      isUrgent: this.#isUrgent,
      size: order.length,
      left: new Set(order.map(([id]) => id)),
      failed: false,
    };
    this.#isUrgent = false;
  }

  /** A sweep was made in one go, over folders that are known by now; what moved behind it stays pressing. */
  sweptWhole(nowMs: number): void {
    for (const polled of this.#folders.values()) polled.listedMs = nowMs;
    this.#sweep = null;
    this.#nextSweepMs = nowMs;
    this.#isUrgent = false;
  }

  /** The sweep that is under way has come to all folders that are known. */
  get isSwept(): boolean {
    return this.#sweep !== null && this.#sweep.left.size === 0;
  }

  /** `complete`: the sweep is over and saw every folder; `failed`: it is over and did not. Then another is due. */
  endOfSweep(): 'complete' | 'failed' | 'goes on' {
    const sweep = this.#sweep;
    if (sweep === null || sweep.left.size > 0) return 'goes on';
    this.#sweep = null;
    return sweep.failed ? 'failed' : 'complete';
  }

  note({ folder, children, isNews, hidesSome }: ListedFolder, nowMs: number): void {
    this.#listed(folder, nowMs);
    if (hidesSome && this.#sweep !== null) this.#sweep.failed = true;
    if (isNews) {
      this.#lively.delete(folder);
      this.#lively.set(folder, nowMs);
    }
    for (const { id, summary } of children) {
      const child = this.#folders.get(id);
      if (child === undefined) {
        this.#heard.set(id, summary);
        continue;
      }
      if (child.summary !== null && child.summary !== summary) this.#pressing.add(id);
      child.summary = summary;
    }
  }

  /** It could not be listed: it is not asked for again before its turn comes. */
  noteFailure(folder: RemoteId, nowMs: number): void {
    this.#listed(folder, nowMs);
    if (this.#sweep !== null) this.#sweep.failed = true;
  }

  /** What to list now, most pressing first, in one slice. */
  due(nowMs: number): readonly RemoteId[] {
    const most = this.#slice;
    const wanted = new Set(this.#pressing);
    for (const id of this.#active(nowMs)) if (this.#dueMs(id) <= nowMs) wanted.add(id);
    let missing = this.#behind(nowMs);
    for (const id of this.#sweep?.left ?? []) {
      if (missing-- <= 0 || wanted.size >= most) break;
      wanted.add(id);
    }
    return [...wanted].slice(0, most);
  }

  /** Whether the listing of a folder's parent says that it changed: before it is listed too it makes little sense to decide. */
  get hasPressing(): boolean {
    return this.#pressing.size > 0;
  }

  /** When `due` or `sweepIsDue` has something to say, at the earliest. */
  nextMs(nowMs: number): number {
    if (this.sweepIsDue(nowMs) || this.hasPressing) return nowMs;
    const active = Math.min(...this.#active(nowMs).map((id) => this.#dueMs(id)));
    return Math.min(active, this.#nextOfSweepMs());
  }

  /** When the folder that was not listed for longest was listed; new ones, which this computer made itself, do not count. `null`: none was. */
  oldestViewMs(): number | null {
    let oldest = Infinity;
    for (const { listedMs } of this.#folders.values()) if (listedMs !== -Infinity) oldest = Math.min(oldest, listedMs);
    return oldest === Infinity ? null : oldest;
  }

  #dueMs(id: RemoteId): number {
    return (this.#folders.get(id)?.listedMs ?? -Infinity) + this.#settings.intervalMs;
  }

  /** The pair's own folder and those with news, latest news first, as many as half of the rate serves once an interval. */
  #active(nowMs: number): readonly RemoteId[] {
    const most = Math.max(1, Math.floor((this.rate * this.#settings.intervalMs) / 2_000));
    for (const [id, newsMs] of this.#lively) {
      if (nowMs - newsMs < activeForMs) break;
      this.#lively.delete(id);
    }
    const latestFirst = [...this.#lively.keys()].reverse().filter((id) => id !== this.#root);
    return [this.#root, ...latestFirst].slice(0, most);
  }

  /** How many folders bring the sweep to where it should be by now. */
  #behind(nowMs: number): number {
    const sweep = this.#sweep;
    if (sweep === null) return 0;
    if (sweep.periodMs === 0) return sweep.left.size;
    const part = (nowMs - sweep.startedMs) / sweep.periodMs;
    const ahead = sweep.isUrgent ? this.#slice : 0;
    // what came to it since is listed in addition, at its end
    return part >= 1 ? sweep.left.size : Math.ceil(part * sweep.size) + ahead - (sweep.size - sweep.left.size);
  }

  #nextOfSweepMs(): number {
    const sweep = this.#sweep;
    if (sweep === null) return this.#nextSweepMs;
    if (sweep.size === 0) return Infinity;
    // A slice of what comes within a second is listed together: waking up for each alone costs more than the listing. But one whole folder
    // must be due by then: woken for nothing, whoever asks when there is something would be told "now" without an end.
    const perSecond = (sweep.size / sweep.periodMs) * 1_000;
    const together = Math.max(1, Math.min(this.#slice, perSecond, sweep.left.size));
    const ahead = sweep.isUrgent ? this.#slice : 0;
    const done = Math.max(0, sweep.size - sweep.left.size) + together - 1 - ahead;
    return sweep.startedMs + (sweep.periodMs * Math.max(0, done)) / sweep.size + 1;
  }

  /** Without a rate a hurried sweep has no time of its own. Within one it waits for it here, and not call by call: each wait wakes the program. */
  #shortestMs(folders: number): number {
    return this.#settings.requestsPerSecond > 0 ? (folders / this.rate) * 1_000 : 0;
  }

  get #slice(): number {
    return Math.max(smallestSlice, Math.floor(this.rate));
  }

  #listed(folder: RemoteId, nowMs: number): void {
    const known = this.#folders.get(folder);
    if (known === undefined) this.#folders.set(folder, { listedMs: nowMs, summary: this.#heard.get(folder) ?? null });
    else known.listedMs = nowMs;
    this.#pressing.delete(folder);
    this.#sweep?.left.delete(folder);
  }

  #forget(id: RemoteId): void {
    this.#folders.delete(id);
    this.#pressing.delete(id);
    this.#lively.delete(id);
    this.#sweep?.left.delete(id);
  }
}

/** Both may be minus infinity, whose difference is no number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
