import type { EndedPhase } from "../../core/status.js";
import { toParameter } from "../sql/parameter.js";
import { prunableRuns, TABLES_OF_RUN } from "../sql/prune-sql.js";
import type { SqlClient } from "../sql/sql-client.js";
import { postgresDialect as dialect } from "./postgres-dialect.js";

/** `Store.prune`: one statement. */
export function createPrune({ query }: SqlClient) {
  return async (
    endedBefore: number,
    phases: readonly EndedPhase[],
    limit: number,
  ): Promise<number> => {
    const pruned = await query(PRUNE, [endedBefore, toParameter(phases), limit]);
    return pruned.length;
  };
}

/** FOR UPDATE, since the rows go: a `retry` that is under way is skipped, a later one finds no run. */
const PRUNE = `WITH gone AS (
${prunableRuns(dialect)} FOR UPDATE OF w SKIP LOCKED
)${TABLES_OF_RUN.map(
  (table) => `, ${table}_gone AS (
DELETE FROM ${table} WHERE run_id IN (SELECT id FROM gone)
)`,
).join("")}
DELETE FROM workflow_run WHERE id IN (SELECT id FROM gone)
RETURNING id`;
