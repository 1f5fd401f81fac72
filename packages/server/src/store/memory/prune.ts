import type { EndedPhase, RunPhase } from "../../core/status.js";
import type { RunRow } from "../../core/rows.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.prune`. */
export function prune(
  tables: MemoryTables,
  endedBefore: number,
  phases: readonly EndedPhase[],
  limit: number,
): number {
  const isPrunable = (run: RunRow) =>
    run.endedAt !== null &&
    run.endedAt < endedBefore &&
    (phases as readonly RunPhase[]).includes(run.status) &&
    !isAwaited(tables, run);
  const prunable = [...tables.runs.values()].filter(isPrunable).slice(0, limit);
  for (const run of prunable) tables.deleteRun(run.id);
  return prunable.length;
}

/** A live parent may ask for its child again. */
function isAwaited(tables: MemoryTables, run: RunRow): boolean {
  if (run.parentId === null || run.detached) return false;
  const parent = tables.runs.get(run.parentId);
  return parent !== undefined && parent.endedAt === null;
}
