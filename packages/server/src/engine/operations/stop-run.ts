import type { RunRow } from "../../core/rows.js";
import type { EndedPhase } from "../../core/status.js";
import { phaseAfter } from "../../store/phase-after.js";
import type { NewLog, RunState, RunWrite } from "../../store/store.js";
import { endedColumns, hasUndo, NO_WAIT, parentNotice, readyColumns } from "./end-run.js";
import { changed, type OperationChange } from "./operation.js";

export interface Stop {
  readonly cause: "cancel" | "timeout";
  /** Encoded. */
  readonly error: string | null;
  readonly skipUndo: boolean;
  readonly log: NewLog;
  readonly changeChildren: NonNullable<RunWrite["changeChildren"]>;
}

/**
 * Stops a live run from outside. One that nobody executes and that has nothing to undo ends at once, on
 * hold or not; any other becomes `compensating`, for its executor or the next one to undo and to end.
 * A pause outlasts it, a block does not.
 */
export function stopRun(state: RunState, stop: Stop): OperationChange {
  const { run, steps } = state;
  const { log, changeChildren } = stop;
  const endsNow = run.workerId === null && (stop.skipUndo || !hasUndo(steps));
  const columns = endsNow ? endNow(state, stop) : beginUndo(state, stop);
  return changed({ ...columns, logs: [log], changeChildren });
}

function endNow(
  { run, now }: RunState,
  { cause, error, skipUndo }: Stop,
): Pick<RunWrite, "run" | "notice"> {
  const event = cause === "cancel" ? "cancel" : "fail";
  const status = phaseAfter(run.id, run.status, event) as EndedPhase;
  const end = { status, cause, output: null, error };
  return { run: { ...endedColumns(end, now), skipUndo }, notice: parentNotice(run, end) };
}

function beginUndo(
  { run, now }: RunState,
  { cause, error, skipUndo }: Stop,
): Pick<RunWrite, "run"> {
  const stopped = {
    status: phaseAfter(run.id, run.status, "undo"),
    cause,
    error,
    skipUndo,
    expiresAt: null,
    blockedKind: null,
    blockedMessage: null,
    ...NO_WAIT,
  } satisfies Partial<RunRow>;
  return { run: { ...stopped, ...readyColumns({ ...run, ...stopped }, now) } };
}
