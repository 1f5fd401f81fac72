import { RunNotEndedError } from "../../core/errors.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import { isEnded, publicRunStatus, RUN_TRANSITIONS } from "../../core/status.js";
import { phaseAfter } from "../../store/phase-after.js";
import type { ChangeableRun, RunState, RunWrite } from "../../store/store.js";
import { isCommand } from "./commands.js";
import { hasUndo, readyColumns } from "./end-run.js";
import { forgetSteps } from "./forget-steps.js";
import { changed, operationLog, type OperationChange, type OperationOptions } from "./operation.js";

export interface RetryOptions extends OperationOptions {
  /** The key of a step to forget as well. */
  readonly from?: string | undefined;
  /** The timeout of the workflow, which counts anew; `null` for none. */
  readonly timeoutMs: number | null;
}

/**
 * Puts a failed, cancelled or compensated run back to work without what `forgetSteps` forgets. A run
 * whose undo began and is not finished goes on with the undo, unless `from` is given.
 *
 * @throws {RunNotEndedError} where the run is live or completed.
 * @throws {UnknownStepError} where nothing is recorded under `from`.
 */
export function retryRun(state: RunState, options: RetryOptions): OperationChange {
  assertRetryable(state.run);
  const { from } = options;
  const line = { action: "retry", message: "retried", step: from } as const;
  return changed({
    ...(from === undefined && canResumeUndo(state) ? resumeUndo(state) : startOver(state, options)),
    logs: [operationLog(state.now, line, options)],
  });
}

function assertRetryable(run: RunRow): void {
  if (isEnded(run.status) && run.status !== "completed") return;
  const status = publicRunStatus(run);
  throw new RunNotEndedError(
    `Run ${run.id} is ${status}: only a failed, cancelled or compensated run can be retried.`,
    { runId: run.id, status },
  );
}

function canResumeUndo({ run, steps }: RunState): boolean {
  return (
    RUN_TRANSITIONS[run.status].retryUndo !== null &&
    steps.some((step) => step.undoStatus !== null) &&
    hasUndo(steps)
  );
}

function resumeUndo(state: RunState): Partial<RunWrite> {
  const { run, steps, now } = state;
  return {
    run: liveAgain(state, { status: phaseAfter(run.id, run.status, "retryUndo") }),
    putSteps: steps
      .filter((step) => step.undoStatus === "failed")
      .map((step): StepRow => ({ ...step, ...undoAgain(now) })),
    deleteEvents: commandIds(state),
  };
}

function undoAgain(now: number) {
  return {
    undoStatus: "waiting",
    undoAttempt: 0,
    undoUntil: now,
    undoEndedAt: null,
    undoError: null,
  } as const;
}

function startOver(state: RunState, { from, timeoutMs }: RetryOptions): Partial<RunWrite> {
  const { run, now } = state;
  const forgotten = forgetSteps(state, from);
  const deadlineAt = timeoutMs === null ? null : Math.max(now, run.startAt) + timeoutMs;
  return {
    run: liveAgain(state, {
      status: phaseAfter(run.id, run.status, "retry"),
      cause: null,
      error: null,
      output: null,
      failedSteps: [],
      // What is asked for again publishes again.
      calls: 0,
      generations: forgotten.generations,
      deadlineAt,
      expiresAt: deadlineAt,
    }),
    deleteSteps: forgotten.keys,
    releaseEvents: forgotten.keys,
    deleteEvents: [...forgotten.eventIds, ...commandIds(state)],
  };
}

function liveAgain(
  { run, now }: RunState,
  columns: Partial<ChangeableRun>,
): Partial<ChangeableRun> {
  const live = {
    attempt: run.attempt + 1,
    endedAt: null,
    skipUndo: false,
    recoveries: 0,
    ...columns,
  };
  return { ...live, ...readyColumns({ ...run, ...live }, now) };
}

/** Commands that came too late were meant for the execution that ended. */
function commandIds({ inbox }: RunState): readonly string[] {
  return inbox.filter(isCommand).map((event) => event.id);
}
