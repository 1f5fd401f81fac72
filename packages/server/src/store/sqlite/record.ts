import type { PrismaRaw } from "../../core/prisma-like.js";
import {
  createAnswerRecords,
  LOST,
  readFences,
  type RecordResult,
  returnFence,
} from "../sql/record-answers.js";
import type { OnCorrupt } from "../sql/read-readable.js";
import { recordParts } from "../sql/record-parts.js";
import { RECORD_PARTS, type RecordPart, recordRows, type Rows } from "../sql/record-rows.js";
import { RECORD_GUARD, recordColumns, recordSet } from "../sql/record-sql.js";
import { toParameter } from "../sql/parameter.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { FenceRow } from "../record-fence.js";
import type { RecordAnswer, RunRecord } from "../store.js";
import { sqliteDialect } from "./sqlite-dialect.js";

/**
 * `Store.record`, and one record within a transaction: one short transaction. The runs come first: that takes the
 * one writer's lock, and its answer is the fence of all that follows, which cannot change any more.
 */
export function createRecord(client: SqlClient, onCorrupt: OnCorrupt) {
  const answerAll = createAnswerRecords(client, onCorrupt);
  const write = async (
    tx: PrismaRaw,
    records: readonly RunRecord[],
  ): Promise<readonly RecordResult[]> => {
    const rows = recordRows(records);
    const update = rows.hasTransitions ? updateAny : updatePlain;
    const applied = readFences(await client.query(update, [toParameter(rows.runs)], tx), onCorrupt);
    for (const part of RECORD_PARTS) {
      const behindFence = keepApplied(rows[part], applied);
      if (behindFence.length === 0) continue;
      const values = [toParameter(behindFence)];
      for (const sql of parts.get(part) ?? []) await client.query(sql, values, tx);
    }
    return answerAll(records, applied, tx);
  };
  return {
    async record(records: readonly RunRecord[]): Promise<readonly RecordAnswer[]> {
      if (records.length === 0) return [];
      const results = await client.transaction((tx) => write(tx, records));
      return results.map(({ answer }) => answer);
    },
    async applyWithin(tx: PrismaRaw, record: RunRecord): Promise<RecordResult> {
      const [result] = await write(tx, [record]);
      return result ?? LOST;
    },
  };
}

const updatePlain = updateRuns(false);
const updateAny = updateRuns(true);

function updateRuns(hasTransitions: boolean): string {
  return `UPDATE workflow_run AS w SET ${recordSet(sqliteDialect.now, hasTransitions)}
FROM ${sqliteDialect.rows("$1", "r", recordColumns(hasTransitions))}
WHERE w.id = r.run_id AND ${RECORD_GUARD}
${returnFence(sqliteDialect, "")}`;
}

/** The fence is known by then: rows that are not behind it are left out, and it needs no join. */
const writeParts = recordParts(sqliteDialect, {
  columns: { made_revision: "integer" },
  join: () => "",
  revision: (alias) => `${alias}.made_revision`,
});
const parts = new Map<RecordPart, readonly string[]>(
  RECORD_PARTS.map((part) => [part, writeParts[part]("$1").map((sql) => `${sql}\nRETURNING 1`)]),
);

function keepApplied(rows: Rows, applied: ReadonlyMap<string, FenceRow>): Rows {
  return rows.flatMap((row) => {
    const fence = applied.get(String(row["fenced_by"] ?? row["run_id"]));
    return fence === undefined ? [] : [{ ...row, made_revision: fence.revision }];
  });
}
