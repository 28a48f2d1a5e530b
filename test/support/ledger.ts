/**
 * What the persons did, and what follows from it whatever the syncer chose: which contents must not be lost, which names may exist, how
 * many conflict copies there can be. It does not predict a tree: too many are right.
 */
import { md5Of } from './snapshot.ts';
import type { Shape } from './snapshot.ts';

export const EMPTY = md5Of('');

interface Write {
  readonly actor: string;
  readonly path: string;
  readonly md5: string;
  /** What the actor had at the path before; null: nothing. */
  readonly over: string | null;
}

/** Somebody did away with a file. `isDone`: the host knows of it. */
interface LetGo {
  readonly md5: string;
  readonly actor: string;
  readonly path: string;
  readonly isDone: boolean;
}

/** One file with some content, at the path that its maker sees. */
interface Holder {
  /** null: all had it, there, when they last agreed. */
  readonly maker: string | null;
  readonly path: string;
  /** Its maker's computer has not passed since. */
  readonly isFresh: boolean;
}

export class Ledger {
  /** How often each content was written by somebody. */
  readonly written = new Map<string, number>();
  readonly superseded = new Set<string>();
  /** The files that hold a content and that nobody did away with. */
  readonly #holders = new Map<string, readonly Holder[]>();
  /** Who did away with a file of some content, since all agreed. */
  #letGo: LetGo[] = [];
  /** Last parts of all paths that somebody made. */
  readonly names = new Set<string>();
  /** Paths that were removed and stayed away at a settle. */
  readonly goneForGood = new Set<string>();
  /** Ids on the host with the MD5 under which they were seen; none may ever vanish. */
  readonly ids = new Map<number, string>();
  readonly #movers = new Map<string, Set<string>>();
  #removed = new Set<string>();
  #writes: Write[] = [];
  /** `after`: how many passes its maker's computer had made when it was made or moved there: that is another thing than what was there before. */
  #makings: { readonly actor: string; readonly path: string; readonly after: number }[] = [];
  readonly #passes = new Map<string, number>();
  #moves: { readonly from: string; readonly to: string }[] = [];
  #copiesBefore = 0;

