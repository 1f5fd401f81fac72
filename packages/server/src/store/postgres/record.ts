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
import { RECORD_PARTS, recordRows, type RecordPart, type Rows } from "../sql/record-rows.js";
import { RECORD_GUARD, recordColumns, recordSet } from "../sql/record-sql.js";
import { toParameter } from "../sql/parameter.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { RecordAnswer, RunRecord } from "../store.js";
import { postgresDialect } from "./postgres-dialect.js";

/**
 * `Store.record`, and one record within a transaction: one statement; one more read where a record was
 * not applied. 64 runs with a step each through Prisma: 8,000 to 10,700 steps/s on two shared cores,
 * 400 to 450 one at a time.
 */
export function createRecord(client: SqlClient, onCorrupt: OnCorrupt) {
  const answerAll = createAnswerRecords(client, onCorrupt);
  const write = async (
    records: readonly RunRecord[],
    onLocked: OnLocked,
    tx?: PrismaRaw,
  ): Promise<readonly RecordResult[]> => {
    const rows = recordRows(records);
    const parts = RECORD_PARTS.filter((part) => rows[part].length > 0);
    const sql = recordSql(parts, rows.hasTransitions, onLocked);
    const values = [rows.runs.toSorted(byRunId), ...parts.map((part) => rows[part])].map(
      toParameter,
    );
    const applied = readFences(await client.query(sql, values, tx), onCorrupt);
    return answerAll(records, applied, tx);
  };
  return {
    async record(records: readonly RunRecord[]): Promise<readonly RecordAnswer[]> {
      if (records.length === 0) return [];
      return (await write(records, "skip")).map(({ answer }) => answer);
    },
    async applyWithin(tx: PrismaRaw, record: RunRecord): Promise<RecordResult> {
      const [result] = await write([record], "wait", tx);
      return result ?? LOST;
    },
  };
}

/** `skip`: a caller's open transaction on one run must not hold up the batch of all others (3 s, measured). */
type OnLocked = "skip" | "wait";

const parts = recordParts(postgresDialect, {
  columns: {},
  join: (alias, column) => `JOIN fence AS f ON f.run_id = ${alias}.${column}`,
  revision: () => "f.revision",
});
const texts = new Map<string, string>();

/** The statement for what a batch needs: no more is planned than that. */
function recordSql(
  needed: readonly RecordPart[],
  hasTransitions: boolean,
  onLocked: OnLocked,
): string {
  const name = [onLocked, hasTransitions, ...needed].join();
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = composeRecord(needed, hasTransitions, onLocked);
  texts.set(name, text);
  return text;
}

/**
 * The fence takes each run's lock, in the order of the parameter, and checks the guard on the row as it is under
 * the lock. All else hangs on the fence, so that a record is written as a whole or not at all.
 */
function composeRecord(
  needed: readonly RecordPart[],
  hasTransitions: boolean,
  onLocked: OnLocked,
): string {
  const { rows, lock, now } = postgresDialect;
  const writes = needed.flatMap((part, index) => parts[part](`$${index + 2}`));
  return `WITH fence AS (
SELECT r.*, w.revision, ${now} AS at
FROM ${rows("$1", "r", recordColumns(hasTransitions))} CROSS JOIN LATERAL (
  SELECT w.revision + 1 AS revision FROM workflow_run AS w
  WHERE w.id = r.run_id AND ${RECORD_GUARD}
  ${lock}${onLocked === "skip" ? " SKIP LOCKED" : ""}) AS w
)${writes.map((write, index) => `, write_${index} AS (\n${write}\n)`).join("")}
UPDATE workflow_run AS w SET ${recordSet("r.at", hasTransitions)}
FROM fence AS r
WHERE w.id = r.run_id
${returnFence(postgresDialect, "w")}`;
}

/** Locks are taken in one order by all, so that those who wait for each other are none. */
function byRunId(a: Rows[number], b: Rows[number]): number {
  return String(a["run_id"]) < String(b["run_id"]) ? -1 : 1;
}
