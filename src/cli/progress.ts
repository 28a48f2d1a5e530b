/**
 * How far a pass is, from its events to one plain line. What must hold: no number is a guess. A large file's time hangs on
 * its bytes, a small one's (or a folder's) on the calls it takes, so both are measured apart, and the time left is told
 * only once there is a measure for all that is left. A file counts as soon as its bytes are over: the look that
 * confirms a whole batch of them comes late and all at once.
 */
import type { CycleEvent } from '../cycle.ts';
import type { ObserveProgress } from '../compose/pair-world.ts';
import type { Operation } from '../core/operation.ts';
import type { Amount } from '../core/portions.ts';
import type { RelPath } from '../core/path.ts';
import { countText, numberText, roughDurationText, sizeText } from './amounts.ts';
import { bytesOf, isWorthTelling } from './operation-words.ts';

/** The rate of bytes is of the last seconds: what a line carried a minute ago says little about now. */
const windowMs = 15_000;
/** Before that a rate says nothing. */
const leastMs = 4_000;

/** From this size on, in bytes, the time that a file takes is that of its bytes. */
const largeFrom = 256_000;

interface Sample {
  readonly atMs: number;
  /** Of all files, and of large ones. */
  readonly bytes: number;
  readonly largeBytes: number;
  /** Steps that are over: all of them, and those without a large file. */
  readonly steps: number;
  readonly smallSteps: number;
}

/** A file whose bytes are on their way. */
export interface Transfer {
  readonly operation: Operation;
  /** That went over the line, of `size`. */
  readonly bytes: number;
  readonly size: number;
}

export class Progress {
  readonly #now: () => number;
  #phase: 'recover' | 'observe' | 'decide' | 'execute' = 'recover';
  #seen: Pick<ObserveProgress, 'local' | 'remote'> = {};
  #samples: Sample[] = [];
  #begun: Sample = { atMs: 0, bytes: 0, largeBytes: 0, steps: 0, smallSteps: 0 };
  /** The measure goes on: the rounds before had a part of all. */
  #isMeasured = false;
  /** Operations of this round that are under way or to come, and those of earlier ones that are still under way. */
  readonly #open = new Map<Operation, { readonly operation: Operation; bytes: number }>();
  readonly #started = new Set<Operation>();
  /** Those of them whose bytes are on their way, in the order in which they began. */
  readonly #moving = new Set<Operation>();
  /** What is decided in later rounds. */
  #later: Amount | null = null;
  /** What rounds that had a part of all left for later, by path: large files. */
  readonly #left = new Map<RelPath, Operation>();
  #held = 0;
  #done = 0;
  #failed = 0;
  /** Carried by operations that are done. */
  #doneBytes = 0;
  /** Everything that went over the line, whether or not something came of it. */
  #carried = 0;
  #carriedLarge = 0;
  /** Of the steps that are done or failed. */
  #smallSteps = 0;
  #uploadedBytes = 0;
  #downloadedBytes = 0;
  readonly #conflicts: Operation[] = [];
  readonly #counts: Record<string, number> = {};

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(event: CycleEvent | ObserveProgress): void {
    switch (event.kind) {
      case 'phase':
        this.#phase = event.phase;
        if (event.phase === 'execute' && !this.#isMeasured) {
          this.#samples = [(this.#begun = this.#sample())];
          this.#isMeasured = this.#later !== null;
        }
        return;
      case 'observing':
        // Each side tells of itself only.
        this.#seen = { ...this.#seen, ...event };
        return;
      case 'planned':
        this.#held = event.held.length;
        this.#plan(event.operations.filter(isWorthTelling), event.later ?? null);
        return;
      case 'bytes':
        this.#carry(event.operation, event.bytes);
        return;
      case 'started':
        this.#started.add(event.operation);
        return;
      case 'done':
      case 'stale':
      case 'failed':
        this.#end(event.operation, event.kind);
    }
  }