  /** `keeps`: the actor still sees what was there, elsewhere. */
  wrote(actor: string, path: string, md5: string, over: string | null, keeps: boolean): void {
    this.written.set(md5, (this.written.get(md5) ?? 0) + 1);
    // made here too, just as another person had it there before going on with theirs: both may be one file, of which theirs is the next version
    const isOlder =
      over === null && this.#letGo.some((one) => one.md5 === md5 && one.actor !== actor && one.path === path);
    if (!isOlder) this.superseded.delete(md5);
    if (over !== null && over !== md5) this.#leave(actor, path, over, keeps);
    const isBack = over === null && this.#isBack(actor, path, md5);
    if (over !== md5 && !isBack) {
      this.#hold(actor, path, md5);
      const gone = this.#letGo.find((one) => one.md5 === md5 && one.actor === actor && !one.isDone);
      if (gone !== undefined && this.#isAlone(md5, { path })) this.#goesOn(gone, path);
    }
    this.#writes.push({ actor, path, md5, over });
    this.made(actor, path, over === null ? (this.#passes.get(actor) ?? 0) : 0);
  }

  /** Made again as it was, before anybody knew of the removal: nothing was done. Whoever else did away with it did so with this one. */
  #isBack(actor: string, path: string, md5: string): boolean {
    const isOwn = (one: LetGo): boolean => one.md5 === md5 && one.actor === actor && one.path === path && !one.isDone;
    if (!this.#letGo.some(isOwn)) return false;
    this.#letGo = this.#letGo.filter((one) => !isOwn(one));
    const places = this.placesOf(path);
    if (this.#letGo.some((one) => one.md5 === md5 && places.has(one.path))) this.superseded.add(md5);
    else this.#holders.set(md5, [...(this.#holders.get(md5) ?? []), { maker: null, path, isFresh: false }]);
    return true;
  }

  /** Nobody else has it there. */
  #isAlone(md5: string, { path }: Pick<Holder, 'path'>): boolean {
    return (this.#holders.get(md5) ?? []).filter((one) => one.path === path).length === 1;
  }

  /** Who copies a file and removes it, or removes it and makes it anew elsewhere, has moved it: so it looks to whoever looks only then. */
  #goesOn({ md5, actor, path }: Pick<LetGo, 'md5' | 'actor' | 'path'>, to: string): void {
    this.#moves.push({ from: path, to });
    const places = this.placesOf(path);
    const isGone = this.#letGo.some((one) => one.md5 === md5 && one.actor !== actor && places.has(one.path));
    const others = (this.#holders.get(md5) ?? []).filter((one) => one.maker !== actor || one.path !== to);
    this.#holders.set(md5, isGone ? others : [...others, { maker: null, path: to, isFresh: false }]);
    if (isGone && others.length === 0) this.superseded.add(md5);
  }

  made(actor: string, path: string, after = 0): void {
    const parts = path.split('/');
    parts.forEach((name, at) => {
      this.names.add(name);
      const above = parts.slice(0, at + 1).join('/');
      this.goneForGood.delete(above);
      this.#removed.delete(above);
    });
    this.#makings.push({ actor, path, after });
  }

  /** `keeps`: the actor still sees the content elsewhere. */
  removed(actor: string, path: string, md5: string | null, keeps: boolean): void {
    if (md5 !== null) {
      this.#leave(actor, path, md5, keeps);
      const copy = this.#holders.get(md5)?.find((one) => one.maker === actor && one.isFresh && this.#isAlone(md5, one));
      if (copy !== undefined) this.#goesOn({ md5, actor, path }, copy.path);
    }
    // the same where the original was edited, and perhaps moved, before it went: then its former content has only the copy
    const places = this.placesOf(path);
    for (const one of this.#letGo) {
      const held = this.#holders.get(one.md5) ?? [];
      const isCopied = held.length > 0 && held.every(({ maker }) => maker === actor);
      if (one.actor !== actor && places.has(one.path) && isCopied) this.superseded.add(one.md5);
    }
    this.#removed.add(path);
  }

  #hold(maker: string, path: string, md5: string): void {
    this.#holders.set(md5, [...(this.#holders.get(md5) ?? []), { maker, path, isFresh: true }]);
    this.#letGo = this.#letGo.filter((one) => one.md5 !== md5 || one.path !== path);
  }

  #leave(actor: string, path: string, md5: string, keeps: boolean): void {
    if (!keeps) this.superseded.add(md5);
    // two persons may each do away with the one that the other relies on
    const left = this.#without(actor, path, md5);
    this.#holders.set(md5, left);
    this.#letGo.push({ md5, actor, path, isDone: actor === 'web' });
    if (left.length === 0) this.superseded.add(md5);
  }

  /**
   * The holders of a content without the one at `path`. Where several made it there, they are one file by now, or may be.
   * What another one did away with before is not done away with twice.
   */
  #without(actor: string, path: string, md5: string): readonly Holder[] {
    const holders = this.#holders.get(md5) ?? [];
    const places = this.placesOf(path);
    const there = [
      holders.filter((one) => one.path === path),
      holders.filter((one) => places.has(one.path) || [...this.placesOf(one.path)].some((at) => places.has(at))),
    ].find((some) => some.length > 0);
    const one = there?.find(({ maker }) => maker === null) ?? there?.[0];
    if (one !== undefined) {
      return holders.filter((other) => other !== one && (one.maker === null || other.path !== one.path));
    }
    const isGone = this.#letGo.some((other) => other.md5 === md5 && other.actor !== actor && places.has(other.path));
    // under a name that no person gave: it may be any of them
    return isGone ? holders : holders.slice(1);
  }

  /** A move makes a name and takes one away; it supersedes nothing. */
  moved(actor: string, from: readonly string[], to: readonly string[], md5s: readonly string[]): void {
    const [above, below] = [from[0], to[0]];
    // What takes the place of an equal file is taken for that file (`moves.ts`), and so is another person's removal of it.
    if (from.length === 1 && above !== undefined && below !== undefined) {
      const places = this.placesOf(below);
      for (const md5 of md5s)
        if (this.#letGo.some((one) => one.md5 === md5 && one.actor !== actor && places.has(one.path)))
          this.#leave(actor, above, md5, true);
    }
    if (above !== undefined && below !== undefined) this.#moves.push({ from: above, to: below });
    for (const path of from) this.#removed.add(path);
    for (const path of to) this.made(actor, path, this.#passes.get(actor) ?? 0);
    for (const md5 of new Set(md5s)) {
      this.#movers.set(md5, (this.#movers.get(md5) ?? new Set()).add(actor));
      const held = this.#holders.get(md5) ?? [];
      const moved = ({ maker, path }: Holder): string | undefined =>
        maker === actor ? to[from.indexOf(path)] : undefined;
      this.#holders.set(
        md5,
        held.map((one) => ({ ...one, path: moved(one) ?? one.path })),
      );
    }
  }

  /** What was to be called `wanted` came out as `path`: the host made that of it. */
  isCalled(wanted: string, path: string): void {
    if (wanted !== path) this.#moves.push({ from: wanted, to: path });
  }

  /** Of a file that had two names one was moved: they are two files now. */
  parted(md5: string): void {
    this.written.set(md5, (this.written.get(md5) ?? 0) + 1);
  }

  /**
   * How often a content may be there: as often as it was written. A move is work, so what one person gave up or replaced stays
   * where another one moved it; where several moved it, each to a place of their own, it stays at each of these.
   */
  mostOf(md5: string): number {
    return (this.written.get(md5) ?? 0) + Math.max(0, (this.#movers.get(md5)?.size ?? 0) - 1);
  }

  /** The computer made a pass, whatever came of it. */
  began(actor: string): void {
    this.#passes.set(actor, (this.#passes.get(actor) ?? 0) + 1);
  }

  /** It left nothing undone. */
  passed(actor: string): void {
    this.#letGo = this.#letGo.map((one) => (one.actor === actor ? { ...one, isDone: true } : one));
    for (const [md5, some] of this.#holders)
      this.#holders.set(
        md5,
        some.map((one) => (one.maker === actor ? { ...one, isFresh: false } : one)),
      );
  }

  /** `md5s`: of the first of the paths, which are the files. */
  restored(paths: readonly string[], md5s: readonly string[]): void {
    for (const [at, md5] of md5s.entries()) {
      // whoever did away with it and has not passed since does so with what came back
      const waiting = this.#letGo.filter((one) => one.md5 === md5 && !one.isDone);
      const path = paths[at] ?? '';
      const places = this.placesOf(path);
      if (waiting.length === 0) this.superseded.delete(md5);
      if (!waiting.some((one) => places.has(one.path))) this.#hold('web', path, md5);
    }
    for (const path of paths) this.made('web', path);
  }

  /** It came beside a namesake on the host: what else comes to that name has two to be told from. */
  wroteBeside(path: string, md5: string): void {
    this.wrote('web', path, md5, null, false);
    this.#copiesBefore++;
  }

  /** Contents that somebody wrote and nobody superseded. */
  alive(): string[] {
    return [...this.written.keys()].filter((md5) => md5 !== EMPTY && !this.superseded.has(md5));
  }

  /** All agree now; what was removed and is away must stay away. */
  settled(shape: Shape, copies: number): void {
    for (const path of this.#removed) if (!shape.has(path)) this.goneForGood.add(path);
    for (const path of shape.keys()) this.goneForGood.delete(path); // something new may stand there, by a move of what is above it
    this.#holders.clear();
    for (const [path, md5] of shape) {
      const holder = { maker: null, path: path.replaceAll(/ #\d+/g, ''), isFresh: false }; // the host's page tells twins apart so
      if (md5 !== 'folder') this.#holders.set(md5, [...(this.#holders.get(md5) ?? []), holder]);
    }
    this.#letGo = [];
    this.#removed = new Set();
    this.#writes = [];
    this.#makings = [];
    this.#passes.clear();
    this.#moves = [];
    this.#copiesBefore = copies;
  }

  /** Whether something that was made since all agreed may stand there by now, by the moves of all. */
  mayBeAt(path: string): boolean {
    return this.#makings.some((one) => this.placesOf(one.path).has(path));
  }

  /** The most conflict copies there may be by now: those that were, and one for each pair that did not know of each other. */
  mostCopies(): number {
    const pairs = new Set<string>();
    const before = new Map(this.#writes.map(({ md5, over }) => [md5, over]));
    const stems = (md5: string | null): Set<string> => {
      const seen = new Set<string>();
      for (let at = md5; at !== null && !seen.has(at); at = before.get(at) ?? null) seen.add(at);
      return seen;
    };
    const placesOf = new Map<string, ReadonlySet<string>>();
    const places = (path: string): ReadonlySet<string> => {
      const known = placesOf.get(path) ?? this.placesOf(path);
      placesOf.set(path, known);
      return known;
    };
    const canMeet = (one: string, other: string): boolean => [...places(one)].some((path) => places(other).has(path));
    const aboves = new Map<string, ReadonlySet<string>>();
    const above = (path: string): ReadonlySet<string> => {
      const known = aboves.get(path) ?? new Set([...places(path)].flatMap(withParents));
      aboves.set(path, known);
      return known;
    };
    /** Or at the same place. */
    const isBelow = (one: string, other: string): boolean => [...places(other)].some((path) => above(one).has(path));
    for (const one of this.#writes) {
      for (const other of this.#writes) {
        if (one.actor >= other.actor || one.md5 === other.md5) continue;
        const [before, beside] = [stems(one.md5), stems(other.md5)];
        // at one place, or of one file, wherever it was moved meanwhile
        const doMeet = canMeet(one.path, other.path) || [...before].some((md5) => beside.has(md5));
        if (doMeet && !before.has(other.md5) && !beside.has(one.md5)) pairs.add(`${one.md5} ${other.md5}`);
      }
    }
    // a file against a folder, and what was moved onto what
    for (const one of this.#makings) {
      for (const other of this.#makings) {
        if (one.actor < other.actor && (isBelow(one.path, other.path) || isBelow(other.path, one.path)))
          pairs.add(`${one.actor} ${one.after} ${other.actor} ${other.after} ${[one.path, other.path].sort()[0]}`);
      }
    }
    return this.#copiesBefore + pairs.size;
  }

  /** Where what is made at `path` can end up by the moves of all, forth and back; of many some. */
  placesOf(path: string): ReadonlySet<string> {
    const found = new Set([path]);
    for (const at of found) {
      if (found.size > 60) break;
      for (const { from, to } of this.#moves) {
        if (at === from || at.startsWith(`${from}/`)) found.add(to + at.slice(from.length));
        if (at === to || at.startsWith(`${to}/`)) found.add(from + at.slice(to.length));
      }
    }
    return found;
  }
}

export function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Names of conflict copies, by the documented pattern. */
export function isCopyName(name: string): boolean {
  return / \(conflict \d{4}-\d\d-\d\d \d\d-\d\d-\d\d [A-Za-z0-9._-]+( \d+)?\)/.test(name);
}
