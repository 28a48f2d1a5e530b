/**
 * Files move many at once, a folder by itself: a file has two names for a moment, and where folders cannot be held open the old one is taken
 * away by its path. With the folder renamed in between, it would be looked for in vain, and the file would stay under both.
 */
export class MoveTurns {
  #files = new Set<Promise<unknown>>();
  #folder: Promise<unknown> = Promise.resolve();

  async file<T>(move: () => Promise<T>): Promise<T> {
    for (let before: Promise<unknown> | null = null; before !== this.#folder;) await (before = this.#folder);
    const moving = move();
    const ended = moving.catch(() => undefined);
    this.#files.add(ended);
    try {
      return await moving;
    } finally {
      this.#files.delete(ended);
    }
  }

  folder<T>(move: () => Promise<T>): Promise<T> {
    const moving = this.#folder.then(async () => {
      await Promise.all(this.#files);
      return move();
    });
    this.#folder = moving.catch(() => undefined);
    return moving;
  }
}
