import { parseDuration } from "../../core/duration.js";
import { ResultTimeoutError, RunCancelledError, RunFailedError } from "../../core/errors.js";
import type { RunWithoutResult } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { isRunId } from "../../core/names.js";
import { isEnded } from "../../core/status.js";
import type { Codec } from "../../core/values/codec.js";
import type { RunSnapshotRows, Store } from "../../store/store.js";
import type { EngineClock, EngineTimer } from "../clock.js";
import type { ResultOptions } from "../operation-types.js";
import { followSignal, untilAborted } from "./abort-scope.js";
import type { ChangeFeed } from "./change-feed.js";
import { createLatch } from "./latch.js";
import { readAgain } from "./read-again.js";
import { runNotFound } from "./run-not-found.js";
import { readRunError, viewRun } from "./run-view.js";
import { ALL_STEPS, NO_STEPS } from "./step-windows.js";

export interface AwaitResultDeps {
  readonly store: Pick<Store, "readRun">;
  readonly codec: Codec;
  readonly feed: Pick<ChangeFeed, "subscribe">;
  readonly clock: EngineClock;
  readonly logger: Logger;
  /** Whether this process executes the run: its end is then told by the feed. */
  readonly isExecuting: (runId: string) => boolean;
}

/**
 * Resolves to the output once the run completed. Waits through `paused`, `blocked`, `continueAsNew`
 * and outages of the database.
 *
 * @throws {RunFailedError} with `run`, and as `cause` the run's error revived.
 * @throws {RunCancelledError} likewise, for a cancelled run and for one undone after a cancel.
 * @throws {ResultTimeoutError} past `timeout`; a run that had ended before the call is never too late.
 * @throws {RunNotFoundError} when the run is unknown, or was pruned meanwhile.
 * @throws the reason of `signal` once it is aborted, and an `AbortError` when the feed closes.
 */
export async function awaitResult(
  deps: AwaitResultDeps,
  runId: string,
  { timeout, signal }: ResultOptions = {},
): Promise<unknown> {
  const { store, feed, clock } = deps;
  const timeoutMs = timeout === undefined ? null : parseDuration(timeout, "The timeout of result");
  signal?.throwIfAborted();
  if (!isRunId(runId)) throw runNotFound(runId);

  const startedAt = clock.now();
  const scope = new AbortController();
  const latch = createLatch(scope.signal);
  const unfollow = followSignal(signal, scope);
  let completed: { readonly output: string } | null = null;
  const subscription = feed.subscribe(
    runId,
    (news, output) => {
      if (news === "closed") return scope.abort(feedClosed(runId));
      if (output !== undefined) completed = { output };
      latch.set();
    },
    { endOnly: true },
  );
  let timer: EngineTimer | null = null;

  async function read(): Promise<{ output: unknown } | null> {
    const head = await store.readRun(runId, NO_STEPS);
    if (head === null) throw runNotFound(runId);
    subscription.seen(head.run.revision);
    return isEnded(head.run.status) ? await readOutcome(deps, head) : null;
  }

  /** Nothing is read of a run that this process executes: its end comes with its output. */
  async function readFirst(): Promise<{ output: unknown } | null> {
    return deps.isExecuting(runId) ? null : read();
  }

  async function readNext(): Promise<{ output: unknown } | null | undefined> {
    if (completed !== null) return { output: deps.codec.decode(completed.output) };
    return readAgain(read, { ...deps, signal: scope.signal });
  }

  try {
    for (let reading: ReturnType<typeof readNext> = readFirst(); ; reading = readNext()) {
      const outcome = await untilAborted(reading, scope.signal);
      if (outcome) return outcome.output;
      scope.signal.throwIfAborted();
      if (timeoutMs !== null && timer === null) {
        const remainingMs = Math.max(0, startedAt + timeoutMs - clock.now());
        timer = clock.setTimeout(() => scope.abort(tooLate(runId, timeoutMs)), remainingMs);
      }
      await latch.take();
      scope.signal.throwIfAborted();
    }
  } finally {
    timer?.cancel();
    subscription.unsubscribe();
    unfollow();
  }
}

/** `null` for a run that `retry` put back to work between the two reads. */
async function readOutcome(
  { store, codec }: AwaitResultDeps,
  head: RunSnapshotRows,
): Promise<{ output: unknown } | null> {
  if (head.run.status === "completed") return { output: viewRun(head, codec).output };
  const rows = await store.readRun(head.run.id, ALL_STEPS);
  if (rows === null) throw runNotFound(head.run.id);
  const run = viewRun(rows, codec);
  const cause = readRunError(rows.run, codec);
  switch (run.status) {
    case "completed":
      return { output: run.output };
    case "failed":
      throw failed(run, cause);
    case "cancelled":
      throw cancelled(run, cause);
    case "compensated":
      throw run.cause === "cancel" ? cancelled(run, cause) : failed(run, cause);
    default:
      return null;
  }
}

function failed(run: RunWithoutResult, cause: Error | null): RunFailedError {
  const { id, workflow, error } = run;
  const why = error === null ? "" : `: ${error.message}`;
  return new RunFailedError(`Run ${id} of ${workflow} failed${why}`, {
    run,
    runId: id,
    ...(cause === null ? {} : { cause }),
  });
}

function cancelled(run: RunWithoutResult, cause: Error | null): RunCancelledError {
  return new RunCancelledError(`Run ${run.id} of ${run.workflow} was cancelled.`, {
    run,
    runId: run.id,
    ...(cause === null ? {} : { cause }),
  });
}

function tooLate(runId: string, timeoutMs: number): ResultTimeoutError {
  return new ResultTimeoutError(
    `Run ${runId} did not end within ${timeoutMs} ms. It goes on: await its result again.`,
    { runId },
  );
}

function feedClosed(runId: string): DOMException {
  return new DOMException(
    `The engine was stopped while it waited for the result of run ${runId}. The run goes on.`,
    "AbortError",
  );
}