  /** What operations that are done sent over the line, in bytes. */
  get bytes(): { readonly up: number; readonly down: number } {
    return { up: this.#uploadedBytes, down: this.#downloadedBytes };
  }

  /** What is done, as `CycleResult.counts`: also of a pass that does not come to its end. */
  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  /** Conflict copies that were made. */
  get conflicts(): readonly Operation[] {
    return this.#conflicts;
  }

  /** Removals that wait for a person. */
  get held(): number {
    return this.#held;
  }

  /** What is on its way at this moment, the eldest first. */
  get transfers(): readonly Transfer[] {
    return [...this.#moving].flatMap((operation) => {
      const open = this.#open.get(operation);
      return open === undefined ? [] : [{ ...open, size: bytesOf(open.operation) }];
    });
  }

  /** How much of what is to do is done, from 0 to 1: of the bytes, where there are any, else of the steps. `null`: nothing is being done. */
  get share(): number | null {
    if (this.#phase !== 'execute') return null;
    let toCarry = this.#toCome.bytes;
    let carried = this.#doneBytes;
    for (const { operation, bytes } of this.#open.values()) {
      const size = bytesOf(operation);
      toCarry += size;
      carried += Math.min(bytes, size);
    }
    const all = this.#doneBytes + toCarry;
    if (all > 0) return carried / all;
    const steps = this.#done + this.#failed + this.#open.size + this.#toCome.items;
    return steps === 0 ? null : (this.#done + this.#failed) / steps;
  }

  /** Where it stands now; also takes the measure on which the next line's rate rests. */
  line(): string {
    switch (this.#phase) {
      case 'recover':
        return 'beginning';
      case 'observe':
        return this.#observeLine();
      case 'decide':
        return 'deciding what to do';
      case 'execute':
        return this.#executeLine();
    }
  }

  #observeLine(): string {
    const { local, remote } = this.#seen;
    const here = local === undefined ? [] : [`${countText(local.entries, 'item')} here${readText(local.hashedBytes)}`];
    const there = remote === undefined ? [] : [`${countText(remote.listed, 'folder')} of the host`];
    return ['looking at both sides', ...here, ...there].join(', ');
  }

  #executeLine(): string {
    const open = [...this.#open.values()];
    const left = open.map(({ operation, bytes }) => ({ operation, bytes: Math.max(0, bytesOf(operation) - bytes) }));
    const carried = this.#doneBytes + open.reduce((sum, { bytes }) => sum + bytes, 0);
    const toCome = this.#toCome;
    const toCarry = left.reduce((sum, { bytes }) => sum + bytes, toCome.bytes);
    const now = this.#sample();
    const steps = this.#done + this.#failed + open.length + toCome.items;
    const about = this.#later === null ? '' : 'about ';
    const parts = [`${numberText(now.steps)} of ${about}${countText(steps, 'step')}`];
    if (carried + toCarry > 0) parts.push(`${sizeText(carried)} of ${sizeText(carried + toCarry)}`);
    // of what is to come no more is known than how large it is on the whole
    const areLarge = toCome.bytes >= toCome.items * largeFrom;
    const largeBytes = left.reduce(
      (sum, { operation, bytes }) => sum + (isLarge(operation) ? bytes : 0),
      areLarge ? toCome.bytes : 0,
    );
    const smallOpen = left.filter(({ operation }) => !isLarge(operation)).length;
    const smallSteps = this.#smallSteps + smallOpen - now.smallSteps + (areLarge ? 0 : toCome.items);
    parts.push(...this.#speed(now, largeBytes, smallSteps));
    if (this.#failed > 0) parts.push(`${numberText(this.#failed)} failed`);
    return parts.join(', ');
  }

  #speed(now: Sample, largeBytesLeft: number, smallStepsLeft: number): readonly string[] {
    this.#samples = [...this.#samples.filter(({ atMs }) => now.atMs - atMs <= windowMs), now];
    const first = this.#samples[0] ?? now;
    const rate = rateOf(first, now, 'bytes');
    const parts = rate > 0 ? [`${sizeText(rate * 1000)}/s`] : [];
    const byBytes = largeBytesLeft === 0 ? 0 : largeBytesLeft / rateOf(first, now, 'largeBytes');
    // Small steps come in bursts, between large files, so their rate is that of the whole time.
    const bySteps = smallStepsLeft === 0 ? 0 : smallStepsLeft / rateOf(this.#begun, now, 'smallSteps');
    // Where both went on side by side of late they will go on so; else they may come one after the other.
    const areTogether = now.largeBytes > first.largeBytes && now.smallSteps > first.smallSteps;
    const leftMs = areTogether ? Math.max(byBytes, bySteps) : byBytes + bySteps;
    return Number.isFinite(leftMs) && leftMs > 0 ? [...parts, `about ${roughDurationText(leftMs)} left`] : parts;
  }

  #carry(operation: Operation, bytes: number): void {
    this.#carried += bytes;
    if (isLarge(operation)) this.#carriedLarge += bytes;
    const open = this.#open.get(operation);
    if (open === undefined) return;
    open.bytes += bytes;
    if (open.bytes < bytesOf(operation)) this.#moving.add(operation);
    else this.#moving.delete(operation);
  }

  #plan(operations: readonly Operation[], later: Amount | null): void {
    for (const operation of this.#open.keys()) {
      if (this.#started.has(operation)) continue;
      this.#open.delete(operation);
      if (this.#later !== null) this.#left.set(operation.path, operation);
    }
    this.#later = later;
    if (later === null) this.#left.clear(); // all that is left is in the plan
    for (const operation of operations) {
      this.#open.set(operation, { operation, bytes: 0 });
      this.#left.delete(operation.path);
    }
  }

  /** What is to be done besides what is open. */
  get #toCome(): Amount {
    const { items, bytes } = this.#later ?? { items: 0, bytes: 0 };
    let leftBytes = 0;
    for (const operation of this.#left.values()) leftBytes += bytesOf(operation);
    return { items: items + this.#left.size, bytes: bytes + leftBytes };
  }

  #end(operation: Operation, how: 'done' | 'stale' | 'failed'): void {
    this.#started.delete(operation);
    const open = this.#open.get(operation);
    if (open === undefined) return;
    this.#open.delete(operation);
    this.#moving.delete(operation);
    // A stale operation comes back in the next round, or not at all: it is neither done nor to do.
    if (how === 'stale') return;
    if (!isLarge(operation)) this.#smallSteps++;
    if (how === 'failed') {
      this.#failed++;
      return;
    }
    this.#done++;
    this.#doneBytes += bytesOf(operation);
    const key = 'side' in operation ? `${operation.kind} ${operation.side}` : operation.kind;
    this.#counts[key] = (this.#counts[key] ?? 0) + 1;
    // What went over the line: a file that the host copied from another of its own cost nothing.
    const bytes = Math.min(open.bytes, bytesOf(operation));
    if (operation.kind === 'upload') this.#uploadedBytes += bytes;
    if (operation.kind === 'download') this.#downloadedBytes += bytes;
    if (operation.kind === 'conflictCopy') this.#conflicts.push(operation);
  }

  #sample(): Sample {
    const over = [...this.#open.values()].filter(({ operation, bytes }) => bytes > 0 && bytes >= bytesOf(operation));
    return {
      atMs: this.#now(),
      bytes: this.#carried,
      largeBytes: this.#carriedLarge,
      steps: this.#done + this.#failed + over.length,
      smallSteps: this.#smallSteps + over.filter(({ operation }) => !isLarge(operation)).length,
    };
  }
}

function isLarge(operation: Operation): boolean {
  return bytesOf(operation) >= largeFrom;
}

/** A millisecond; 0 where too little time went by to say. */
function rateOf(from: Sample, to: Sample, what: 'bytes' | 'largeBytes' | 'smallSteps'): number {
  const ms = to.atMs - from.atMs;
  return ms < leastMs ? 0 : (to[what] - from[what]) / ms;
}

function readText(bytes: number): string {
  return bytes === 0 ? '' : ` (${sizeText(bytes)} read)`;
}
