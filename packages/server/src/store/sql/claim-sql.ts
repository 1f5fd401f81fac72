import type { Dialect } from "./dialect.js";
import type { StoredRow } from "./row-codec.js";

/** What a claim of the run `w` is given, as SQL. */
export interface ClaimTerms {
  readonly workerId: string;
  readonly leaseToken: string;
  readonly leaseMs: string;
  readonly maxLeaseMs: string;
  readonly now: string;
}

/**
 * What a claim sets on the run `w`. Leased still, it is a takeover: each one with nothing recorded since
 * the one before doubles the lease, so that a step that blocks the event loop ends too. A phase that this
 * version does not know is kept, to be told when the row is read.
 */
export function claimSet({ least }: Dialect, terms: ClaimTerms): string {
  const { now } = terms;
  const leaseMs = `CAST(${terms.leaseMs} AS bigint)`;
  // 20 doublings of a millisecond are above any limit, and of a day within 64 bits.
  const doubled = `${leaseMs} << ${least("w.recoveries + 1", "20")}`;
  return `status = CASE WHEN w.status IN ('pending', 'waiting') THEN 'running' ELSE w.status END,
  worker_id = ${terms.workerId}, lease_token = ${terms.leaseToken}, commits = 0,
  lease_ms = CASE WHEN w.worker_id IS NULL OR w.progressed THEN ${leaseMs}
    ELSE ${least(doubled, `CAST(${terms.maxLeaseMs} AS bigint)`)} END,
  recoveries = CASE WHEN w.worker_id IS NULL THEN w.recoveries
    WHEN w.progressed THEN 0 ELSE w.recoveries + 1 END,
  progressed = false, queue = NULL, due_at = NULL,
  waiting_kind = NULL, waiting_name = NULL, waiting_until = NULL,
  started_at = coalesce(w.started_at, ${now}), iteration_at = coalesce(w.iteration_at, ${now}),
  revision = w.revision + 1, updated_at = ${now}`;
}

/** More are looked at than are wanted: others may have the lock of some, and timers are not by priority. */
const LOOKAHEAD = 200;

/**
 * The runs that may be claimed, as a SELECT, in parts that each walk along one index and stop. `rank` puts
 * runs of dead workers first, since a crash is to be made good at once.
 */
export function claimCandidates(terms: {
  readonly workerId: string;
  readonly isKnown: string;
  readonly now: string;
  readonly slots: string;
}): string {
  const limit = `LIMIT CAST(${terms.slots} AS integer) + ${LOOKAHEAD}`;
  const select = `SELECT id, revision, wakes, priority, due_at, lease_token`;
  return `SELECT * FROM (
  ${select}, 1 AS rank FROM workflow_run AS w
  WHERE queue IS NOT NULL AND ${terms.isKnown}
  ORDER BY queue, due_at ${limit}) AS ready
UNION ALL
SELECT * FROM (
  ${select}, 1 AS rank FROM workflow_run AS w
  WHERE queue IS NULL AND due_at <= ${terms.now} AND ${terms.isKnown}
  -- By queue as well, though it is null in all: so the order is that of the index.
  ORDER BY queue, due_at ${limit}) AS parked
UNION ALL
SELECT * FROM (
  ${select}, 0 AS rank FROM workflow_run AS w
  WHERE worker_id IS NOT NULL AND worker_id <> ${terms.workerId} AND ${terms.isKnown}
    AND NOT EXISTS (SELECT 1 FROM workflow_worker AS k
      WHERE k.id = w.worker_id AND k.heartbeat_at + w.lease_ms > ${terms.now})
  ${limit}) AS lapsed`;
}

/** The order in which candidates are claimed. */
export const CANDIDATE_ORDER = "c.rank, c.priority DESC, c.due_at";

/** Runs whose deadline passed and that no claim will end, 100 at most. */
export function expiredRuns(now: string, isKnown: string): string {
  return `SELECT w.id FROM workflow_run AS w
WHERE w.expires_at <= ${now}
  AND (w.worker_id IS NOT NULL OR w.paused OR w.blocked_kind IS NOT NULL OR NOT ${isKnown})
ORDER BY w.expires_at LIMIT 100`;
}

/** When the next timer or delayed start falls due. */
export function nextDue(now: string): string {
  return `SELECT due_at FROM workflow_run WHERE queue IS NULL AND due_at > ${now}
ORDER BY queue, due_at LIMIT 1`;
}

/** Reads the section that `nextDue` makes. */
export function readNextDue(section: readonly StoredRow[]): number | null {
  const at = section[0]?.["due_at"];
  return at === undefined ? null : Number(at);
}
