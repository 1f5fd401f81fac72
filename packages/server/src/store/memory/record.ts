import { streamPartId, logId } from "../commit-order-ids.js";
import { appliedAnswer, explainRecord, passesFence } from "../record-fence.js";
import { phaseAfterRecord } from "../record-phase.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import type { NewStreamPart, RecordAnswer, RunRecord, UndoUpdate } from "../store.js";
import { insertRun } from "./insert-runs.js";
import type { MemoryTables } from "./memory-tables.js";
import { transitionRun } from "./transition-run.js";

/** `Store.record` for one record. */
export function recordRun(tables: MemoryTables, now: number, record: RunRecord): RecordAnswer {
  const phase = phaseAfterRecord(record);
  const run = tables.runs.get(record.runId);
  if (run === undefined || !passesFence(record, run)) return explainRecord(record, run ?? null);
  const revision = run.revision + 1;
  for (const { eventId, stepKey } of record.takes) takeEvent(tables, run.id, eventId, stepKey);
  for (const step of record.steps) putOpenStep(tables, run.id, step);
  for (const undo of record.undos) updateUndo(tables, run.id, undo);
  for (const child of record.children) insertRun(tables, { ...child, claim: null });
  for (const [place, log] of record.logs.entries()) {
    tables.addLog(run.id, { ...log, id: logId(revision, place) });
  }
  for (const [place, part] of record.parts.entries()) {
    addPart(tables, run.id, part, streamPartId(revision, place));
  }
  const recorded: RunRow = {
    ...run,
    revision,
    updatedAt: now,
    commits: record.commit,
    outcomes: record.outcomes,
    calls: record.calls,
    progress: record.progress ?? run.progress,
    patches: record.patches ?? run.patches,
    progressed: run.progressed || record.progressed,
    recoveries: record.progressed ? 0 : run.recoveries,
  };
  const row = transitionRun(tables, now, recorded, phase, record.transition);
  tables.putRun(row);
  return appliedAnswer(row);
}

function takeEvent(tables: MemoryTables, runId: string, eventId: string, stepKey: string): void {
  const event = tables.events.get(eventId);
  if (event?.runId !== runId || event.stepKey !== null) return;
  tables.putEvent({ ...event, stepKey });
}

/** A row with an outcome stays as it is, and so do the undo columns of any row. */
function putOpenStep(tables: MemoryTables, runId: string, step: StepRow): void {
  const before = tables.step(runId, step.key);
  if (before === undefined) tables.putStep(runId, step);
  else if (before.seq === null) tables.putStep(runId, { ...step, ...undoColumns(before) });
}

function updateUndo(tables: MemoryTables, runId: string, undo: UndoUpdate): void {
  const step = tables.step(runId, undo.key);
  if (step !== undefined) tables.putStep(runId, { ...step, ...undoColumns(undo) });
}

function undoColumns(of: Omit<UndoUpdate, "key" | "undoStatus"> & Pick<StepRow, "undoStatus">) {
  const { undoStatus, undoAttempt, undoStartedAt, undoEndedAt, undoUntil, undoError } = of;
  return { undoStatus, undoAttempt, undoStartedAt, undoEndedAt, undoUntil, undoError };
}

function addPart(
  tables: MemoryTables,
  runId: string,
  { first, ...part }: NewStreamPart,
  id: number,
): void {
  const { stream, step, attempt, format } = part;
  const isRepeated = (other: { stream: string; step: string | null }) =>
    other.stream === stream && other.step === step;
  if (first && tables.partsOf(runId).some(isRepeated)) {
    const mark = { stream, step, attempt, format, reset: true, value: null };
    tables.addPart(runId, { ...mark, id: id - 1 });
  }
  tables.addPart(runId, { ...part, id, reset: false });
}
