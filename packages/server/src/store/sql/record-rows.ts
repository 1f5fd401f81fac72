import type { StepRow } from "../../core/rows.js";
import { FORMAT } from "../../core/values/tags.js";
import { logId, streamPartId } from "../commit-order-ids.js";
import { phaseAfterRecord } from "../record-phase.js";
import type { NewStreamPart, RunRecord, RunTransition } from "../store.js";
import { stepCodec, undoCodec } from "./codecs.js";
import { noticeEvent, writeNewEvent } from "./event-row.js";
import { writeNewRun } from "./insert-runs.js";

/** Rows of a parameter, each with the run behind whose fence it is: `fenced_by`, else `run_id`. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/** A batch of records as the parameters of its statement. What is empty has no part in it. */
export interface RecordRows {
  readonly runs: Rows;
  /** Whether a record has a transition: the shorter statement does without. */
  readonly hasTransitions: boolean;
  readonly steps: Rows;
  /** Steps whose undo stands in the same record, with it: PostgreSQL changes a row once in a statement. */
  readonly undoneSteps: Rows;
  readonly undos: Rows;
  readonly takes: Rows;
  readonly children: Rows;
  readonly logs: Rows;
  readonly parts: Rows;
  readonly notices: Rows;
  /** Runs that begin a new iteration, and the events that were taken as the last thing before it. */
  readonly continued: Rows;
}

/** The parts of a batch beside the runs themselves, in the order in which they are written. */
export const RECORD_PARTS = [
  "steps",
  "undoneSteps",
  "undos",
  "takes",
  "children",
  "logs",
  "parts",
  "notices",
  "continued",
] as const satisfies readonly (keyof RecordRows)[];
export type RecordPart = (typeof RECORD_PARTS)[number];

/**
 * Splits records by table; each row carries the id of the run behind whose fence it is written.
 *
 * @throws Error where a transition is refused, before anything is written.
 */
export function recordRows(records: readonly RunRecord[]): RecordRows {
  const ends = records.filter(({ transition }) => transition?.kind === "continue");
  const others = ends.length === 0 ? records : records.filter((record) => !ends.includes(record));
  return {
    runs: records.map(runRow),
    hasTransitions: records.some(({ transition }) => transition !== null),
    // A new iteration begins with an empty journal: what its last record adds would be deleted again.
    steps: others.flatMap(stepRows),
    undoneSteps: others.flatMap(undoneStepRows),
    undos: others.flatMap(undoRows),
    takes: others.flatMap(takeRows),
    children: records.flatMap(({ runId, children }) =>
      children.map((child) => ({ ...writeNewRun({ ...child, claim: null }), fenced_by: runId })),
    ),
    logs: records.flatMap(({ runId, logs }) =>
      logs.map((log, place) => ({ ...log, run_id: runId, place: logId(0, place) })),
    ),
    parts: records.flatMap(partRows),
    notices: records.flatMap(({ runId, transition }) =>
      transition?.kind === "end" && transition.notice !== null
        ? [{ ...writeNewEvent(noticeEvent(transition.notice, FORMAT)), fenced_by: runId }]
        : [],
    ),
    continued: ends.flatMap((record) => [{ run_id: record.runId }, ...takeRows(record)]),
  };
}

function runRow(record: RunRecord): Readonly<Record<string, unknown>> {
  const { transition } = record;
  return {
    run_id: record.runId,
    token: record.token,
    phase: record.phase,
    commit_no: record.commit,
    outcomes: record.outcomes,
    calls: record.calls,
    progress: record.progress,
    patches: record.patches === null ? null : JSON.stringify(record.patches),
    progressed: record.progressed,
    ...(transition !== null && {
      next_phase: phaseAfterRecord(record),
      ...transitionColumns(transition),
    }),
  };
}

function transitionColumns(transition: RunTransition): Readonly<Record<string, unknown>> {
  const { kind } = transition;
  switch (kind) {
    case "park":
      return {
        transition: kind,
        park_wakes: transition.wakes,
        park_until: transition.dueAt,
        waiting_kind: transition.waiting?.kind,
        waiting_name: transition.waiting?.name,
        waiting_until: transition.waiting?.until,
      };
    case "yield":
      return { transition: kind };
    case "block":
      return { transition: kind, message: transition.message };
    case "undo":
    case "end":
      return {
        transition: kind,
        cause: transition.cause,
        error: transition.error,
        output: transition.kind === "end" ? transition.output : null,
        failed_steps: JSON.stringify(transition.failedSteps),
      };
    case "continue":
      return {
        transition: kind,
        version: transition.version,
        input: transition.input,
        deadline_at: transition.deadlineAt,
      };
  }
}

function stepRows({ runId, steps, undos }: RunRecord): Rows {
  const undone = new Set(undos.map((undo) => undo.key));
  const rows = undone.size === 0 ? steps : steps.filter((step) => !undone.has(step.key));
  return rows.map((step) => stepRow(runId, step));
}

function undoneStepRows({ runId, steps, undos }: RunRecord): Rows {
  if (undos.length === 0) return [];
  const byKey = new Map(steps.map((step) => [step.key, step]));
  return undos.flatMap((undo) => {
    const step = byKey.get(undo.key);
    return step === undefined ? [] : [stepRow(runId, { ...step, ...undo })];
  });
}

function stepRow(runId: string, step: StepRow): Readonly<Record<string, unknown>> {
  return Object.assign(stepCodec.write(step), { run_id: runId });
}

function undoRows({ runId, steps, undos }: RunRecord): Rows {
  const keys = new Set(steps.map((step) => step.key));
  return undos
    .filter((undo) => !keys.has(undo.key))
    .map((undo) => ({ ...undoCodec.write(undo), run_id: runId }));
}

function takeRows({ runId, takes }: RunRecord): Rows {
  return takes.map(({ eventId, stepKey }) => ({
    run_id: runId,
    event_id: eventId,
    step_key: stepKey,
  }));
}

/** Before the first part of an attempt a mark, which is written where the step has parts already. */
function partRows({ runId, parts }: RunRecord): Rows {
  const begun = new Set<string>();
  return parts.flatMap(({ first, stream, step, attempt, format, value }: NewStreamPart, index) => {
    const place = streamPartId(0, index);
    const common = { run_id: runId, stream, step, attempt, format };
    const source = JSON.stringify([stream, step]);
    const hasParts = begun.has(source);
    begun.add(source);
    const part = { ...common, place, reset: false, value, is_certain: true };
    const mark = { ...common, place: place - 1, reset: true, value: null, is_certain: hasParts };
    return first ? [mark, part] : [part];
  });
}
