import { logCodec, runCodec, stepCodec } from "./codecs.js";
import type { Dialect } from "./dialect.js";
import { NEW_EVENT_COLUMNS, NEW_EVENT_TYPES, newEventValues } from "./event-row.js";

/** The columns of a run that stay as they were when it began. */
const FIXED: ReadonlySet<string> = new Set(
  `id workflow owner tags idempotency_key input_hash priority trace_id
  parent_id parent_key detached seed format created_at`.split(/\s+/),
);

/** The constant statements that write a change; `$1` holds their rows, `$2` the run's id. */
export function changeStatements(dialect: Dialect) {
  const { rows, isIn, now } = dialect;
  const changed = Object.keys(runCodec.types).filter((column) => !FIXED.has(column));
  const step = Object.keys(stepCodec.types);
  const log = ["run_id", ...Object.keys(logCodec.types)];
  return {
    // No guard: the transaction holds the run's lock, and read the row under it. So for all below.
    updateRun: `UPDATE workflow_run AS w
SET ${changed.map((column) => `${column} = c.${column}`).join(", ")}
FROM ${rows("$1", "c", runCodec.types)}
WHERE w.id = c.id
RETURNING 1`,
    deleteSteps: `DELETE FROM workflow_step
WHERE run_id = $2 AND ${isIn("key", "$1")}
RETURNING key`,
    putSteps: `INSERT INTO workflow_step (run_id, revision, ${step.join(", ")})
SELECT s.run_id, s.revision, ${step.map((column) => `s.${column}`).join(", ")}
FROM ${rows("$1", "s", { run_id: "text", revision: "integer", ...stepCodec.types })}
WHERE true
ON CONFLICT (run_id, key) DO UPDATE SET revision = excluded.revision,
  ${step.map((column) => `${column} = excluded.${column}`).join(", ")}
RETURNING key`,
    releaseEvents: `UPDATE workflow_event SET step_key = NULL
WHERE run_id = $2 AND ${isIn("step_key", "$1")} AND name NOT LIKE '#%'
RETURNING id`,
    deleteEvents: `DELETE FROM workflow_event
WHERE run_id = $2 AND ${isIn("id", "$1")}
RETURNING id`,
    putEvents: `INSERT INTO workflow_event (${NEW_EVENT_COLUMNS}, seq, created_at, accepted_at)
SELECT ${newEventValues("e")}, e.seq, ${now}, e.accepted_at
FROM ${rows("$1", "e", { seq: "integer", accepted_at: "bigint", ...NEW_EVENT_TYPES })}
WHERE true
ON CONFLICT DO NOTHING
RETURNING id`,
    putLogs: `INSERT INTO workflow_log (${log.join(", ")})
SELECT ${log.map((column) => `l.${column}`).join(", ")}
FROM ${rows("$1", "l", { run_id: "text", ...logCodec.types })}
WHERE true
RETURNING id`,
  };
}
