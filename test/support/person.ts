/** Somebody who works with files: on a computer's disk, or on the host's web page. What is done goes into the ledger. */
import { basename, dirname, join } from 'node:path/posix';
import type { Ledger } from './ledger.ts';
import { md5Of } from './snapshot.ts';
import type { Shape } from './snapshot.ts';

/** The bare acts. Parents are there. What makes something or gives it a name returns the path that it has: hosts make names of their own. */
export interface Grip {
  readonly name: string;
  /** What the person sees now. */
  shape(): Shape;
  put(path: string, content: Uint8Array): Promise<string>;
  makeFolder(path: string): Promise<string>;
  /** A file, or a folder with all in it. */
  take(path: string): Promise<void>;
  shift(from: string, to: string): Promise<string>;
  /** Whether the file has another name beside, as where the program was killed between the two. */
  hasTwoNames(path: string): boolean;
}

export class Person {
  readonly #grip: Grip;
  readonly #ledger: Ledger;
  readonly #note: (step: string) => void;

  constructor(grip: Grip, ledger: Ledger, note: (step: string) => void) {
    this.#grip = grip;
    this.#ledger = ledger;
    this.#note = note;
  }

  get name(): string {
    return this.#grip.name;
  }

  shape(): Shape {
    return this.#grip.shape();
  }

  has(path: string): boolean {
    return this.shape().has(path);
  }

  /** Creates or edits a file, with the folders above it. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.#note(
      `${this.name}: write ${JSON.stringify(path)} ${typeof content === 'string' ? JSON.stringify(content.slice(-24)) : `${bytes.length} bytes`}`,
    );
    const before = this.shape();
    const at = await this.#belowMade(path, before);
    const over = before.get(at) ?? null;
    this.#ledger.wrote(this.name, at, md5Of(bytes), over, over !== null && seenElsewhere(before, over, at));
    this.#ledger.isCalled(at, await this.#grip.put(at, bytes));
  }

  async mkdir(path: string): Promise<void> {
    this.#note(`${this.name}: mkdir ${JSON.stringify(path)}`);
    await this.#makeFolder(await this.#belowMade(path, this.shape()));
  }

  async remove(path: string): Promise<void> {
    this.#note(`${this.name}: remove ${JSON.stringify(path)}`);
    const before = this.shape();
    for (const [at, md5] of before) {
      if (at !== path && !at.startsWith(`${path}/`)) continue;
      const elsewhere = [...before].some(
        ([other, one]) => one === md5 && other !== path && !other.startsWith(`${path}/`),
      );
      this.#ledger.removed(this.name, at, md5 === 'folder' ? null : md5, elsewhere);
    }
    await this.#grip.take(path);
  }

  async move(from: string, target: string): Promise<void> {
    await this.moveAs(from, target);
  }

  /** Returns the path that it has then: hosts make names of their own. */
  async moveAs(from: string, target: string): Promise<string> {
    this.#note(`${this.name}: move ${JSON.stringify(from)} to ${JSON.stringify(target)}`);
    const before = this.shape();
    const to = await this.#belowMade(target, before);
    const inside = [...before.keys()].filter((path) => path === from || path.startsWith(`${from}/`));
    this.#ledger.moved(
      this.name,
      inside,
      inside.map((path) => to + path.slice(from.length)),
      inside.flatMap((path) => (before.get(path) === 'folder' ? [] : (before.get(path) ?? []))),
    );
    const [over, content] = [before.get(to), before.get(from)];
    if (content !== undefined && this.#grip.hasTwoNames(from)) this.#ledger.parted(content);
    if (over !== undefined && over !== 'folder' && from !== to)
      this.#ledger.removed(this.name, to, over, seenElsewhere(before, over, to));
    const moved = await this.#grip.shift(from, to);
    this.#ledger.isCalled(to, moved);
    return moved;
  }

  /** The path in the folders that are there once those that were missing are made. */
  async #belowMade(path: string, shape: Shape): Promise<string> {
    const above = dirname(path);
    if (above === '.' || shape.has(above)) return path;
    return join(await this.#makeFolder(await this.#belowMade(above, shape)), basename(path));
  }

  async #makeFolder(path: string): Promise<string> {
    this.#ledger.made(this.name, path);
    const made = await this.#grip.makeFolder(path);
    this.#ledger.isCalled(path, made);
    return made;
  }
}

function seenElsewhere(shape: Shape, md5: string, path: string): boolean {
  return [...shape].some(([at, one]) => one === md5 && at !== path);
}
