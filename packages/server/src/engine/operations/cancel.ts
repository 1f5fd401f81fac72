import { isEnded } from "../../core/status.js";
import type { RunChange, RunState } from "../../store/store.js";
import {
  assertNotEnded,
  operationLog,
  UNCHANGED,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";
import { stopRun } from "./stop-run.js";

export interface CancelRunOptions extends OperationOptions {
  /** Whether what the run and its running children did is undone. @default true */
  readonly compensate?: boolean | undefined;
}

/**
 * Cancels a run, and its running children with it. Does nothing where its end is recorded already.
 *
 * @throws {RunEndedError} where the run has its outcome.
 */
export function cancelRun(state: RunState, options: CancelRunOptions): OperationChange {
  assertNotEnded(state.run, "cancel");
  return cancel(state, "cancelled", options);
}

/**
 * Cancels a child because its parent ends or goes back; for `changeChildren`. Writes nothing to one that
 * has ended or whose end is recorded.
 */
export function cancelChild(options: CancelRunOptions): (state: RunState) => RunChange<void> {
  return (state) => {
    const { write } = isEnded(state.run.status)
      ? UNCHANGED
      : cancel(state, "cancelled with its parent", options);
    return { result: undefined, write };
  };
}

function cancel(state: RunState, message: string, options: CancelRunOptions): OperationChange {
  if (state.run.cause !== null) return UNCHANGED;
  return stopRun(state, {
    cause: "cancel",
    error: null,
    skipUndo: options.compensate === false,
    log: operationLog(state.now, { action: "cancel", message }, options),
    changeChildren: cancelChild(options),
  });
}
