/** A timer that runs at most once at a time. */
export interface Timer {
  /** Starts it anew. */
  readonly start: (delayMs: number) => void;
  readonly stop: () => void;
  readonly isRunning: () => boolean;
}

export function createTimer(onTime: () => void): Timer {
  let timeout: ReturnType<typeof setTimeout> | null = null;

  function stop(): void {
    if (timeout !== null) clearTimeout(timeout);
    timeout = null;
  }

  return {
    start: (delayMs) => {
      stop();
      timeout = setTimeout(() => {
        timeout = null;
        onTime();
      }, delayMs);
    },
    stop,
    isRunning: () => timeout !== null,
  };
}
