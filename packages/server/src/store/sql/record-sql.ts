import type { ColumnType } from "./column.js";

/**
 * Guard of every record, on the run `w` and its record `r`: the lease is the recorder's own, the run is
 * in the phase that the recorder believes, and this is the next record of the lease.
 */
export const RECORD_GUARD = `w.lease_token = r.token AND w.worker_id IS NOT NULL
  AND w.status = r.phase AND w.commits = r.commit_no - 1`;

const plainColumns: Readonly<Record<string, ColumnType>> = {
  run_id: "text",
  token: "text",
  phase: "text",
  commit_no: "integer",
  outcomes: "integer",
  calls: "integer",
  progress: "text",
  patches: "text",
  progressed: "boolean",
};
const transitionColumns: Readonly<Record<string, ColumnType>> = {
  transition: "text",
  next_phase: "text",
  park_wakes: "integer",
  park_until: "bigint",
  waiting_kind: "text",
  waiting_name: "text",
  waiting_until: "bigint",
  message: "text",
  cause: "text",
  error: "text",
  output: "text",
  failed_steps: "text",
  version: "text",
  input: "text",
  deadline_at: "bigint",
};

/** The columns of `RecordRows.runs`. */
export function recordColumns(hasTransitions: boolean): Readonly<Record<string, ColumnType>> {
  return hasTransitions ? { ...plainColumns, ...transitionColumns } : plainColumns;
}

/** What a record sets on its run `w`. */
export function recordSet(now: string, hasTransitions: boolean): string {
  const counters = `commits = r.commit_no, revision = w.revision + 1, updated_at = ${now},
  progressed = w.progressed OR r.progressed,
  recoveries = CASE WHEN r.progressed THEN 0 ELSE w.recoveries END`;
  if (!hasTransitions) {
    return `${counters}, outcomes = r.outcomes, calls = r.calls,
  progress = coalesce(r.progress, w.progress), patches = coalesce(r.patches, w.patches)`;
  }
  const free = "NOT w.paused AND w.blocked_kind IS NULL";
  // Parking compares the wake counter and gives the lease up in one: an event that came since keeps it.
  const moves = "(r.transition <> 'park' OR w.wakes = r.park_wakes)";
  const parks = "(r.transition = 'park' AND w.wakes = r.park_wakes)";
  // A leased run has neither queue, nor due_at, nor waiting columns, so that none is what is left.
  return `${counters},
  status = CASE WHEN ${moves} THEN r.next_phase ELSE w.status END,
  worker_id = CASE WHEN r.transition <> 'undo' AND ${moves} THEN NULL ELSE w.worker_id END,
  queue = CASE WHEN r.transition IN ('yield', 'continue') AND ${free} THEN -w.priority END,
  due_at = CASE WHEN ${parks} AND ${free} THEN r.park_until
    WHEN r.transition IN ('yield', 'continue') AND ${free} THEN ${now} END,
  waiting_kind = CASE WHEN ${parks} THEN r.waiting_kind END,
  waiting_name = CASE WHEN ${parks} THEN r.waiting_name END,
  waiting_until = CASE WHEN ${parks} THEN r.waiting_until END,
  blocked_kind = CASE WHEN r.transition = 'block' THEN 'codeMismatch' ELSE w.blocked_kind END,
  blocked_message = CASE WHEN r.transition = 'block' THEN r.message ELSE w.blocked_message END,
  paused = CASE WHEN r.transition = 'end' THEN false ELSE w.paused END,
  cause = coalesce(r.cause, w.cause),
  error = CASE WHEN r.transition = 'undo' THEN r.error ELSE coalesce(r.error, w.error) END,
  output = CASE WHEN r.transition = 'end' THEN r.output ELSE w.output END,
  failed_steps = CASE WHEN r.transition = 'continue' THEN '[]'
    ELSE coalesce(r.failed_steps, w.failed_steps) END,
  ended_at = CASE WHEN r.transition = 'end' THEN ${now} ELSE w.ended_at END,
  expires_at = CASE WHEN r.transition IN ('undo', 'end') THEN NULL
    WHEN r.transition = 'continue' THEN r.deadline_at ELSE w.expires_at END,
  version = coalesce(r.version, w.version),
  input = coalesce(r.input, w.input),
  deadline_at = CASE WHEN r.transition = 'continue' THEN r.deadline_at ELSE w.deadline_at END,
  iteration = CASE WHEN r.transition = 'continue' THEN w.iteration + 1 ELSE w.iteration END,
  iteration_at = CASE WHEN r.transition = 'continue' THEN ${now} ELSE w.iteration_at END,
  outcomes = CASE WHEN r.transition = 'continue' THEN 0 ELSE r.outcomes END,
  calls = CASE WHEN r.transition = 'continue' THEN 0 ELSE r.calls END,
  progress = CASE WHEN r.transition = 'continue' THEN NULL ELSE coalesce(r.progress, w.progress) END,
  patches = CASE WHEN r.transition = 'continue' THEN '{}' ELSE coalesce(r.patches, w.patches) END,
  generations = CASE WHEN r.transition = 'continue' THEN '{}' ELSE w.generations END`;
}
