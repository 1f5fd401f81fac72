import type { EndedPhase } from "../../core/status.js";
import { toParameter } from "../sql/parameter.js";
import { prunableRuns, TABLES_OF_RUN } from "../sql/prune-sql.js";
import type { SqlClient } from "../sql/sql-client.js";
import { sqliteDialect as dialect } from "./sqlite-dialect.js";

/** `Store.prune`: one transaction; the runs go first, which takes the lock and says whose rows go. */
export function createPrune(client: SqlClient) {
  return (endedBefore: number, phases: readonly EndedPhase[], limit: number): Promise<number> =>
    client.transaction(async (tx) => {
      const values = [endedBefore, toParameter(phases), limit];
      const pruned = await client.query<{ id: string }>(PRUNE, values, tx);
      const ids = toParameter(pruned.map(({ id }) => id));
      if (pruned.length > 0) {
        for (const sql of PRUNE_ROWS) await client.query(sql, [ids], tx);
      }
      return pruned.length;
    });
}

const PRUNE = `DELETE FROM workflow_run WHERE id IN (
${prunableRuns(dialect)})
RETURNING id`;

const PRUNE_ROWS = TABLES_OF_RUN.map(
  (table) => `DELETE FROM ${table} WHERE ${dialect.isIn("run_id", "$1")}
RETURNING run_id`,
);
