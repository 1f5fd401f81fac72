import { searchPattern } from "../search-text.js";
import type { ListQuery, RunSummaryRow } from "../store.js";
import { tagPattern } from "../tags-text.js";
import { summaryCodec } from "./codecs.js";
import type { StoredRow } from "./row-codec.js";
import type { JsonRow, SqlClient } from "./sql-client.js";
import { hasPublicStatus } from "./status-sql.js";

/** `Store.listRuns`: one statement, put together of constant conditions for what is asked. */
export function createListRuns({ dialect, query }: SqlClient) {
  const stored = Object.keys(summaryCodec.types).filter((column) => column !== "step_count");
  const select = `SELECT ${dialect.json("s", Object.keys(summaryCodec.types))} AS json
FROM (SELECT ${stored.join(", ")},
    (SELECT count(*) FROM workflow_step WHERE run_id = w.id) AS step_count
  FROM workflow_run AS w`;

  return async (list: ListQuery): Promise<readonly RunSummaryRow[]> => {
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${values.push(value)}`;
    const conditions = [
      list.workflow !== null && `workflow = ${bind(list.workflow)}`,
      list.owner !== null && `owner = ${bind(list.owner)}`,
      list.statuses.length > 0 && `(${list.statuses.map(hasPublicStatus).join(" OR ")})`,
      ...list.tags.map((tag) => dialect.contains("tags", bind(tagPattern(tag)))),
      list.search !== null && dialect.contains("search", bind(searchPattern(list.search))),
      list.createdAfter !== null && `created_at >= CAST(${bind(list.createdAfter)} AS bigint)`,
      list.createdBefore !== null && `created_at < CAST(${bind(list.createdBefore)} AS bigint)`,
      list.after !== null &&
        `(created_at, id) < (CAST(${bind(list.after.createdAt)} AS bigint), ${bind(list.after.id)})`,
    ].filter((condition) => condition !== false);
    const where = conditions.length === 0 ? "" : `\n  WHERE ${conditions.join("\n    AND ")}`;
    const sql = `${select}${where}
  ORDER BY created_at DESC, id DESC LIMIT CAST(${bind(list.limit)} AS integer)) AS s`;
    const rows = await query<JsonRow>(sql, values);
    return rows.map(({ json }) => summaryCodec.read(JSON.parse(json) as StoredRow));
  };
}
