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

/** The order in which events are accepted, and in which they are taken. */
export function byAcceptance(a: EventRow, b: EventRow): number {
  // Infinity minus infinity is NaN, which `||` passes over.
  return (a.seq ?? Infinity) - (b.seq ?? Infinity) || a.createdAt - b.createdAt || compare(a, b);
}

function compare(a: EventRow, b: EventRow): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
