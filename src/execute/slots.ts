/** A number of things that may happen at once. First come, first served. */
export interface Slots {
  /** Runs `work` as soon as there is room. `size`: of what it transfers, in bytes. */
  use<T>(work: () => Promise<T>, size?: number): Promise<T>;
}

/** From so many bytes on a transfer may take long. */
export const LARGE = 16 * 1024 * 1024;

/** `count` at a time, at least one. Of several one stays free of transfers of `largeFrom` bytes and more: a small file need not wait for them. */
export function makeSlots(count: number, largeFrom = LARGE): Slots {
  const all = queue(count);
  const large = queue(count - 1);
  return { use: (work, size = 0) => (size < largeFrom ? all(work) : large(() => all(work))) };
}

function queue(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = Math.max(1, count);
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift(); // the slot is handed over, not freed: nobody can jump the queue
      if (next === undefined) free++;
      else next();
    }
  };
}
