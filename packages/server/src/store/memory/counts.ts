import { type PublicRunStatus, publicRunStatus } from "../../core/status.js";
import type { MemoryTables } from "./memory-tables.js";

interface RunCount {
  workflow: string;
  status: PublicRunStatus;
  count: number;
}

/** `Store.counts`. */
export function countRuns(tables: MemoryTables, owner: string | null): RunCount[] {
  const counts = new Map<string, RunCount>();
  for (const run of tables.runs.values()) {
    if (owner !== null && run.owner !== owner) continue;
    const status = publicRunStatus(run);
    const key = JSON.stringify([run.workflow, status]);
    const group = counts.get(key) ?? { workflow: run.workflow, status, count: 0 };
    counts.set(key, { ...group, count: group.count + 1 });
  }
  return [...counts.values()];
}
