import type { Logger } from "../../core/logger.js";
import { isWorkflowError } from "../../core/errors.js";
import type { EngineClock } from "../clock.js";

export interface ReadAgainOptions {
  readonly clock: EngineClock;
  readonly logger: Logger;
  /** Gives up waiting for the next try: the last error is thrown. */
  readonly signal: AbortSignal;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Reads until the database answers, so that who waits for a run outlives an outage. An error of this
 * library is thrown at once: it would come again.
 */
export async function readAgain<T>(
  read: () => Promise<T>,
  { clock, logger, signal }: ReadAgainOptions,
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await read();
    } catch (error) {
      if (isWorkflowError(error) || signal.aborted) throw error;
      logger.warn(`A watched run could not be read; next try in ${delayMs} ms.`, error);
      await sleep(clock, delayMs, signal);
      if (signal.aborted) throw error;
    }
  }
}

function sleep(clock: EngineClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });

    function end(): void {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
