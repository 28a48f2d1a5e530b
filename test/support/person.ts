/** Somebody who works with files: on a computer's disk, or on the host's web page. What is done goes into the ledger. */
import { dirname } from 'node:path/posix';
import type { Ledger } from './ledger.ts';
import { md5Of } from './snapshot.ts';
import type { Shape } from './snapshot.ts';

/** The bare acts. Parents are there. */
export interface Grip {
  readonly name: string;
  /** What the person sees now. */
  shape(): Shape;
  put(path: string, content: Uint8Array): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** A file, or a folder with all in it. */
  take(path: string): Promise<void>;
  shift(from: string, to: string): Promise<void>;
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
    await this.#makeAbove(path, before);
    const over = before.get(path) ?? null;
    this.#ledger.wrote(this.name, path, md5Of(bytes), over, over !== null && seenElsewhere(before, over, path));
    await this.#grip.put(path, bytes);
  }

  async mkdir(path: string): Promise<void> {
    this.#note(`${this.name}: mkdir ${JSON.stringify(path)}`);
    await this.#makeAbove(path, this.shape());
    this.#ledger.made(this.name, path);
    await this.#grip.makeFolder(path);
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

  async move(from: string, to: string): Promise<void> {
    this.#note(`${this.name}: move ${JSON.stringify(from)} to ${JSON.stringify(to)}`);
    const before = this.shape();
    await this.#makeAbove(to, before);
    const inside = [...before.keys()].filter((path) => path === from || path.startsWith(`${from}/`));
    this.#ledger.moved(
      this.name,
      inside,
      inside.map((path) => to + path.slice(from.length)),
      inside.flatMap((path) => (before.get(path) === 'folder' ? [] : (before.get(path) ?? []))),
    );
    const over = before.get(to);
    if (over !== undefined && over !== 'folder' && from !== to)
      this.#ledger.removed(this.name, to, over, seenElsewhere(before, over, to));
    await this.#grip.shift(from, to);
  }

  async #makeAbove(path: string, shape: Shape): Promise<void> {
    const above = dirname(path);
    if (above === '.' || shape.has(above)) return;
    await this.#makeAbove(above, shape);
    this.#ledger.made(this.name, above);
    await this.#grip.makeFolder(above);
  }
}

function seenElsewhere(shape: Shape, md5: string, path: string): boolean {
  return [...shape].some(([at, one]) => one === md5 && at !== path);
}
