/**
 * The answer to a call whose request was sent in one piece: status and headers once they are there, the body for whoever reads it.
 * Such calls are made all day long by a daemon at rest. A stream for each answer, as undici makes them, costs more than the call.
 *
 * What must hold: who does not read holds the network up instead of filling the memory; an answer that nobody wants to its end gives its
 * connection back; and nothing stays on the signal afterwards.
 */
import { SyncError } from '../errors.ts';
import type { TransportResponse } from '../ports.ts';

/** What undici gives a request's handler to steer it by. */
interface Controller {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** More than this is not kept for a reader who has not come for it yet. In bytes. */
const mostWaiting = 256 * 1024;

export class PlainAnswer implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  /** Resolves once the headers are there. Rejects with what `translate` makes of a failure. */
  readonly response: Promise<TransportResponse>;
  readonly #signal: AbortSignal | undefined;
  readonly #translate: (error: unknown) => SyncError;
  #resolve: (response: TransportResponse) => void = ignore;
  #reject: (error: SyncError) => void = ignore;
  #controller: Controller | null = null;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;
  #error: SyncError | null = null;
  #wake: (() => void) | null = null;

  constructor(signal: AbortSignal | undefined, translate: (error: unknown) => SyncError) {
    this.#signal = signal;
    this.#translate = translate;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  // ---------------------------------------------------------------------------------------------- what undici calls

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(this.#error ?? new SyncError('stopped'));
  }

  onResponseStart(
    _: Controller,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // What comes before the answer proper, such as 103, says nothing.
    if (status < 200) return;
    this.#resolve({ status, headers: lastOfEach(headers), body: this });
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes > mostWaiting) controller.pause();
    this.#wake?.();
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_: unknown, error: unknown): void {
    this.#end(this.#translate(error));
  }

  // ---------------------------------------------------------------------------------------------- what the reader calls

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.byteLength;
        if (this.#bytes <= mostWaiting && !this.#isOver) this.#controller?.resume();
        return { done: false, value: chunk };
      }
      if (this.#error !== null) throw this.#error;
      if (this.#isOver) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#waiting = [];
    if (!this.#isOver) {
      this.#end(null);
      this.#controller?.abort(new SyncError('stopped'));
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  // ---------------------------------------------------------------------------------------------- how it ends

  readonly #stop = (): void => {
    const error = new SyncError('stopped');
    this.#end(error);
    this.#controller?.abort(error);
  };

  #end(error: SyncError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#signal?.removeEventListener('abort', this.#stop);
    // Who has the answer by now hears of it from `next`, after what came before.
    if (error !== null) this.#reject(error);
    this.#wake?.();
  }
}

/** Names in lower case; of repeated headers the last. */
export function lastOfEach(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    found[name.toLowerCase()] = (Array.isArray(value) ? value.at(-1) : value) ?? '';
  }
  return found;
}

function ignore(): void {
  // the promise's own executor runs at once and puts the real one in this place
}
