/**
 * Work that is done at once, without Node's pool of threads, holds up everything else: timers, sockets, signals. Whoever does much
 * of it asks here before each piece, and lets the others go first when they have waited long enough.
 */

/** How long the others may wait, in milliseconds. */
const longestMs = 8;

let began = 0;
let isCounting = false;

/** `undefined`: go on at once. */
export function othersFirst(): Promise<void> | undefined {
  const now = performance.now();
  if (!isCounting) {
    isCounting = true;
    began = now;
    setImmediate(() => (isCounting = false)); // the others have had their turn by then
    return undefined;
  }
  if (now - began < longestMs) return undefined;
  return new Promise((resolve) => setImmediate(resolve));
}
