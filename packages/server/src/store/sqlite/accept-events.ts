import type { SqlClient } from "../sql/sql-client.js";
import { LIVE } from "../sql/status-sql.js";
import { wakeSet } from "../sql/wake-sql.js";
import { sqliteDialect as dialect } from "./sqlite-dialect.js";

/** `Store.acceptEvents`: one transaction of three statements. */
export function createAcceptEvents(client: SqlClient) {
  return (): Promise<readonly string[]> =>
    client.transaction(async (tx) => {
      // First, so that the lock is taken by a write whatever there is to do.
      await client.query(DROP, [], tx);
      const accepted = await client.query<{ run_id: string }>(ACCEPT, [], tx);
      if (accepted.length === 0) return [];
      const counts = new Map<string, number>();
      for (const { run_id: id } of accepted) counts.set(id, (counts.get(id) ?? 0) + 1);
      const rows = [...counts].map(([id, count]) => ({ id, count }));
      await client.query(WAKE, [JSON.stringify(rows)], tx);
      return rows.map(({ id }) => id);
    });
}

const DROP = `DELETE FROM workflow_event
WHERE accepted_at IS NULL AND NOT EXISTS (SELECT 1 FROM workflow_run AS w
  WHERE w.id = workflow_event.run_id AND w.status IN ${LIVE})
RETURNING id`;

/** Each goes on from the wake counter of its run, in the order in which they were sent. */
const ACCEPT = `UPDATE workflow_event AS e SET accepted_at = ${dialect.now}, seq = a.place
FROM (
  SELECT u.id, w.wakes + row_number() OVER (PARTITION BY u.run_id ORDER BY u.created_at, u.id) AS place
  FROM (SELECT id, run_id, created_at FROM workflow_event
    WHERE accepted_at IS NULL ORDER BY created_at, id LIMIT 200) AS u
  JOIN workflow_run AS w ON w.id = u.run_id) AS a
WHERE e.id = a.id
RETURNING run_id`;

const WAKE = `UPDATE workflow_run AS w SET ${wakeSet(dialect, "a.count")}
FROM ${dialect.rows("$1", "a", { id: "text", count: "integer" })}
WHERE w.id = a.id
RETURNING 1`;
