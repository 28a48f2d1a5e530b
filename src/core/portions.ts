/**
 * Very much that is new, decided a portion at a time: so a first pass over a million files needs the memory of some thousand, and its first
 * files are sent before the last ones are decided.
 *
 * What must hold: a portion is what an earlier look at both sides could have shown. That is so where what is left out is new, or an edit in its
 * place: somebody made it a moment later. Nothing else is ever left out: what went, was moved or has a new id on the host comes with each portion,
 * and so does what is new beside that, because what is left out might be a part of it, or stand in its way. What is still open after the last
 * portion is decided together.
 */
import type { BaseEntry } from './entry.ts';
import { newBeside } from './new-beside.ts';
import { newTogether } from './new-together.ts';
import { PartialView } from './partial-view.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** How much there is. */
export interface Amount {
  readonly items: number;
  /** In bytes. */
  readonly bytes: number;
}

export interface Portion {
  /** The trees, without what is left for later. */
  readonly view: TreeView;
  /** About how much that is. */
  readonly later: Amount;
  /** Something known went, was moved or has a new id: what moved here is to be recognised among all that is new, not in the portion alone. */
  readonly hasMoves: boolean;
}

/** Where the lists of a view were left off: what comes up to there was in an earlier portion. */
interface Mark {
  readonly entry: number;
  readonly node: number;
  readonly id: string;
}

export class Portions {
  readonly #most: number;
  /** Behind the last portion that was passed. */
  #from: Mark = { entry: 0, node: 0, id: '' };
  /** Behind the one that was given last. */
  #to: Mark = this.#from;
  /** What is open, as it was counted at the first portion. */
  #all: Amounts | null = null;
  #passed: Amounts = NOTHING;
  /** What the portion had when it was given for the first time; `null`: it was not yet. */
  #given: Amounts | null = null;

  /** `most`: so many of each list are decided together. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The next portion, or what is left of the last one if that was not passed. `null`: all that is open is to be decided together. */
  *next(view: TreeView): Steps<Portion | null> {
    const { moved, edits, all } = yield* this.#openIn(view);
    const here = yield* firstOf(view.newLocal(), ({ node }) => node > this.#from.node, this.#most);
    const there = yield* firstOf(view.newRemote(), ({ id }) => id > this.#from.id, this.#most);
    if (!edits.hasMore && !here.hasMore && !there.hasMore) return null;

    this.#all ??= [all, ...(yield* amountsOf([view.newLocal(), view.newRemote()]))];
    this.#given ??= yield* amountsOf([edits.rows, here.rows, there.rows]);
    this.#to = {
      entry: (edits.hasMore ? edits.rows.at(-1)?.entry : undefined) ?? this.#from.entry,
      node: (here.hasMore ? here.rows.at(-1)?.node : undefined) ?? this.#from.node,
      id: (there.hasMore ? there.rows.at(-1)?.id : undefined) ?? this.#from.id,
    };
    const beside = yield* newBeside(moved, view);
    const first = { here: [...here.rows, ...beside.here], there: [...there.rows, ...beside.there] };
    const rows = yield* newTogether(first, { view, pairsUp: here.hasMore && there.hasMore });
    const open = [...moved, ...edits.rows].sort((a, b) => a.entry - b.entry);
    const hasMoves = moved.length > 0;
    return { view: new PartialView(view, open, rows), later: this.#later(this.#all, this.#given), hasMoves };
  }

  /** All that is known and went, was moved or has a new id, and the first edits that are still to come; `all`: how many edits there are. */
  *#openIn(
    view: TreeView,
  ): Steps<{ readonly moved: readonly BaseEntry[]; readonly edits: Part<BaseEntry>; readonly all: Amount }> {
    const moved: BaseEntry[] = [];
    const rows: BaseEntry[] = [];
    let hasMore = false;
    let all = NONE;
    const inPlace = view.openInPlace()[Symbol.iterator]();
    for (const base of view.openEntries()) {
      yield;
      if (inPlace.next().value !== true) {
        moved.push(base);
        continue;
      }
      all = { items: all.items + 1, bytes: all.bytes + base.size };
      if (base.entry <= this.#from.entry) continue;
      else if (rows.length < this.#most) rows.push(base);
      else hasMore = true;
    }
    return { moved, edits: { rows, hasMore }, all };
  }

  #later(all: Amounts, given: Amounts): Amount {
    const [edits = NONE, here = NONE, there = NONE] = all.map((amount, list) =>
      minus(minus(amount, this.#passed[list] ?? NONE), given[list] ?? NONE),
    );
    // where very much is new on both sides, most of it is the same
    const isAlike = Math.min(all[1]?.items ?? 0, all[2]?.items ?? 0) > this.#most;
    return plus(edits, !isAlike ? plus(here, there) : here.items > there.items ? here : there);
  }

  /** The last portion is done, as far as it can be: the next one comes after it. */
  pass(): void {
    this.#from = this.#to;
    this.#passed = this.#passed.map((amount, list) => plus(amount, this.#given?.[list] ?? NONE));
    this.#given = null;
  }

  /** Something happened meanwhile: edits are looked at from the first on, because somebody may wait for one. */
  beginAnew(): void {
    this.#from = { ...this.#from, entry: 0 };
  }
}

const NONE: Amount = { items: 0, bytes: 0 };
/** Of edits, of what is new here, and of what is new on the host. */
type Amounts = readonly Amount[];
const NOTHING: Amounts = [NONE, NONE, NONE];

interface Part<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

/** The first `most` rows that are still to come. */
function* firstOf<Row>(all: Iterable<Row>, isToCome: (row: Row) => boolean, most: number): Steps<Part<Row>> {
  const rows: Row[] = [];
  for (const row of all) {
    yield;
    if (!isToCome(row)) continue;
    if (rows.length === most) return { rows, hasMore: true };
    rows.push(row);
  }
  return { rows, hasMore: false };
}

function* amountsOf(lists: readonly Iterable<{ readonly size: number }>[]): Steps<Amounts> {
  const amounts: Amount[] = [];
  for (const list of lists) {
    let items = 0;
    let bytes = 0;
    for (const { size } of list) {
      yield;
      items++;
      bytes += size;
    }
    amounts.push({ items, bytes });
  }
  return amounts;
}

function plus(one: Amount, other: Amount): Amount {
  return { items: one.items + other.items, bytes: one.bytes + other.bytes };
}

function minus(one: Amount, other: Amount): Amount {
  return { items: Math.max(0, one.items - other.items), bytes: Math.max(0, one.bytes - other.bytes) };
}
