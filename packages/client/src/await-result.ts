import { type Duration, parseDuration } from "./duration.js";
import {
  ResultTimeoutError,
  RunCancelledError,
  RunFailedError,
  type RunWithoutResult,
} from "./errors.js";
import type { LiveRuns } from "./live/create-live-runs.js";
import { isEnded, type RunShape } from "./live/run-shape.js";
import { createTimer } from "./live/timer.js";
import { reviveError } from "./revive-error.js";
import { watchRun } from "./watch-run.js";

/** Options of `result`. */
export interface ResultOptions {
  /** After which `ResultTimeoutError` is thrown; the run goes on. @default none */
  readonly timeout?: Duration | undefined;
  /** Ends the wait, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves to the output once the run completed. Waits through `paused`, `blocked` and outages.
 *
 * @throws {RunFailedError} with `run`, and as `cause` the run's error revived.
 * @throws {RunCancelledError} likewise, for a run cancelled, and for one undone after that.
 * @throws {ResultTimeoutError} past `timeout`.
 * @throws {TRPCClientError} when the server refuses.
 * @throws the reason of `signal` once it is aborted.
 */
export async function awaitResult<TRun extends RunShape>(
  runs: LiveRuns<TRun>,
  id: string,
  { timeout, signal }: ResultOptions = {},
): Promise<unknown> {
  const timeoutMs = timeout === undefined ? Infinity : parseDuration(timeout);
  signal?.throwIfAborted();
  const scope = new AbortController();
  const abort = (): void => scope.abort();
  const timer = createTimer(abort);
  if (timeoutMs <= MAX_TIMER_MS) timer.start(timeoutMs);
  signal?.addEventListener("abort", abort);
  try {
    for await (const run of watchRun(runs, id, scope.signal)) {
      if (isEnded(run)) return readOutcome(run as TRun & EndedRun);
    }
  } finally {
    timer.stop();
    signal?.removeEventListener("abort", abort);
  }
  signal?.throwIfAborted();
  throw new ResultTimeoutError(
    `Run ${id} did not end within ${timeoutMs} ms. It goes on: await its result again.`,
    id,
  );
}

/** Longer timers fire at once; this one is 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type EndedRun = RunWithoutResult & { readonly output: unknown };

function readOutcome(run: EndedRun): unknown {
  const { id, workflow, status, error } = run;
  if (status === "completed") return run.output;
  const options = error === null ? {} : { cause: reviveError(error) };
  if (status === "cancelled" || (status === "compensated" && run.cause === "cancel")) {
    throw new RunCancelledError(`Run ${id} of ${workflow} was cancelled.`, run, options);
  }
  const why = error === null ? "" : `: ${error.message}`;
  throw new RunFailedError(`Run ${id} of ${workflow} failed${why}`, run, options);
}
