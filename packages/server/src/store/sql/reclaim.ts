import type { Claim } from "../store.js";
import { claimSet } from "./claim-sql.js";
import type { SqlClient } from "./sql-client.js";

/** `Store.reclaim`. */
export function createReclaim({ dialect, query }: SqlClient) {
  const terms = {
    workerId: "$3",
    leaseToken: "$4",
    leaseMs: "$5",
    maxLeaseMs: "$5",
    now: dialect.now,
  };
  // Guard: parked by the holder of this token, claimed by nobody since, and still to be run.
  const sql = `UPDATE workflow_run AS w SET ${claimSet(dialect, terms)}
WHERE w.id = $1 AND w.lease_token = $2 AND w.worker_id IS NULL AND w.status = 'waiting'
  AND NOT w.paused AND w.blocked_kind IS NULL AND w.cause IS NULL
RETURNING 1`;

  return async (runId: string, parkedToken: string, claim: Claim): Promise<boolean> => {
    const { workerId, leaseToken, leaseMs } = claim;
    const values = [runId, parkedToken, workerId, leaseToken, leaseMs];
    return (await query(sql, values)).length > 0;
  };
}
