/**
 * What the persons did, and what follows from it whatever the syncer chose: which contents must not be lost, which names may exist, how
 * many conflict copies there can be. It does not predict a tree: too many are right.
 */
import { md5Of } from './snapshot.ts';

export const EMPTY = md5Of('');

interface Write {
  readonly actor: string;
  readonly path: string;
  readonly md5: string;
  /** What the actor had at the path before; null: nothing. */
  readonly over: string | null;
}

export class Ledger {
  /** How often each content was written by somebody. */
  readonly written = new Map<string, number>();
  readonly superseded = new Set<string>();
  /** Last parts of all paths that somebody made. */
  readonly names = new Set<string>();
  /** Paths that were removed and stayed away at a settle. */
  readonly goneForGood = new Set<string>();
  /** Ids on the host with the MD5 under which they were seen; none may ever vanish. */
  readonly ids = new Map<number, string>();
  #removed = new Set<string>();
  #writes: Write[] = [];
  #makings: { readonly actor: string; readonly path: string }[] = [];
  #copiesBefore = 0;

  /** `keeps`: the actor still sees what was there, elsewhere. */
  wrote(actor: string, path: string, md5: string, over: string | null, keeps: boolean): void {
    this.written.set(md5, (this.written.get(md5) ?? 0) + 1);
    this.superseded.delete(md5);
    if (over !== null && over !== md5 && !keeps) this.superseded.add(over);
    this.#writes.push({ actor, path, md5, over });
    this.made(actor, path);
  }

  made(actor: string, path: string): void {
    const parts = path.split('/');
    parts.forEach((name, at) => {
      this.names.add(name);
      const above = parts.slice(0, at + 1).join('/');
      this.goneForGood.delete(above);
      this.#removed.delete(above);
    });
    this.#makings.push({ actor, path });
  }

  removed(path: string, md5: string | null, keeps: boolean): void {
    if (md5 !== null && !keeps) this.superseded.add(md5);
    this.#removed.add(path);
  }

  /** A move makes a name and takes one away; it supersedes nothing. */
  moved(actor: string, from: readonly string[], to: readonly string[]): void {
    for (const path of from) this.#removed.add(path);
    for (const path of to) this.made(actor, path);
  }

  restored(paths: readonly string[], md5s: readonly string[]): void {
    for (const md5 of md5s) this.superseded.delete(md5);
    for (const path of paths) this.made('web', path);
  }

  /** Contents that somebody wrote and nobody superseded. */
  alive(): string[] {
    return [...this.written.keys()].filter((md5) => md5 !== EMPTY && !this.superseded.has(md5));
  }

  /** All agree now; what was removed and is away must stay away. */
  settled(paths: ReadonlySet<string>, copies: number): void {
    for (const path of this.#removed) if (!paths.has(path)) this.goneForGood.add(path);
    this.#removed = new Set();
    this.#writes = [];
    this.#makings = [];
    this.#copiesBefore = copies;
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
    for (const one of this.#writes) {
      for (const other of this.#writes) {
        if (one.actor >= other.actor || one.path !== other.path || one.md5 === other.md5) continue;
        if (!stems(one.md5).has(other.md5) && !stems(other.md5).has(one.md5)) pairs.add(`${one.md5} ${other.md5}`);
      }
    }
    // a file against a folder, and what was moved onto what
    for (const one of this.#makings) {
      for (const other of this.#makings) {
        if (
          one.actor < other.actor &&
          (one.path === other.path || other.path.startsWith(`${one.path}/`) || one.path.startsWith(`${other.path}/`))
        )
          pairs.add(`${one.actor} ${other.actor} ${[one.path, other.path].sort()[0]}`);
      }
    }
    return this.#copiesBefore + pairs.size;
  }
}

/** Names of conflict copies, by the documented pattern. */
export function isCopyName(name: string): boolean {
  return / \(conflict \d{4}-\d\d-\d\d \d\d-\d\d-\d\d [A-Za-z0-9._-]+( \d+)?\)/.test(name);
}
