/**
 * Decides in short slices, so that transfers, timers and signals have their turn however much there is to decide. What must hold: a
 * decision is made of one state of the trees. If something was recorded during a rest (a transfer behind the round has ended), all
 * is decided anew; where that happens each time, at once, without a rest.
 */
import { atOnce } from '../core/steps.ts';
import type { Steps } from '../core/steps.ts';
import type { TreeView } from '../core/tree.ts';
import type { Clock } from '../ports.ts';

const SLICE_MS = 10;
/** Asking for the time costs about as much as a step. */
const STEPS_PER_LOOK = 16;
const ATTEMPTS = 3;

export interface Slicing {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What `begin`'s steps come to, of `view` as it is when this resolves. Rejects with `stopped` when aborted. */
export async function inSlices<T>(view: TreeView, begin: () => Steps<T>, slicing: Slicing): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const steps = begin();
    const { revision } = view;
    let step = steps.next();
    while (step.done !== true) {
      step = takeSlice(steps, slicing.clock);
      if (step.done === true) break;
      await slicing.clock.sleep(0, slicing.signal);
      if (view.revision !== revision) break;
    }
    if (step.done === true) return step.value;
  }
  return atOnce(begin());
}

function takeSlice<T>(steps: Steps<T>, clock: Clock): IteratorResult<undefined, T> {
  const until = clock.monotonic() + SLICE_MS;
  for (;;) {
    for (let taken = 0; taken < STEPS_PER_LOOK; taken++) {
      const step = steps.next();
      if (step.done === true) return step;
    }
    if (clock.monotonic() >= until) return { done: false, value: undefined };
  }
}

/** The same for work that writes, or acts, between its rests. */
export class Resting {
  readonly #slicing: Slicing;
  #until: number;
  #rest: Promise<void> | null = null;

  constructor(slicing: Slicing) {
    this.#slicing = slicing;
    this.#until = slicing.clock.monotonic() + SLICE_MS;
  }

  get isDue(): boolean {
    return this.#slicing.clock.monotonic() >= this.#until;
  }

  /** Rests; whether somebody else recorded something meanwhile. */
  async sawChange(view: TreeView): Promise<boolean> {
    const { revision } = view;
    await this.rest();
    return view.revision !== revision;
  }

  /**
   * Rejects with `stopped` when aborted. Those that rest at the same time rest together: were each to begin a slice of its own, the slices
   * of all of them would follow one another without a turn for anything else.
   */
  rest(): Promise<void> {
    this.#rest ??= this.#sleep();
    return this.#rest;
  }

  async #sleep(): Promise<void> {
    const { clock, signal } = this.#slicing;
    try {
      await clock.sleep(0, signal);
    } finally {
      this.#rest = null;
      this.#until = clock.monotonic() + SLICE_MS;
    }
  }
}
