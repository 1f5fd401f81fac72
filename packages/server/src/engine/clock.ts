/** The engine's only source of time, so that tests can make all of it virtual. */
export interface EngineClock {
  /** Milliseconds of the database's clock, as this process estimates it. */
  readonly now: () => number;
  /** Calls `fn` once after `ms`, any number of days too; keeps the process alive until then. */
  readonly setTimeout: (fn: () => void, ms: number) => EngineTimer;
}

/** A timer that has not fired yet. */
export interface EngineTimer {
  /** Does nothing once it has fired. */
  readonly cancel: () => void;
}

/** This machine's clock and timers. */
export const systemClock: EngineClock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => {
    let remainingMs = ms;
    let timer = arm();

    // Node fires a longer timer at once.
    function arm(): NodeJS.Timeout {
      const partMs = Math.min(remainingMs, MAX_TIMER_MS);
      remainingMs -= partMs;
      return setTimeout(() => {
        if (remainingMs > 0) timer = arm();
        else fn();
      }, partMs);
    }

    return { cancel: () => clearTimeout(timer) };
  },
};

const MAX_TIMER_MS = 2 ** 31 - 1;
