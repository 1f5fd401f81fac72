/** Remembers for one consumer that something happened, however often, until it asks. */
export interface Latch {
  readonly set: () => void;
  /** Resolves once the latch is set, and resets it. Resolves when the signal is aborted as well. */
  readonly take: () => Promise<void>;
}

/** `signal` is to live no longer than the latch does: the latch never lets go of it. */
export function createLatch(signal: AbortSignal): Latch {
  let isSet = signal.aborted;
  let release: (() => void) | null = null;

  function set(): void {
    isSet = true;
    release?.();
  }

  signal.addEventListener("abort", set, { once: true });

  return {
    set,
    take: async () => {
      if (!isSet) await new Promise<void>((resolve) => (release = resolve));
      release = null;
      isSet = signal.aborted;
    },
  };
}
