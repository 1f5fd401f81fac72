import { byAcceptance } from "../by-acceptance.js";
import type { EventRow } from "../../core/rows.js";
import type { TakenEventRow } from "../store.js";
import type { MemoryTables } from "./memory-tables.js";

/** The pending events of a run, oldest first. */
export function pendingEvents(tables: MemoryTables, runId: string): EventRow[] {
  return eventsInOrder(tables, runId).flatMap(({ stepKey, ...event }) =>
    stepKey === null ? [event] : [],
  );
}

/** All events of a run in the order of acceptance; those that are not accepted yet come last. */
export function eventsInOrder(tables: MemoryTables, runId: string): TakenEventRow[] {
  return tables
    .eventsOf(runId)
    .toSorted(byAcceptance)
    .map(({ runId: _runId, ...event }) => event);
}
