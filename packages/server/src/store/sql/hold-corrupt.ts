import type { ReadClaims } from "./read-claimed.js";
import type { OnCorrupt } from "./read-readable.js";
import type { SqlClient } from "./sql-client.js";

/**
 * Puts claimed runs that cannot be read on hold, with the reason, so that they are seen and not claimed
 * again and again; `unblock` and `resume` try them once more.
 */
export function createHoldCorrupt({ dialect, query }: SqlClient, onCorrupt: OnCorrupt) {
  // Guard: the lease that the sweep took a moment ago.
  const sql = `UPDATE workflow_run
SET worker_id = NULL, blocked_kind = 'codeMismatch', blocked_message = $3,
  revision = revision + 1, updated_at = ${dialect.now}
WHERE id = $1 AND lease_token = $2
RETURNING id`;

  return async (corrupt: ReadClaims["corrupt"], leaseToken: string): Promise<void> => {
    for (const { runId, error } of corrupt) {
      await query(sql, [runId, leaseToken, error.message]);
      onCorrupt(error, { id: runId });
    }
  };
}
