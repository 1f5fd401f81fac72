import { FORMAT } from "../../core/values/tags.js";
import { RUN_PHASES, STORED_STEP_STATUSES, UNDO_STATUSES } from "../../core/status.js";
import type { FenceRow } from "../record-fence.js";
import {
  BLOCKED_KINDS,
  END_CAUSES,
  type EventRow,
  LOG_LEVELS,
  type LogRow,
  type RunRow,
  STEP_KINDS,
  type StepRow,
  type StreamPartRow,
  WAITING_KINDS,
  type WorkerRow,
} from "../../core/rows.js";
import type { HeldRun, RunSummaryRow, TakenEventRow, UndoUpdate } from "../store.js";
import { bigint, type Columns, exactly, flag, integer, nullable, oneOf, text } from "./column.js";
import { attemptList, flagMap, integerMap, tagList, textList } from "./json-column.js";
import { rowCodec, type StoredRow } from "./row-codec.js";

const runColumns: Columns<RunRow> = {
  id: text,
  workflow: text,
  version: text,
  status: oneOf(RUN_PHASES),
  paused: flag,
  blockedKind: nullable(oneOf(BLOCKED_KINDS)),
  blockedMessage: nullable(text),
  revision: integer,
  wakes: integer,
  outcomes: integer,
  calls: integer,
  attempt: integer,
  iteration: integer,
  owner: text,
  tags: tagList,
  idempotencyKey: nullable(text),
  inputHash: text,
  priority: integer,
  traceId: nullable(text),
  parentId: nullable(text),
  parentKey: nullable(text),
  detached: flag,
  seed: text,
  format: exactly(FORMAT),
  input: text,
  output: nullable(text),
  progress: nullable(text),
  error: nullable(text),
  cause: nullable(oneOf(END_CAUSES)),
  failedSteps: textList,
  skipUndo: flag,
  patches: flagMap,
  generations: integerMap,
  waitingKind: nullable(oneOf(WAITING_KINDS)),
  waitingName: nullable(text),
  waitingUntil: nullable(bigint),
  queue: nullable(integer),
  dueAt: nullable(bigint),
  expiresAt: nullable(bigint),
  workerId: nullable(text),
  leaseToken: nullable(text),
  leaseMs: integer,
  commits: integer,
  progressed: flag,
  recoveries: integer,
  createdAt: bigint,
  startAt: bigint,
  startedAt: nullable(bigint),
  iterationAt: nullable(bigint),
  updatedAt: bigint,
  deadlineAt: nullable(bigint),
  endedAt: nullable(bigint),
};

/** Rows of `workflow_run`. */
export const runCodec = rowCodec<RunRow>("workflow_run", runColumns);

/** A run without its payloads. */
export const summaryCodec = rowCodec<RunSummaryRow>("workflow_run", {
  ...withoutPayloads(runColumns),
  stepCount: integer,
});

/** What of a run decides whether a record is applied. */
export const fenceCodec = rowCodec<FenceRow & { readonly id: string }>("workflow_run", {
  id: text,
  leaseToken: runColumns.leaseToken,
  status: runColumns.status,
  commits: integer,
  workerId: runColumns.workerId,
  revision: integer,
  wakes: integer,
  paused: flag,
});

/** The phase of a run alone. */
export const statusCodec = rowCodec<Pick<RunRow, "id" | "status">>("workflow_run", {
  id: text,
  status: runColumns.status,
});

/** What a sweep tells of the runs whose lease the worker holds. */
export const heldCodec = rowCodec<HeldRun>("workflow_run", {
  id: text,
  leaseToken: text,
  status: runColumns.status,
  paused: flag,
  wakes: integer,
});

const undoColumns: Columns<Omit<UndoUpdate, "undoStatus">> = {
  key: text,
  undoAttempt: integer,
  undoStartedAt: nullable(bigint),
  undoEndedAt: nullable(bigint),
  undoUntil: nullable(bigint),
  undoError: nullable(text),
};

/** Rows of `workflow_step`. */
export const stepCodec = rowCodec<StepRow>(
  "workflow_step",
  {
    ...undoColumns,
    name: text,
    kind: oneOf(STEP_KINDS),
    status: oneOf(STORED_STEP_STATUSES),
    position: integer,
    askedAfter: integer,
    seq: nullable(integer),
    attempt: integer,
    attempts: attemptList,
    startedAt: bigint,
    endedAt: nullable(bigint),
    until: nullable(bigint),
    event: nullable(text),
    childId: nullable(text),
    undoable: flag,
    timedOut: flag,
    format: exactly(FORMAT),
    output: nullable(text),
    error: nullable(text),
    undoStatus: nullable(oneOf(UNDO_STATUSES)),
  },
  (stored) => `${String(stored["run_id"])}/${String(stored["key"])}`,
);

/** The undo of a step. */
export const undoCodec = rowCodec<UndoUpdate>("workflow_step", {
  ...undoColumns,
  undoStatus: oneOf(UNDO_STATUSES),
});

const eventColumns: Columns<EventRow> = {
  id: text,
  name: text,
  format: exactly(FORMAT),
  payload: text,
  seq: nullable(integer),
  dedupeKey: nullable(text),
  createdAt: bigint,
  acceptedAt: nullable(bigint),
};

/** Pending rows of `workflow_event`. */
export const eventCodec = rowCodec<EventRow>("workflow_event", eventColumns);

/** All rows of `workflow_event`, with the wait that took each. */
export const takenEventCodec = rowCodec<TakenEventRow>("workflow_event", {
  ...eventColumns,
  stepKey: nullable(text),
});

/** Rows of `workflow_log`. */
export const logCodec = rowCodec<LogRow>(
  "workflow_log",
  {
    id: bigint,
    at: bigint,
    level: oneOf(LOG_LEVELS),
    message: text,
    format: exactly(FORMAT),
    data: nullable(text),
    step: nullable(text),
    attempt: nullable(integer),
  },
  ofRun,
);

/** Rows of `workflow_stream_part`. */
export const partCodec = rowCodec<StreamPartRow>(
  "workflow_stream_part",
  {
    id: bigint,
    stream: text,
    step: nullable(text),
    attempt: nullable(integer),
    reset: flag,
    format: exactly(FORMAT),
    value: nullable(text),
  },
  ofRun,
);

/** Rows of `workflow_worker`. */
export const workerCodec = rowCodec<WorkerRow>("workflow_worker", {
  id: text,
  startedAt: bigint,
  heartbeatAt: bigint,
  workflows: textList,
  running: integer,
});

function withoutPayloads({
  input: _input,
  output: _output,
  progress: _progress,
  seed: _seed,
  ...rest
}: Columns<RunRow>): Columns<Omit<RunSummaryRow, "stepCount">> {
  return rest;
}

function ofRun(stored: StoredRow): string {
  return `${String(stored["run_id"])}/${String(stored["id"])}`;
}
