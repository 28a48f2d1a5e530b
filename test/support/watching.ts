import type { LocalNews } from '../../src/cycle.ts';

/** What a watcher tells a pass that is under way: news comes when the test says so, and means "look everywhere". */
export class Watching implements LocalNews {
  #isWaiting = false;
  #tell: () => void = () => undefined;
  taken = 0;

  come(): void {
    this.#isWaiting = true;
    this.#tell();
  }

  readonly isWaiting = (): boolean => this.#isWaiting;
  readonly arrives = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.#tell = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (this.#isWaiting) resolve();
    });
  readonly take = (): 'everything' => {
    this.#isWaiting = false;
    this.taken += 1;
    return 'everything';
  };
}
