import { END_CAUSES, type EndCause, type RunRow, type StepRow } from "../../core/rows.js";
import { ENDED_PHASES, isEnded, type EndedPhase } from "../../core/status.js";
import type { ChangeableRun, ParentNotice } from "../../store/store.js";

/** How a run ended; `output` and `error` are encoded. */
export interface RunEnd {
  readonly status: EndedPhase;
  readonly cause: EndCause | null;
  readonly output: string | null;
  readonly error: string | null;
}

/** The end of an invoked run, as its parent reads it. */
export interface ChildEnd extends RunEnd {
  readonly childId: string;
}

/** Columns of a run that is on no hold. */
export const NO_HOLD = { paused: false, blockedKind: null, blockedMessage: null } as const;

/** Columns of a run that is not parked. */
export const NO_WAIT = { waitingKind: null, waitingName: null, waitingUntil: null } as const;

/** Whether anything that began with `compensate` is not undone yet, an undo that failed for good too. */
export function hasUndo(steps: readonly Pick<StepRow, "undoable" | "undoStatus">[]): boolean {
  return steps.some((step) => step.undoable && step.undoStatus !== "completed");
}

/** The columns that an ended run gets: its outcome, and neither lease nor hold nor time to be due at. */
export function endedColumns({ status, cause, output, error }: RunEnd, now: number) {
  return {
    status,
    cause,
    output,
    error,
    endedAt: now,
    workerId: null,
    leaseToken: null,
    queue: null,
    dueAt: null,
    expiresAt: null,
    ...NO_HOLD,
    ...NO_WAIT,
  } satisfies Partial<ChangeableRun>;
}

/**
 * The columns that let a worker claim a run: now, or at `startAt` where that is yet to come. A held or
 * leased run is ready at no time. The token of an execution that parked goes, so that it cannot take
 * the run back with a journal that is out of date.
 */
export function readyColumns(run: RunRow, now: number): Partial<ChangeableRun> {
  if (run.workerId !== null) return { queue: null, dueAt: null };
  if (isEnded(run.status) || run.paused || run.blockedKind !== null) {
    return { leaseToken: null, queue: null, dueAt: null };
  }
  if (run.status === "pending" && run.startAt > now) {
    return { leaseToken: null, queue: null, dueAt: run.startAt };
  }
  // A run that is ready already keeps its place. Subtracted, for -priority would make -0 of 0.
  const dueAt = run.queue === null ? now : run.dueAt;
  return { leaseToken: null, queue: 0 - run.priority, dueAt };
}

/** What tells a parent that its child ended; `null` where nobody awaits the run. */
export function parentNotice(
  run: Pick<RunRow, "id" | "attempt" | "parentId" | "detached">,
  { status, cause, output, error }: RunEnd,
): ParentNotice | null {
  if (run.parentId === null || run.detached) return null;
  const id = `${run.id}:${run.attempt}`;
  const end: ChildEnd = { childId: run.id, status, cause, output, error };
  return { eventId: id, parentId: run.parentId, dedupeKey: id, payload: JSON.stringify(end) };
}

/** @throws {SyntaxError} where the payload is not one that `parentNotice` made. */
export function readNotice(payload: string): ChildEnd {
  const end: unknown = JSON.parse(payload);
  if (!isChildEnd(end)) {
    throw new SyntaxError(`The end of a child cannot be read: ${payload.slice(0, 200)}`);
  }
  return end;
}

function isChildEnd(value: unknown): value is ChildEnd {
  if (typeof value !== "object" || value === null) return false;
  const end = value as Partial<Record<keyof ChildEnd, unknown>>;
  return (
    typeof end.childId === "string" &&
    (ENDED_PHASES as readonly unknown[]).includes(end.status) &&
    (end.cause === null || (END_CAUSES as readonly unknown[]).includes(end.cause)) &&
    isTextOrNull(end.output) &&
    isTextOrNull(end.error)
  );
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}
