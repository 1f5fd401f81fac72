import { toParameter } from "./parameter.js";
import type { SqlClient } from "./sql-client.js";
import { LIVE } from "./status-sql.js";

/** `Store.unblock`. */
export function createUnblock({ dialect, query }: SqlClient) {
  // Guard: blocked and not ended. Locked in the order of ids, since many workers may join at once.
  const sql = `UPDATE workflow_run SET
  blocked_kind = NULL, blocked_message = NULL,
  queue = CASE WHEN paused THEN NULL ELSE -priority END,
  due_at = CASE WHEN paused THEN NULL ELSE ${dialect.now} END,
  wakes = wakes + 1, revision = revision + 1, updated_at = ${dialect.now}
WHERE blocked_kind IS NOT NULL AND id IN (
  SELECT id FROM workflow_run
  WHERE blocked_kind IS NOT NULL AND status IN ${LIVE}
    AND ${dialect.isIn("workflow || '@' || version", "$1")}
  ORDER BY id ${dialect.lock})
RETURNING id`;

  return async (definitions: readonly string[]): Promise<void> => {
    if (definitions.length > 0) await query(sql, [toParameter(definitions)]);
  };
}

/** `Store.retireWorker`. */
export function createRetireWorker({ dialect, query }: SqlClient) {
  const sql = `UPDATE workflow_worker SET stopped_at = ${dialect.now} WHERE id = $1 RETURNING id`;

  return async (workerId: string): Promise<void> => {
    await query(sql, [workerId]);
  };
}

/** `Store.blockStranded`. */
export function createBlockStranded({ dialect, query }: SqlClient) {
  const { now } = dialect;
  // Guard: due for so long, or leased by a worker that is gone; checked again under the lock. A run
  // that waits for a later time or for events is not due, whoever has its code.
  const sql = `UPDATE workflow_run SET
  blocked_kind = 'noWorker',
  blocked_message = 'No live worker has ' || workflow || '@' || version || ': deploy one that does, or cancel the run.',
  status = CASE WHEN status = 'running' THEN 'pending' ELSE status END,
  queue = NULL, due_at = NULL, worker_id = NULL,
  revision = revision + 1, updated_at = ${now}
WHERE id IN (
  SELECT r.id FROM workflow_run AS r
  WHERE r.status IN ${LIVE} AND NOT r.paused AND r.blocked_kind IS NULL
    AND (r.due_at <= ${now} - CAST($1 AS bigint)
      OR EXISTS (SELECT 1 FROM workflow_worker AS k
        WHERE k.id = r.worker_id AND k.heartbeat_at + r.lease_ms <= ${now}))
    AND EXISTS (SELECT 1 FROM workflow_worker AS k
      WHERE k.stopped_at IS NULL AND k.heartbeat_at >= ${now} - CAST($2 AS bigint))
    AND NOT EXISTS (SELECT 1 FROM workflow_worker AS k
      WHERE k.heartbeat_at >= ${now} - CAST($1 AS bigint)
        AND ${dialect.isIn("r.workflow || '@' || r.version", "k.workflows")})
  ORDER BY r.id ${dialect.lock === "" ? "" : `${dialect.lock} OF r`})
RETURNING id`;
  // An hour: long enough to be seen in `stats` after an accident.
  const forget = `DELETE FROM workflow_worker
WHERE heartbeat_at < ${now} - 3600000
  AND NOT EXISTS (SELECT 1 FROM workflow_run WHERE worker_id = workflow_worker.id)
RETURNING id`;

  return async (afterMs: number, liveMs: number): Promise<readonly string[]> => {
    const blocked = await query<{ id: string }>(sql, [afterMs, liveMs]);
    await query(forget, []);
    return blocked.map(({ id }) => id);
  };
}
