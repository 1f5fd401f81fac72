import type { RunState } from "../../store/store.js";
import { readyColumns } from "./end-run.js";
import {
  assertNotEnded,
  changed,
  operationLog,
  UNCHANGED,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";

/**
 * Holds a run until `resume`. What executes it ends its steps in flight and gives it up. Does nothing to
 * a paused run.
 *
 * @throws {RunEndedError} where the run has its outcome.
 */
export function pauseRun({ run, now }: RunState, options: OperationOptions): OperationChange {
  assertNotEnded(run, "pause");
  if (run.paused) return UNCHANGED;
  return changed({
    run: { paused: true, ...readyColumns({ ...run, paused: true }, now) },
    logs: [operationLog(now, { action: "pause", message: "paused" }, options)],
  });
}
