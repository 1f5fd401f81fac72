import type { PrismaRaw } from "../../core/prisma-like.js";
import { type PublicRunStatus, RUN_STATUSES } from "../../core/status.js";
import type { WorkerRow } from "../../core/rows.js";
import { workerCodec } from "./codecs.js";
import { integer, oneOf, text } from "./column.js";
import { toParameter } from "./parameter.js";
import { rowCodec, type StoredRow } from "./row-codec.js";
import type { JsonRow, SqlClient } from "./sql-client.js";
import { PUBLIC_STATUS } from "./status-sql.js";

/** `Store.now`. */
export function createNow({ dialect, query }: SqlClient) {
  // Asks for a run that cannot be, so that it fails where the tables are missing.
  const sql = `SELECT CAST(${dialect.now} AS text) AS json
WHERE NOT EXISTS (SELECT 1 FROM workflow_run WHERE id = '')`;

  return async (tx?: PrismaRaw): Promise<number> =>
    readNumber(await query(sql, [], tx)) ?? Number.NaN;
}

/** `Store.revisions`. */
export function createRevisions({ dialect, query }: SqlClient) {
  const sql = `SELECT ${dialect.object("w", ["id", "revision"])} AS json
FROM workflow_run AS w WHERE ${dialect.isIn("w.id", "$1")}`;

  return async (runIds: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    if (runIds.length === 0) return new Map();
    const rows = (await query(sql, [toParameter(runIds)])).map(parseRow);
    return new Map(rows.map(({ id, revision }) => [String(id), Number(revision)]));
  };
}

interface Count {
  readonly workflow: string;
  readonly status: PublicRunStatus;
  readonly count: number;
}
const countCodec = rowCodec<Count>(
  "workflow_run",
  { workflow: text, status: oneOf(RUN_STATUSES), count: integer },
  ({ workflow }) => `of workflow ${String(workflow)}`,
);

/** `Store.counts`. */
export function createCounts({ dialect, query }: SqlClient) {
  const sql = (
    condition: string,
  ) => `SELECT ${dialect.json("c", Object.keys(countCodec.types))} AS json
FROM (SELECT workflow, public_status AS status, count(*) AS count
  FROM (SELECT workflow, ${PUBLIC_STATUS} AS public_status FROM workflow_run${condition}) AS r
  GROUP BY workflow, public_status) AS c
ORDER BY c.workflow, c.status`;
  const ofAll = sql("");
  const ofOwner = sql(" WHERE owner = $1");

  return async (owner: string | null): Promise<readonly Count[]> => {
    const rows = owner === null ? await query(ofAll, []) : await query(ofOwner, [owner]);
    return rows.map((row) => countCodec.read(parseRow(row)));
  };
}

/** `Store.workers`. */
export function createWorkers({ dialect, query }: SqlClient) {
  const sql = `SELECT ${dialect.json("k", Object.keys(workerCodec.types))} AS json
FROM workflow_worker AS k
WHERE k.stopped_at IS NULL AND k.heartbeat_at >= CAST($1 AS bigint)
ORDER BY k.started_at, k.id`;

  return async (since: number): Promise<readonly WorkerRow[]> =>
    (await query(sql, [since])).map((row) => workerCodec.read(parseRow(row)));
}

/** `Store.oldestDueAt`. */
export function createOldestDueAt({ query }: SqlClient) {
  // Two walks along (queue, due_at): the first of those that are to come, and all that are ready.
  const sql = `SELECT CAST(min(due_at) AS text) AS json FROM (
  SELECT min(due_at) AS due_at FROM workflow_run WHERE queue IS NOT NULL
  UNION ALL
  SELECT due_at FROM (
    SELECT due_at FROM workflow_run WHERE queue IS NULL AND due_at IS NOT NULL
    ORDER BY queue, due_at LIMIT 1) AS parked) AS firsts`;

  return async (): Promise<number | null> => readNumber(await query(sql, []));
}

function readNumber(rows: readonly { readonly json: string | null }[]): number | null {
  const stored = rows[0]?.json ?? null;
  return stored === null ? null : Number(stored);
}

function parseRow({ json }: JsonRow): StoredRow {
  return JSON.parse(json) as StoredRow;
}
