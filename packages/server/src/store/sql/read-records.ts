import type { LogRow, StreamPartRow } from "../../core/rows.js";
import type { LogQuery, StreamQuery, TakenEventRow } from "../store.js";
import { logCodec, partCodec, takenEventCodec } from "./codecs.js";
import type { RowCodec, StoredRow } from "./row-codec.js";
import type { JsonRow, SqlClient } from "./sql-client.js";

/** `Store.readLogs`. */
export function createReadLogs({ dialect, query }: SqlClient) {
  const sql = (condition: string) => `SELECT ${dialect.json("l", columnsOf(logCodec))} AS json
FROM workflow_log AS l
WHERE l.run_id = $1 AND l.id > CAST($2 AS bigint)${condition}
ORDER BY l.id LIMIT CAST($3 AS integer)`;
  const ofRun = sql("");
  const ofStep = sql(" AND l.step = $4");

  return async (runId: string, { step, after, limit }: LogQuery): Promise<readonly LogRow[]> => {
    const values = [runId, after, limit];
    return readAll(
      logCodec,
      step === null ? await query(ofRun, values) : await query(ofStep, [...values, step]),
    );
  };
}

/** `Store.readStream`. */
export function createReadStream({ dialect, query }: SqlClient) {
  const sql = `SELECT ${dialect.json("p", columnsOf(partCodec))} AS json
FROM workflow_stream_part AS p
WHERE p.run_id = $1 AND p.stream = $2 AND p.id > CAST($3 AS bigint)
ORDER BY p.id LIMIT CAST($4 AS integer)`;

  return async (
    runId: string,
    { stream, after, limit }: StreamQuery,
  ): Promise<readonly StreamPartRow[]> =>
    readAll(partCodec, await query(sql, [runId, stream, after, limit]));
}

/** `Store.readEvents`. */
export function createReadEvents({ dialect, query }: SqlClient) {
  const sql = `SELECT ${dialect.json("e", Object.keys(takenEventCodec.types))} AS json
FROM workflow_event AS e
WHERE e.run_id = $1
ORDER BY e.seq NULLS LAST, e.created_at, e.id`;

  return async (runId: string): Promise<readonly TakenEventRow[]> =>
    readAll(takenEventCodec, await query(sql, [runId]));
}

function columnsOf(codec: RowCodec<LogRow> | RowCodec<StreamPartRow>): readonly string[] {
  return ["run_id", ...Object.keys(codec.types)];
}

function readAll<TRow>(codec: RowCodec<TRow>, rows: readonly JsonRow[]): TRow[] {
  return rows.map(({ json }) => codec.read(JSON.parse(json) as StoredRow));
}
