import type { RunRow } from "../../core/rows.js";
import type {
  BlockedBy,
  RunHead,
  WaitingFor,
  WorkflowRunSummary,
} from "../../core/run-summary-types.js";
import type { WorkflowRun } from "../../core/run-types.js";
import { isEnded, publicRunStatus } from "../../core/status.js";
import type { Codec } from "../../core/values/codec.js";
import type { RunSnapshotRows, RunSummaryRow } from "../../store/store.js";
import { createRowReader, type RowReader } from "./row-reader.js";
import { viewStep } from "./step-view.js";
import { toDate } from "./to-date.js";

/**
 * A run with its steps as users see it. What is not set is `null`, never missing.
 *
 * @throws {CorruptRowError} naming the row and the column that cannot be read.
 */
export function viewRun({ run, steps, stepCount }: RunSnapshotRows, codec: Codec): WorkflowRun {
  const summary = viewSummary({ ...run, stepCount }, codec);
  const read = readerOf(run, codec);
  const owner = { id: run.id, ended: isEnded(run.status) };
  const payloads = {
    input: read.value("input", run.input),
    progress: read.value("progress", run.progress),
    steps: steps.map((step) => viewStep(step, owner, codec)),
  };
  return summary.status === "completed"
    ? { ...summary, ...payloads, output: read.value("output", read.required("output", run.output)) }
    : { ...summary, ...payloads, output: null };
}

/**
 * A run without its payloads as users see it.
 *
 * @throws {CorruptRowError} naming the column that cannot be read.
 */
export function viewSummary(row: RunSummaryRow, codec: Codec): WorkflowRunSummary {
  const read = readerOf(row, codec);
  const head = viewHead(row, read);
  const status = publicRunStatus(row);
  const error = read.error("error", row.error);
  const { cause } = row;
  const live = { endedAt: null, waitingFor: null, blockedBy: null };
  const ended = () => ({ ...live, endedAt: read.required("ended_at", toDate(row.endedAt)) });
  switch (status) {
    case "pending":
    case "running":
      return { ...head, ...live, status, error: null, cause: null };
    case "waiting":
      return { ...head, ...live, status, error: null, cause: null, waitingFor: waits(row, read) };
    case "paused":
      return { ...head, ...live, status, error, cause };
    case "blocked":
      return { ...head, ...live, status, error, cause, blockedBy: blocks(row, read) };
    case "compensating":
      return { ...head, ...live, status, error, cause: read.required("cause", cause) };
    case "completed":
      return { ...head, ...ended(), status, error: null, cause: null };
    case "failed":
      return {
        ...head,
        ...ended(),
        status,
        error: read.required("error", error),
        cause: read.required("cause", cause),
      };
    case "cancelled":
      return { ...head, ...ended(), status, error, cause: "cancel" };
    case "compensated":
      return { ...head, ...ended(), status, error, cause: read.required("cause", cause) };
  }
}

/** The run's error as it was thrown; `null` where there is none. */
export function readRunError(row: RunRow, codec: Codec): Error | null {
  return row.error === null ? null : readerOf(row, codec).thrown("error", row.error);
}

function readerOf(row: RunSummaryRow | RunRow, codec: Codec): RowReader {
  const { id, format } = row;
  return createRowReader(codec, { table: "workflow_run", id, runId: id, format });
}

function viewHead(row: RunSummaryRow, read: RowReader): RunHead<string, string> {
  return {
    id: row.id,
    workflow: row.workflow,
    version: row.version,
    revision: row.revision,
    attempt: row.attempt,
    iteration: row.iteration,
    owner: row.owner === "" ? null : row.owner,
    tags: [...row.tags],
    idempotencyKey: row.idempotencyKey,
    traceId: row.traceId,
    priority: row.priority,
    parent:
      row.parentId === null
        ? null
        : { id: row.parentId, step: read.required("parent_key", row.parentKey) },
    createdAt: toDate(row.createdAt),
    startAt: toDate(row.startAt),
    startedAt: toDate(row.startedAt),
    updatedAt: toDate(row.updatedAt),
    deadlineAt: toDate(row.deadlineAt),
    stepCount: row.stepCount,
  };
}

function waits(row: RunSummaryRow, read: RowReader): WaitingFor {
  return {
    kind: read.required("waiting_kind", row.waitingKind),
    name: read.required("waiting_name", row.waitingName),
    ...(row.waitingUntil === null ? {} : { until: toDate(row.waitingUntil) }),
  };
}

function blocks(row: RunSummaryRow, read: RowReader): BlockedBy {
  return {
    kind: read.required("blocked_kind", row.blockedKind),
    message: read.required("blocked_message", row.blockedMessage),
  };
}
