import type { RunState } from "../../store/store.js";
import { NO_HOLD, readyColumns } from "./end-run.js";
import {
  assertNotEnded,
  changed,
  operationLog,
  UNCHANGED,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";

/**
 * Ends a pause and a block; the run is due at once, or at its `startAt`. Does nothing to a run on no
 * hold.
 *
 * @throws {RunEndedError} where the run has its outcome.
 */
export function resumeRun({ run, now }: RunState, options: OperationOptions): OperationChange {
  assertNotEnded(run, "resume");
  if (!run.paused && run.blockedKind === null) return UNCHANGED;
  return changed({
    run: { ...NO_HOLD, ...readyColumns({ ...run, ...NO_HOLD }, now) },
    logs: [operationLog(now, { action: "resume", message: "resumed" }, options)],
  });
}
