import { newRunRow } from "../new-run-row.js";
import type { InsertedRun, NewRun } from "../store.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.insertRuns` for one run. */
export function insertRun(tables: MemoryTables, run: NewRun): InsertedRun {
  const existing = tables.runs.get(tables.runIdOfKey(run) ?? "");
  if (existing !== undefined) {
    return { kind: "existing", id: existing.id, inputHash: existing.inputHash };
  }
  if (tables.runs.has(run.id)) return { kind: "taken" };
  tables.putRun(newRunRow(run));
  return { kind: "created" };
}
