/**
 * Brings operations that wait for each other into an order in which all waits are over in time.
 *
 * Swaps and rotations wait for each other in a ring: each for the name that the next one frees. The host allows two items of one
 * name, so there the wait for the name is dropped. On the disk one of the ring is parked out of sight first.
 */
import type { Draft } from './draft.ts';
import { putsHere } from './operation.ts';
import type { Steps } from './steps.ts';

/** `name`: only because a name must be free. */
export type Why = 'needed' | 'name';

const NOTHING: ReadonlyMap<number, Why> = new Map();

export class Knot {
  readonly draft: Draft;
  /** Made for those that wait for something: of a hundred thousand operations most wait for nothing. */
  #after: Map<number, Why> | null = null;

  constructor(draft: Draft) {
    this.draft = draft;
  }

  /** What must be done before, by index. */
  get after(): ReadonlyMap<number, Why> {
    return this.#after ?? NOTHING;
  }

  waitFor(other: number, why: Why): void {
    this.#after ??= new Map();
    this.#after.set(other, why);
  }

  waitNoMoreFor(other: number): void {
    this.#after?.delete(other);
  }
}

/**
 * `order` holds indices into `knots`, which may have grown by parkings. What waits for itself in ways that no order can
 * serve is left out: the next round sees a simpler picture.
 */
export function* untangle(given: readonly Knot[]): Steps<Untangled> {
  const tangle = new Tangle(given);
  yield* tangle.tie();
  do yield* tangle.drain();
  while (tangle.openRing());
  return tangle;
}

export interface Untangled {
  readonly knots: readonly Knot[];
  readonly order: readonly number[];
}

class Tangle {
  readonly knots: Knot[];
  readonly order: number[] = [];
  readonly #done = new Set<number>();
  readonly #waiters = new Map<number, Set<number>>();
  readonly #ready: number[] = [];
  #next = 0;

  constructor(given: readonly Knot[]) {
    this.knots = [...given];
  }

  /** How many waits of each knot are not over. */
  readonly #open: number[] = [];

  /** Takes down who waits for whom. */
  *tie(): Steps<void> {
    for (const [at, knot] of this.knots.entries()) {
      yield;
      for (const other of knot.after.keys()) this.#waitersOf(other).add(at);
      if (knot.after.size === 0) this.#ready.push(at);
      this.#open.push(knot.after.size);
    }
  }

  /** Takes everything that waits for nothing that is open. */
  *drain(): Steps<void> {
    for (; this.#next < this.#ready.length; this.#next++) {
      yield;
      const at = this.#ready[this.#next];
      if (at === undefined || this.#done.has(at)) continue;
      this.#done.add(at);
      this.order.push(at);
      for (const waiter of this.#waiters.get(at) ?? []) this.#lessOpen(waiter);
    }
  }

  /**
   * Opens one ring by a wait less; false when nothing is tangled, or nothing that can be opened. Each opening ends a wait among what is
   * not in the order yet and begins none there, so there is an end to them.
   */
  openRing(): boolean {
    const ring = this.#findRing();
    const waits = ring.map((waiter, at) => ({ waiter, holder: ring[(at + 1) % ring.length] ?? waiter }));
    for (const { waiter, holder } of waits) {
      if (this.#isLocalMove(holder) && this.#endsWithParking(waiter, holder)) {
        this.#park(holder);
        return true;
      }
      if (this.#isForName(waiter, holder) && !this.#putsHere(waiter)) {
        this.#drop(waiter, holder);
        return true;
      }
    }
    // on the disk no two have one name, and there is nothing to be parked: it is found taken, and the next round sees a simpler picture
    const last = waits.find(({ waiter, holder }) => this.#isForName(waiter, holder));
    if (last !== undefined) this.#drop(last.waiter, last.holder);
    return last !== undefined;
  }

  /** Indices of which each waits for the next, and the last for the first; empty when there is no ring. */
  #findRing(): readonly number[] {
    const start = this.knots.findIndex((_, at) => !this.#done.has(at));
    if (start < 0) return [];
    const path: number[] = [];
    const places = new Map<number, number>();
    for (let at: number | undefined = start; at !== undefined;) {
      const before = places.get(at);
      if (before !== undefined) return path.slice(before);
      places.set(at, path.length);
      path.push(at);
      at = [...(this.knots[at]?.after.keys() ?? [])].find((other) => !this.#done.has(other));
    }
    return [];
  }

  /** What waited for the move to free its name, or to leave a folder that goes, waits for the parking instead. */
  #park(move: number): void {
    const knot = this.knots[move];
    const act = knot?.draft.act;
    if (knot === undefined || act?.kind !== 'move' || act.side !== 'local') return;
    const draft: Draft = {
      ...knot.draft,
      act: { kind: 'park', side: 'local', local: act.local, entryKind: act.entryKind },
      reason: 'names are exchanged in a ring',
    };
    const park = this.knots.push(new Knot(draft)) - 1;
    this.#open[park] = 0;
    this.#ready.push(park);
    for (const waiter of [...this.#waitersOf(move)]) {
      if (this.#done.has(waiter)) continue;
      if (!this.#endsWithParking(waiter, move)) continue;
      this.#wait(waiter, park);
      this.#drop(waiter, move);
    }
    this.#wait(move, park);
  }

  /** Whether it is enough for the waiter that what moves is out of the way: its name is wanted, or a folder that goes is to be empty. */
  #endsWithParking(waiter: number, move: number): boolean {
    const act = this.knots[waiter]?.draft.act;
    return this.#isForName(waiter, move) || (act?.kind === 'trash' && act.side === 'local');
  }

  #isForName(waiter: number, holder: number): boolean {
    return this.knots[waiter]?.after.get(holder) === 'name';
  }

  #putsHere(at: number): boolean {
    const act = this.knots[at]?.draft.act;
    return act !== undefined && putsHere(act);
  }

  #isLocalMove(at: number): boolean {
    const act = this.knots[at]?.draft.act;
    return act?.kind === 'move' && act.side === 'local';
  }

  #wait(at: number, other: number): void {
    this.knots[at]?.waitFor(other, 'needed');
    this.#waitersOf(other).add(at);
    this.#open[at] = (this.#open[at] ?? 0) + 1;
  }

  #drop(at: number, other: number): void {
    this.knots[at]?.waitNoMoreFor(other);
    this.#waitersOf(other).delete(at);
    this.#lessOpen(at);
  }

  #lessOpen(at: number): void {
    const left = (this.#open[at] ?? 0) - 1;
    this.#open[at] = left;
    if (left === 0) this.#ready.push(at);
  }

  #waitersOf(at: number): Set<number> {
    let known = this.#waiters.get(at);
    if (known === undefined) this.#waiters.set(at, (known = new Set()));
    return known;
  }
}
