/** A number of things that may happen at once. First come, first served. */
export interface Slots {
  /** Runs `work` as soon as there is room. */
  use<T>(work: () => Promise<T>): Promise<T>;
}

/** `count` at a time, at least one. */
export function makeSlots(count: number): Slots {
  let free = Math.max(1, count);
  const waiting: (() => void)[] = [];
  return {
    async use(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift(); // the slot is handed over, not freed: nobody can jump the queue
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
