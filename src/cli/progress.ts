/**
 * How far a pass is, from its events to one plain line. What must hold: no number is a guess. The time left is told
 * only once some work was measured, and by the slower of two measures: bytes, and operations whatever their size.
 */
import type { CycleEvent } from '../cycle.ts';
import type { ObserveProgress } from '../compose.ts';
import type { Operation, OperationNumber } from '../core/operation.ts';
import { countText, numberText, roughDurationText, sizeText } from './amounts.ts';
import { bytesOf, isWorthTelling } from './operation-words.ts';

/** Rates are of the last seconds: what a line carried a minute ago says little about now. */
const windowMs = 15_000;
/** Before that a rate says nothing. */
const leastMs = 4_000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
  readonly done: number;
}

export class Progress {
  readonly #now: () => number;
  #phase: 'recover' | 'observe' | 'decide' | 'execute' = 'recover';
  #seen: Pick<ObserveProgress, 'local' | 'remote'> = {};
  #samples: Sample[] = [];
  /** Operations of this round that are under way or to come. */
  #open = new Map<OperationNumber, { readonly operation: Operation; bytes: number }>();
  #done = 0;
  #failed = 0;
  /** Carried by operations that are done. */
  #doneBytes = 0;
  /** Everything that went over the line, whether or not something came of it. */
  #carried = 0;
  #uploadedBytes = 0;
  #downloadedBytes = 0;
  readonly #conflicts: Operation[] = [];

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(event: CycleEvent | ObserveProgress): void {
    switch (event.kind) {
      case 'phase':
        this.#phase = event.phase;
        if (event.phase === 'execute') this.#samples = [this.#sample()];
        return;
      case 'observing':
        // Each side tells of itself only.
        this.#seen = { ...this.#seen, ...event };
        return;
      case 'planned':
        this.#open = new Map(
          event.operations.filter(isWorthTelling).map((operation) => [operation.number, { operation, bytes: 0 }]),
        );
        return;
      case 'bytes':
        this.#carry(event.operation, event.bytes);
        return;
      case 'started':
        return;
      case 'done':
      case 'stale':
      case 'failed':
        this.#end(event.operation, event.kind);
    }
  }

  /** What operations that are done carried, in bytes. */
  get bytes(): { readonly up: number; readonly down: number } {
    return { up: this.#uploadedBytes, down: this.#downloadedBytes };
  }

  /** Conflict copies that were made. */
  get conflicts(): readonly Operation[] {
    return this.#conflicts;
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
    const sizes = [...this.#open.values()];
    const all = this.#done + this.#failed + sizes.length;
    const left = sizes.reduce((sum, { operation, bytes }) => sum + Math.max(0, bytesOf(operation) - bytes), 0);
    const carried = this.#doneBytes + sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const parts = [`${numberText(this.#done + this.#failed)} of ${countText(all, 'step')}`];
    if (carried + left > 0) parts.push(`${sizeText(carried)} of ${sizeText(carried + left)}`);
    parts.push(...this.#speed(left, sizes.length));
    if (this.#failed > 0) parts.push(`${numberText(this.#failed)} failed`);
    return parts.join(', ');
  }

  #speed(bytesLeft: number, operationsLeft: number): readonly string[] {
    const now = this.#sample();
    this.#samples = [...this.#samples.filter(({ atMs }) => now.atMs - atMs <= windowMs), now];
    const first = this.#samples[0] ?? now;
    const ms = now.atMs - first.atMs;
    if (ms < leastMs) return [];
    const bytesPerMs = (now.bytes - first.bytes) / ms;
    const donePerMs = (now.done - first.done) / ms;
    const parts = bytesPerMs > 0 ? [`${sizeText(bytesPerMs * 1000)}/s`] : [];
    const byBytes = bytesLeft === 0 ? 0 : bytesLeft / bytesPerMs;
    // One large file after another: with nothing finished in the window, the bytes alone must do.
    const byCount = donePerMs === 0 && bytesLeft > 0 ? 0 : operationsLeft / donePerMs;
    const leftMs = Math.max(byBytes, byCount);
    return Number.isFinite(leftMs) && leftMs > 0 ? [...parts, `about ${roughDurationText(leftMs)} left`] : parts;
  }

  #carry(operation: Operation, bytes: number): void {
    this.#carried += bytes;
    const open = this.#open.get(operation.number);
    if (open !== undefined) open.bytes += bytes;
  }

  #end(operation: Operation, how: 'done' | 'stale' | 'failed'): void {
    if (!this.#open.delete(operation.number)) return;
    // A stale operation comes back in the next round, or not at all: it is neither done nor to do.
    if (how === 'failed') this.#failed++;
    if (how !== 'done') return;
    this.#done++;
    this.#doneBytes += bytesOf(operation);
    if (operation.kind === 'upload') this.#uploadedBytes += operation.size;
    if (operation.kind === 'download') this.#downloadedBytes += operation.remote.size;
    if (operation.kind === 'conflictCopy') this.#conflicts.push(operation);
  }

  #sample(): Sample {
    return { atMs: this.#now(), bytes: this.#carried, done: this.#done };
  }
}

function readText(bytes: number): string {
  return bytes === 0 ? '' : ` (${sizeText(bytes)} read)`;
}
