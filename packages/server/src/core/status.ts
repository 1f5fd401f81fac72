/** Phases a run is stored in. Holds (`paused`, blocked) are kept apart from them. */
export const RUN_PHASES = [
  "pending",
  "running",
  "waiting",
  "compensating",
  "completed",
  "failed",
  "cancelled",
  "compensated",
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** The phases that are an outcome. */
export const ENDED_PHASES = ["completed", "failed", "cancelled", "compensated"] as const;
export type EndedPhase = (typeof ENDED_PHASES)[number];

/** What a user sees: the hold of a run that has not ended, else its phase. */
export const RUN_STATUSES = [...RUN_PHASES, "paused", "blocked"] as const;
export type PublicRunStatus = (typeof RUN_STATUSES)[number];

/** Statuses a step is stored in. What its undo and the end of its run make of it is derived. */
export const STORED_STEP_STATUSES = [
  "running",
  "waiting",
  "completed",
  "failed",
  "skipped",
] as const;
export type StoredStepStatus = (typeof STORED_STEP_STATUSES)[number];

/**
 * What a record may make of a step that is stored in a status: anything while it has no outcome, nothing
 * once it has one. Total. Only `retry` and `skipStep` touch outcomes, by deleting rows or on the undo.
 */
export const STEP_TRANSITIONS: Readonly<Record<StoredStepStatus, readonly StoredStepStatus[]>> = {
  running: STORED_STEP_STATUSES,
  waiting: STORED_STEP_STATUSES,
  completed: [],
  failed: [],
  skipped: [],
};

/** `abandoned`: no outcome when the run ended. */
export type PublicStepStatus =
  StoredStepStatus | "abandoned" | "compensated" | "compensationFailed";

export const UNDO_STATUSES = ["running", "waiting", "completed", "failed"] as const;
export type UndoStatus = (typeof UNDO_STATUSES)[number];

/**
 * What can happen to a run. `start` is its creation and stands before the table.
 * - `claim`: a worker takes it (takeovers too)
 * - `park`: it waits, and gives its lease up
 * - `yield`: it gives its lease up while it could go on (drain, pause, block)
 * - `complete`, `fail`, `cancel`: it ends with nothing to undo
 * - `undo`: an end with undo to do is recorded
 * - `settle`: all undos succeeded (`compensated`); `fail` and `cancel` end an undo otherwise
 * - `retry`: an operator puts it back to work; `retryUndo`: back to its unfinished undo
 * - `continue`: a new iteration begins
 */
export const RUN_EVENTS = [
  "claim",
  "park",
  "yield",
  "complete",
  "fail",
  "cancel",
  "undo",
  "settle",
  "retry",
  "retryUndo",
  "continue",
] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

/** The phase after an event; `null` where the event is refused. Total over phase and event. */
export const RUN_TRANSITIONS: Readonly<
  Record<RunPhase, Readonly<Record<RunEvent, RunPhase | null>>>
> = {
  pending: row({ claim: "running", fail: "failed", cancel: "cancelled", undo: "compensating" }),
  running: row({
    claim: "running",
    park: "waiting",
    yield: "pending",
    complete: "completed",
    fail: "failed",
    cancel: "cancelled",
    undo: "compensating",
    continue: "pending",
  }),
  waiting: row({ claim: "running", fail: "failed", cancel: "cancelled", undo: "compensating" }),
  compensating: row({
    claim: "compensating",
    park: "compensating",
    yield: "compensating",
    fail: "failed",
    cancel: "cancelled",
    settle: "compensated",
  }),
  completed: row({}),
  failed: row({ retry: "pending", retryUndo: "compensating" }),
  cancelled: row({ retry: "pending" }),
  compensated: row({ retry: "pending" }),
};

/** Whether a run in this phase has its outcome. */
export function isEnded(phase: RunPhase): phase is EndedPhase {
  return (ENDED_PHASES as readonly RunPhase[]).includes(phase);
}

/** What users see of a run. */
export function publicRunStatus(run: {
  readonly status: RunPhase;
  readonly paused: boolean;
  readonly blockedKind: string | null;
}): PublicRunStatus {
  if (isEnded(run.status)) return run.status;
  if (run.paused) return "paused";
  return run.blockedKind === null ? run.status : "blocked";
}

/** What users see of a step, given whether its run has ended. */
export function publicStepStatus(
  step: {
    readonly status: StoredStepStatus;
    readonly seq: number | null;
    readonly undoStatus: UndoStatus | null;
  },
  runEnded: boolean,
): PublicStepStatus {
  if (step.undoStatus === "completed") return "compensated";
  if (step.undoStatus === "failed") return "compensationFailed";
  if (step.seq === null && runEnded) return "abandoned";
  return step.status;
}

function row(allowed: Partial<Record<RunEvent, RunPhase>>): Record<RunEvent, RunPhase | null> {
  const none = Object.fromEntries(RUN_EVENTS.map((event) => [event, null]));
  return { ...(none as Record<RunEvent, null>), ...allowed };
}
