import { logId } from "../commit-order-ids.js";
import type { RunRow } from "../../core/rows.js";
import type { RunChange, RunState, RunWrite } from "../store.js";
import { putNewEvent, putNotice } from "./events.js";
import { pendingEvents } from "./inbox.js";
import type { MemoryEvent, MemoryTables } from "./memory-tables.js";

/** `Store.change`, to be called within `atomically`. */
export function changeRun<T>(
  tables: MemoryTables,
  now: number,
  runId: string,
  decide: (state: RunState) => RunChange<T>,
): T | undefined {
  const run = tables.runs.get(runId);
  if (run === undefined) return undefined;
  const steps = tables.stepsOf(runId);
  const { result, write } = decide({ now, run, steps, inbox: pendingEvents(tables, runId) });
  if (write !== null) writeChange(tables, now, run, write);
  return result;
}

/** Shows the children of a run that it waits for to `decide`, and writes what that says. */
export function changeChildren(
  tables: MemoryTables,
  now: number,
  parentId: string,
  decide: (state: RunState) => RunChange<void>,
): void {
  for (const id of tables.children.of(parentId).toSorted()) {
    const child = tables.runs.get(id);
    const isAwaited = child !== undefined && !child.detached && child.endedAt === null;
    if (isAwaited) changeRun(tables, now, id, decide);
  }
}

function writeChange(tables: MemoryTables, now: number, run: RunRow, write: RunWrite): void {
  const revision = run.revision + 1;
  // One for the change, of which the first event, if there is one, makes use.
  const wakes = run.wakes + Math.max(1, write.putEvents.length);
  tables.putRun({ ...run, ...write.run, revision, wakes, updatedAt: now });
  for (const key of write.deleteSteps) tables.deleteStep(run.id, key);
  for (const step of write.putSteps) tables.putStep(run.id, step);
  changeEvents(tables, run.id, write);
  for (const [place, event] of write.putEvents.entries()) {
    const accepted = { runId: run.id, seq: run.wakes + place + 1, createdAt: now, acceptedAt: now };
    putNewEvent(tables, { ...event, ...accepted, stepKey: null });
  }
  for (const [place, log] of write.logs.entries()) {
    tables.addLog(run.id, { ...log, id: logId(revision, place) });
  }
  if (write.notice !== null) putNotice(tables, now, write.notice, run.format);
  if (write.changeChildren !== null) changeChildren(tables, now, run.id, write.changeChildren);
}

/** What is not a user's event stays taken: commands and ends of children are answered once. */
function changeEvents(tables: MemoryTables, runId: string, write: RunWrite): void {
  for (const event of tables.eventsOf(runId)) {
    if (write.deleteEvents.includes(event.id)) tables.deleteEvent(event.id);
    else if (isReleased(event, write)) tables.putEvent({ ...event, stepKey: null });
  }
}

function isReleased({ name, stepKey }: MemoryEvent, write: RunWrite): boolean {
  return stepKey !== null && write.releaseEvents.includes(stepKey) && !name.startsWith("#");
}
