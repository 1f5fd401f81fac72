import type { ClaimedRun, SweepRequest, SweepResult } from "../store.js";
import {
  CANDIDATE_ORDER,
  claimCandidates,
  claimSet,
  expiredRuns,
  nextDue,
  readNextDue,
} from "../sql/claim-sql.js";
import { heldCodec } from "../sql/codecs.js";
import { createHoldCorrupt } from "../sql/hold-corrupt.js";
import { eventSection, stepSection } from "../sql/journal-sections.js";
import { toParameter } from "../sql/parameter.js";
import { readClaimed } from "../sql/read-claimed.js";
import { type OnCorrupt, readReadable } from "../sql/read-readable.js";
import { createReadJournals } from "../sql/read-journals.js";
import { readSections, type SectionRow } from "../sql/sections.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { StoredRow } from "../sql/row-codec.js";
import { postgresDialect as dialect } from "./postgres-dialect.js";

/** `Store.sweep`: one statement; one more for runs that were committed to while it claimed them. */
export function createSweep(client: SqlClient, onCorrupt: OnCorrupt) {
  const readJournals = createReadJournals(client);
  const holdCorrupt = createHoldCorrupt(client, onCorrupt);

  return async (request: SweepRequest): Promise<SweepResult> => {
    const rows = await client.query<SectionRow>(SWEEP, sweepValues(request));
    const section = readSections(rows);
    const stored = section("run").toSorted(byCandidateOrder);
    const stale = new Set(stored.filter(isStale).map(({ id }) => String(id)));
    const { claimed, corrupt } = readClaimed((name) => (name === "run" ? stored : section(name)));
    const journals = await readJournals([...stale]);
    await holdCorrupt(corrupt, request.token);
    return {
      now: Number(section("now")[0]?.["at"]),
      claimed: claimed.map((claim) => withJournal(claim, journals.get(claim.run.id))),
      held: readReadable(heldCodec, section("held"), onCorrupt),
      expired: section("expired").map(({ id }) => String(id)),
      unaccepted: section("unaccepted").length > 0,
      nextDueAt: readNextDue(section("next")),
    };
  };
}

function sweepValues(request: SweepRequest): readonly unknown[] {
  return [
    request.workerId,
    request.token,
    request.leaseMs,
    request.maxLeaseMs,
    toParameter(request.definitions),
    request.slots,
    request.startedAt,
    request.running,
  ];
}

/**
 * When the statement arrived: one value in all of it, and known to the planner, which reads the first
 * few along the index of what is due. The sweep is a transaction of its own, so that it is not stale.
 */
const NOW = "floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint";
const isKnown = `(${dialect.isIn("w.workflow || '@' || w.version", "$5")})`;
const terms = {
  workerId: "$1",
  leaseToken: "$2",
  leaseMs: "$3",
  maxLeaseMs: "$4",
  now: NOW,
};

/**
 * One statement, so that an idle worker costs one round trip a second.
 *
 * Guard of a claim, checked again under the lock: still ready or due, or still leased as it was when it
 * was found lapsed. SKIP LOCKED: what another worker claims at this moment is not waited for. Locked one by one until
 * there are enough, since a lock is a write to the row.
 *
 * Journal and inbox are of the statement's snapshot, while the locked row may be newer: `seen_revision`
 * and `seen_wakes` tell.
 */
export const SWEEP = `WITH beat AS (
INSERT INTO workflow_worker AS k (id, started_at, heartbeat_at, workflows, running)
VALUES ($1, CAST($7 AS bigint), ${NOW}, $5, CAST($8 AS integer))
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, started_at = excluded.started_at,
  workflows = excluded.workflows, running = excluded.running, stopped_at = NULL
), candidate AS (
${claimCandidates({ workerId: "$1", isKnown, now: NOW, slots: "$6" })}
), chosen AS (
SELECT c.* FROM (SELECT * FROM candidate AS c ORDER BY ${CANDIDATE_ORDER}) AS c
CROSS JOIN LATERAL (
  SELECT w.id FROM workflow_run AS w
  WHERE w.id = c.id AND (w.queue IS NOT NULL OR w.due_at <= ${NOW}
    OR (c.rank = 0 AND w.worker_id IS NOT NULL AND w.lease_token = c.lease_token))
  ${dialect.lock} SKIP LOCKED) AS locked
LIMIT CAST($6 AS integer)
), claimed AS (
UPDATE workflow_run AS w SET ${claimSet(dialect, terms)}
FROM chosen AS c WHERE w.id = c.id
RETURNING w.*, c.rank, c.due_at AS was_due_at, c.revision AS seen_revision, c.wakes AS seen_wakes
)
SELECT 'now' AS section, ${dialect.object("c", ["at"])} AS json FROM (SELECT ${NOW} AS at) AS c
UNION ALL
SELECT 'run' AS section, ${dialect.json("c", [])} AS json FROM claimed AS c
UNION ALL
${stepSection(dialect, "claimed")}
UNION ALL
${eventSection(dialect, "claimed")}
UNION ALL
SELECT 'held' AS section, ${dialect.object("w", Object.keys(heldCodec.types))} AS json
FROM workflow_run AS w WHERE w.worker_id = $1
UNION ALL
SELECT 'expired' AS section, ${dialect.object("x", ["id"])} AS json
FROM (${expiredRuns(NOW, isKnown)}) AS x
UNION ALL
SELECT 'next' AS section, ${dialect.object("n", ["due_at"])} AS json FROM (${nextDue(NOW)}) AS n
UNION ALL
SELECT 'unaccepted' AS section, '{}' AS json
WHERE EXISTS (SELECT 1 FROM workflow_event WHERE accepted_at IS NULL)`;

/** Whether the row under the lock was newer than the snapshot that its journal is of. */
function isStale(stored: StoredRow): boolean {
  return (
    Number(stored["revision"]) - 1 !== stored["seen_revision"] ||
    stored["wakes"] !== stored["seen_wakes"]
  );
}

function withJournal(
  claim: ClaimedRun,
  journal: ({ readonly wakes: number } & Omit<ClaimedRun, "run">) | undefined,
): ClaimedRun {
  if (journal === undefined) return claim;
  const { wakes, steps, inbox } = journal;
  return { run: { ...claim.run, wakes }, steps, inbox };
}

/** An UPDATE returns rows in whatever order its plan has. */
function byCandidateOrder(a: StoredRow, b: StoredRow): number {
  return (
    Number(a["rank"]) - Number(b["rank"]) ||
    Number(b["priority"]) - Number(a["priority"]) ||
    Number(a["was_due_at"]) - Number(b["was_due_at"])
  );
}
