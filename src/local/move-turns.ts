/**
 * Files move many at once, a folder by itself: a file has two names for a moment, and where folders cannot be held open the old one is taken
 * away by its path. With the folder renamed in between, it would be looked for in vain, and the file would stay under both.
 */
export class MoveTurns {
  readonly #files = new Set<Promise<unknown>>();
  /** The end of the last folder's turn; `null`: none is on its way, or waits. */
  #folder: Promise<unknown> | null = null;

  async file<T>(move: () => Promise<T>): Promise<T> {
    while (this.#folder !== null) await this.#folder;
    const moving = move();
    const ended = moving.catch(() => undefined);
    this.#files.add(ended);
    try {
      return await moving;
    } finally {
      this.#files.delete(ended);
    }
  }

  async folder<T>(move: () => Promise<T>): Promise<T> {
    const before = this.#folder;
    let end: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (end = resolve));
    this.#folder = turn;
    try {
      await before;
      await Promise.all(this.#files);
      return await move();
    } finally {
      if (this.#folder === turn) this.#folder = null;
      end();
    }
  }
}
