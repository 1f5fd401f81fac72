import { systemClock, type EngineClock } from "./clock.js";

/** The database's time as this process estimates it: told by each answer that carries it. */
export interface DatabaseClock extends EngineClock {
  /** Takes note of a time that the database told, and of when (by `performance.now()`) it was asked. */
  readonly observe: (databaseNow: number, askedAt: number) => void;
}

/**
 * Makes a clock that follows the database's, whatever this machine's clock says: between answers it
 * goes on by the monotonic time that has passed. It never goes back.
 */
export function createDatabaseClock(): DatabaseClock {
  let offsetMs = Date.now() - performance.now();
  let last = 0;

  return {
    now: () => (last = Math.max(last, Math.floor(offsetMs + performance.now()))),
    setTimeout: systemClock.setTimeout,
    observe: (databaseNow, askedAt) => {
      const isFirst = last === 0;
      const answeredAt = performance.now();
      const measuredMs = databaseNow - (askedAt + answeredAt) / 2;
      const roundTripMs = answeredAt - askedAt;
      // Slow answers say little: within what they took, the estimate so far may be the better one.
      if (isFirst || Math.abs(measuredMs - offsetMs) > roundTripMs / 2) offsetMs = measuredMs;
    },
  };
}
