/** A signal that ends a piece of work by itself, and with the one above it. */
export interface Ending {
  readonly signal: AbortSignal;
  /** Ends what listens to it; to be called in any case, for it lets go of the signal above. */
  readonly end: () => void;
}

export function endingWith(above: AbortSignal): Ending {
  const own = new AbortController();
  const abort = (): void => own.abort();
  above.addEventListener('abort', abort, { once: true });
  if (above.aborted) own.abort();
  return {
    signal: own.signal,
    end() {
      above.removeEventListener('abort', abort);
      own.abort();
    },
  };
}
