import type { RunRow } from "../../core/rows.js";
import type { MemoryTables } from "./memory-tables.js";

/** Whether a leased run may be taken over. */
export function hasLapsed(tables: MemoryTables, run: RunRow, now: number): boolean {
  return lapsesAt(tables, run) <= now;
}

/** When a lease ends unless its worker beats: at once where the worker is not known. */
export function lapsesAt(tables: MemoryTables, run: RunRow): number {
  const worker = run.workerId === null ? undefined : tables.workers.get(run.workerId);
  return worker === undefined ? -Infinity : worker.heartbeatAt + run.leaseMs;
}
