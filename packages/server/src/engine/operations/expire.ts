import { RunTimeoutError } from "../../core/errors.js";
import { isEnded } from "../../core/status.js";
import type { RunState } from "../../store/store.js";
import { cancelChild } from "./cancel.js";
import {
  operationLog,
  UNCHANGED,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";
import { stopRun } from "./stop-run.js";

/**
 * Ends a run whose deadline has passed, as `cancel` does, with a RunTimeoutError. Does nothing where the
 * deadline is yet to come or there is none, where the run has ended, or where its end is recorded.
 */
export function expireRun(state: RunState, options: OperationOptions): OperationChange {
  const { run, now } = state;
  const { deadlineAt } = run;
  if (isEnded(run.status) || run.cause !== null) return UNCHANGED;
  if (deadlineAt === null || deadlineAt > now) return UNCHANGED;
  return stopRun(state, {
    cause: "timeout",
    error: options.codec.encodeError(timeoutOf(run.id, deadlineAt)),
    skipUndo: false,
    log: operationLog(now, { action: "expire", message: "timed out" }, options),
    changeChildren: cancelChild(options),
  });
}

/** What a run fails with whose deadline passed, whoever notices. */
export function timeoutOf(runId: string, deadlineAt: number): RunTimeoutError {
  const at = new Date(deadlineAt).toISOString();
  return new RunTimeoutError(`The timeout of run ${runId} passed at ${at}.`, { runId });
}
