import type { SqlClient } from "../sql/sql-client.js";
import { ENDED } from "../sql/status-sql.js";
import { wakeSet } from "../sql/wake-sql.js";
import { postgresDialect as dialect } from "./postgres-dialect.js";

/** `Store.acceptEvents`: one statement. */
export function createAcceptEvents({ query }: SqlClient) {
  return async (): Promise<readonly string[]> => {
    const woken = await query<{ id: string }>(ACCEPT, []);
    return woken.map(({ id }) => id);
  };
}

/**
 * Guard: not accepted yet, and the run's lock is free; nothing is waited for, so that an event and its
 * run may be locked in this order though all others lock the run first. What is skipped is accepted by
 * a later call. `place` goes on from the wake counter that the lock showed.
 */
export const ACCEPT = `WITH untold AS (
SELECT id, run_id, created_at FROM workflow_event
WHERE accepted_at IS NULL
ORDER BY created_at, id LIMIT 200 ${dialect.lock} SKIP LOCKED
), run AS (
SELECT id, status, wakes FROM workflow_run
WHERE id IN (SELECT run_id FROM untold)
ORDER BY id ${dialect.lock} SKIP LOCKED
), dropped AS (
DELETE FROM workflow_event WHERE id IN (
  SELECT u.id FROM untold AS u
  WHERE u.run_id IN (SELECT id FROM run WHERE status IN ${ENDED})
    OR NOT EXISTS (SELECT 1 FROM workflow_run AS w WHERE w.id = u.run_id))
), accepted AS (
SELECT u.id, r.id AS run_id, ${dialect.now} AS at,
  r.wakes + row_number() OVER (PARTITION BY u.run_id ORDER BY u.created_at, u.id) AS place
FROM untold AS u JOIN run AS r ON r.id = u.run_id
WHERE r.status NOT IN ${ENDED}
), told AS (
UPDATE workflow_event AS e SET seq = a.place, accepted_at = a.at
FROM accepted AS a WHERE e.id = a.id
)
UPDATE workflow_run AS w SET ${wakeSet(dialect, "a.count")}
FROM (SELECT run_id, CAST(count(*) AS integer) AS count FROM accepted GROUP BY run_id) AS a
WHERE w.id = a.run_id
RETURNING w.id`;
