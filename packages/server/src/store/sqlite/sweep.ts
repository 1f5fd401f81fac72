import type { PrismaRaw } from "../../core/prisma-like.js";
import type { SweepRequest, SweepResult } from "../store.js";
import {
  CANDIDATE_ORDER,
  claimCandidates,
  claimSet,
  expiredRuns,
  nextDue,
  readNextDue,
} from "../sql/claim-sql.js";
import { heldCodec, runCodec } from "../sql/codecs.js";
import { createHoldCorrupt } from "../sql/hold-corrupt.js";
import { eventSection, stepSection } from "../sql/journal-sections.js";
import { toParameter } from "../sql/parameter.js";
import { readClaimed } from "../sql/read-claimed.js";
import { type OnCorrupt, readReadable } from "../sql/read-readable.js";
import { readSections, type SectionRow } from "../sql/sections.js";
import type { SqlClient } from "../sql/sql-client.js";
import { sqliteDialect as dialect } from "./sqlite-dialect.js";

/** `Store.sweep`: one short transaction, of three statements where there is nothing to claim. */
export function createSweep(client: SqlClient, onCorrupt: OnCorrupt) {
  const holdCorrupt = createHoldCorrupt(client, onCorrupt);
  const sweep = async (tx: PrismaRaw, request: SweepRequest) => {
    const { workerId, token, leaseMs, maxLeaseMs, startedAt, running, slots } = request;
    const definitions = toParameter(request.definitions);
    // First: a write takes the lock that all of this is done under.
    const values = [workerId, startedAt, definitions, running];
    const [beat] = await client.query<{ now: string }>(BEAT, values, tx);
    const now = Number(beat?.now);
    const chosen =
      slots === 0
        ? []
        : await client.query<{ id: string }>(CHOOSE, [workerId, definitions, now, slots], tx);
    const ids = chosen.map(({ id }) => id);
    if (ids.length > 0) {
      const claim = [workerId, token, leaseMs, maxLeaseMs, now, toParameter(ids)];
      await client.query(CLAIM, claim, tx);
    }
    const report = [workerId, toParameter(ids), now, definitions];
    const rows = await client.query<SectionRow>(REPORT, report, tx);
    return { now, ids, section: readSections(rows) };
  };

  return async (request: SweepRequest): Promise<SweepResult> => {
    const { now, ids, section } = await client.transaction((tx) => sweep(tx, request));
    const { claimed, corrupt } = readClaimed(section);
    await holdCorrupt(corrupt, request.token);
    const places = new Map(ids.map((id, place) => [id, place]));
    const placeOf = (id: string) => places.get(id) ?? 0;
    return {
      now,
      claimed: claimed.toSorted((a, b) => placeOf(a.run.id) - placeOf(b.run.id)),
      held: readReadable(heldCodec, section("held"), onCorrupt),
      expired: section("expired").map(({ id }) => String(id)),
      unaccepted: section("unaccepted").length > 0,
      nextDueAt: readNextDue(section("next")),
    };
  };
}

const BEAT = `INSERT INTO workflow_worker (id, started_at, heartbeat_at, workflows, running)
VALUES ($1, CAST($2 AS bigint), ${dialect.now}, $3, CAST($4 AS integer))
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, started_at = excluded.started_at,
  workflows = excluded.workflows, running = excluded.running, stopped_at = NULL
RETURNING CAST(heartbeat_at AS text) AS now`;

const knownTo = (parameter: string) =>
  `(${dialect.isIn("w.workflow || '@' || w.version", parameter)})`;

/** That of the heartbeat, in all statements of the sweep. */
const NOW = "CAST($3 AS bigint)";

const CHOOSE = `SELECT c.id FROM (
${claimCandidates({ workerId: "$1", isKnown: knownTo("$2"), now: NOW, slots: "$4" })}
) AS c
ORDER BY ${CANDIDATE_ORDER} LIMIT CAST($4 AS integer)`;

// No guard: chosen under the lock of this transaction.
const CLAIM = `UPDATE workflow_run AS w SET ${claimSet(dialect, {
  workerId: "$1",
  leaseToken: "$2",
  leaseMs: "$3",
  maxLeaseMs: "$4",
  now: "CAST($5 AS bigint)",
})}
WHERE ${dialect.isIn("w.id", "$6")}
RETURNING 1`;

const claimed = `(SELECT value AS id FROM json_each($2))`;
const REPORT = `SELECT 'run' AS section, ${dialect.json("w", Object.keys(runCodec.types))} AS json
FROM ${claimed} AS c JOIN workflow_run AS w ON w.id = c.id
UNION ALL
${stepSection(dialect, claimed)}
UNION ALL
${eventSection(dialect, claimed)}
UNION ALL
SELECT 'held' AS section, ${dialect.object("w", Object.keys(heldCodec.types))} AS json
FROM workflow_run AS w WHERE w.worker_id = $1 AND NOT ${dialect.isIn("w.id", "$2")}
UNION ALL
SELECT 'expired' AS section, ${dialect.object("x", ["id"])} AS json
FROM (${expiredRuns(NOW, knownTo("$4"))}) AS x
UNION ALL
SELECT 'next' AS section, ${dialect.object("n", ["due_at"])} AS json FROM (${nextDue(NOW)}) AS n
UNION ALL
SELECT 'unaccepted' AS section, '{}' AS json
WHERE EXISTS (SELECT 1 FROM workflow_event WHERE accepted_at IS NULL)`;
