import type { DatabaseClock } from "../engine/database-clock.js";

/** A clock that stands still until it is moved. */
export interface VirtualClock extends DatabaseClock {
  /** When the next timer fires; `null` without one. */
  readonly nextTimerAt: () => number | null;
  /** Moves on to a time, firing on the way what is due, in order. */
  readonly moveTo: (time: number) => void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

export function createVirtualClock(start: number): VirtualClock {
  const timers = new Set<Timer>();
  let now = start;
  let order = 0;

  function next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of timers) {
      if (
        first === null ||
        timer.at < first.at ||
        (timer.at === first.at && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }

  return {
    now: () => now,
    observe: () => {},
    setTimeout: (fn, ms) => {
      const timer = { at: now + ms, order: order++, fn };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    nextTimerAt: () => next()?.at ?? null,
    moveTo: (time) => {
      for (let timer = next(); timer !== null && timer.at <= time; timer = next()) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.fn();
      }
      now = Math.max(now, time);
    },
  };
}
