import { lapsesAt } from "./lapse.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.oldestDueAt`. */
export function oldestDueAt(tables: MemoryTables): number | null {
  return earliest(dueTimes(tables));
}

/** When the next timer or delayed start falls due. */
export function nextTimerAt(tables: MemoryTables, now: number): number | null {
  return earliest(dueTimes(tables).filter((time) => time > now));
}

/** `MemoryStore.nextDueAt`. */
export function nextDueAt(tables: MemoryTables, now: number): number | null {
  const times = [...dueTimes(tables), ...expiryTimes(tables), ...lapseTimes(tables)];
  return earliest(times.filter((time) => time > now));
}

function dueTimes(tables: MemoryTables): number[] {
  return tables.due.all().flatMap((id) => tables.runs.get(id)?.dueAt ?? []);
}

function expiryTimes(tables: MemoryTables): number[] {
  return [...tables.expiring].flatMap((id) => tables.runs.get(id)?.expiresAt ?? []);
}

function lapseTimes(tables: MemoryTables): number[] {
  return tables.leased
    .all()
    .flatMap((id) => tables.runs.get(id) ?? [])
    .map((run) => lapsesAt(tables, run));
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((first, time) => Math.min(first, time));
}
