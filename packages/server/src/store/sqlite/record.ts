import type { PrismaRaw } from "../../core/prisma-like.js";
import {
  createAnswerRecords,
  LOST,
  readFences,
  type RecordResult,
  returnFence,
} from "../sql/record-answers.js";
import { recordParts } from "../sql/record-parts.js";
import { RECORD_PARTS, type RecordPart, recordRows } from "../sql/record-rows.js";
import { RECORD_GUARD, recordColumns, recordSet } from "../sql/record-sql.js";
import { toParameter } from "../sql/parameter.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { RecordAnswer, RunRecord } from "../store.js";
import { sqliteDialect } from "./sqlite-dialect.js";

const withFence = `WITH fence AS (
SELECT f.* FROM ${sqliteDialect.rows("$1", "f", { run_id: "text", revision: "integer" })})`;

/**
 * `Store.record`, and one record within a transaction: one short transaction. The runs come first: that takes the
 * one writer's lock, and its answer is the fence of all that follows, which cannot change any more.
 */
export function createRecord(client: SqlClient) {
  const answer = createAnswerRecords(client);
  const write = async (
    tx: PrismaRaw,
    records: readonly RunRecord[],
  ): Promise<readonly RecordResult[]> => {
    const rows = recordRows(records);
    const update = rows.hasTransitions ? updateAny : updatePlain;
    const applied = readFences(await client.query(update, [toParameter(rows.runs)], tx));
    if (applied.size > 0) {
      const fence = toParameter(
        [...applied].map(([runId, { revision }]) => ({ run_id: runId, revision })),
      );
      for (const part of RECORD_PARTS.filter((name) => rows[name].length > 0)) {
        const values = [fence, toParameter(rows[part])];
        for (const sql of parts.get(part) ?? []) await client.query(sql, values, tx);
      }
    }
    return answer(records, applied, tx);
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

/** The statements of each part, behind the fence that `$1` holds. */
const parts = new Map<RecordPart, readonly string[]>(
  RECORD_PARTS.map((part) => [
    part,
    recordParts(sqliteDialect)
      [part]("$2")
      .map((sql) => `${withFence}\n${sql}\nRETURNING 1`),
  ]),
);
