import type { AttemptRow, StepRow } from "../../core/rows.js";
import { publicStepStatus } from "../../core/status.js";
import type { Codec } from "../../core/values/codec.js";
import type {
  StepAttempt,
  StepUndo,
  WorkflowStep,
  WorkflowStepBase,
} from "../../core/workflow-step-types.js";
import type { SnapshotStepRow } from "../../store/store.js";
import { createRowReader, type RowReader } from "./row-reader.js";
import { toDate } from "./to-date.js";

/** The run that a step belongs to. */
export interface StepOwner {
  readonly id: string;
  readonly ended: boolean;
}

/**
 * A step as users see it.
 *
 * @throws {CorruptRowError} naming the column that cannot be read.
 */
export function viewStep(row: SnapshotStepRow, run: StepOwner, codec: Codec): WorkflowStep {
  const read = createRowReader(codec, {
    table: "workflow_step",
    id: `${run.id}/${row.key}`,
    runId: run.id,
    format: row.format,
  });
  const base = viewBase(row, read);
  const status = publicStepStatus(row, run.ended);
  const endedAt = toDate(row.endedAt);
  const error = read.error("error", row.error);
  switch (status) {
    case "completed":
    case "skipped":
      return { ...base, status, endedAt: read.required("ended_at", endedAt), error };
    case "failed":
      return {
        ...base,
        status,
        endedAt: read.required("ended_at", endedAt),
        error: read.required("error", error),
      };
    default:
      return { ...base, status, endedAt, error };
  }
}

function viewBase(row: SnapshotStepRow, read: RowReader): WorkflowStepBase {
  return {
    key: row.key,
    name: row.name,
    kind: row.kind,
    order: row.position,
    attempt: row.attempt,
    attempts: attemptsOf(row).map((attempt) => viewAttempt(attempt, read)),
    startedAt: toDate(row.startedAt),
    until: toDate(row.until),
    output: row.outputOmitted ? undefined : read.value("output", row.output),
    ...(row.outputOmitted ? { outputOmitted: true } : {}),
    timedOut: row.timedOut,
    childId: row.childId,
    undo: viewUndo(row, read),
  };
}

/** The one attempt of a step that succeeded at once is not kept beside its row. */
function attemptsOf(row: StepRow): readonly AttemptRow[] {
  const { kind, attempt, attempts, startedAt, endedAt } = row;
  const isOne = (kind === "step" || kind === "transaction") && attempt === 1;
  if (attempts.length > 0 || !isOne) return attempts;
  return [{ attempt, startedAt, endedAt, error: null }];
}

function viewAttempt(row: AttemptRow, read: RowReader): StepAttempt {
  return {
    attempt: row.attempt,
    startedAt: new Date(row.startedAt),
    endedAt: toDate(row.endedAt),
    error: read.error("attempts", row.error),
  };
}

function viewUndo(row: StepRow, read: RowReader): StepUndo | null {
  if (row.undoStatus === null) return null;
  return {
    status: row.undoStatus,
    attempt: row.undoAttempt,
    startedAt: toDate(row.undoStartedAt),
    endedAt: toDate(row.undoEndedAt),
    error: read.error("undo_error", row.undoError),
  };
}
