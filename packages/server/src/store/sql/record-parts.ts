import { logCodec, partCodec, stepCodec, undoCodec } from "./codecs.js";
import type { Dialect } from "./dialect.js";
import { NEW_EVENT_COLUMNS, newEventRows, newEventValues } from "./event-row.js";
import { insertRunsFrom, newRunRows } from "./insert-runs.js";
import type { RecordPart } from "./record-rows.js";

/** Statements over one part of a batch, given where its parameter stands. */
export type RecordPartSql = (parameter: string) => readonly string[];

const step = Object.keys(stepCodec.types);
const undo = Object.keys(undoCodec.types).filter((column) => column !== "key");
const replaced = step.filter((column) => column !== "key" && !undo.includes(column));
const log = Object.keys(logCodec.types).filter((column) => column !== "id");
const part = Object.keys(partCodec.types).filter((column) => column !== "id");

/**
 * The statements that write what records hold beside their runs. Each joins `fence (run_id, revision)`:
 * the runs whose record is applied, with the revision that it makes. No two of them change one row, nor
 * does one look for what another writes: on PostgreSQL they are one statement and see one snapshot.
 */
export function recordParts(dialect: Dialect): Readonly<Record<RecordPart, RecordPartSql>> {
  const { rows, now } = dialect;
  const fencedBy = (alias: string, column = "run_id") =>
    `JOIN fence AS f ON f.run_id = ${alias}.${column}`;
  const insertSteps = (parameter: string) =>
    `INSERT INTO workflow_step (run_id, revision, ${step.join(", ")})
SELECT s.run_id, f.revision, ${step.map((column) => `s.${column}`).join(", ")}
FROM ${rows(parameter, "s", { run_id: "text", ...stepCodec.types })} ${fencedBy("s")}
WHERE true
ON CONFLICT (run_id, key) DO UPDATE SET revision = excluded.revision`;

  return {
    // Guard: a row with an outcome is never replaced. The undo of a row is left as it is.
    steps: (parameter) => [
      `${insertSteps(parameter)},
  ${replaced.map((column) => `${column} = excluded.${column}`).join(", ")}
WHERE workflow_step.seq IS NULL`,
    ],
    // The same guard, by column, since the undo is written to a row with an outcome as well.
    undoneSteps: (parameter) => [
      `${insertSteps(parameter)},
  ${undo.map((column) => `${column} = excluded.${column}`).join(", ")},
  ${replaced
    .map(
      (column) =>
        `${column} = CASE WHEN workflow_step.seq IS NULL THEN excluded.${column} ELSE workflow_step.${column} END`,
    )
    .join(",\n  ")}`,
    ],
    undos: (parameter) => [
      `UPDATE workflow_step AS s SET revision = f.revision,
  ${undo.map((column) => `${column} = u.${column}`).join(", ")}
FROM ${rows(parameter, "u", { run_id: "text", ...undoCodec.types })} ${fencedBy("u")}
WHERE s.run_id = u.run_id AND s.key = u.key`,
    ],
    // Guard: pending. An event is taken once.
    takes: (parameter) => [
      `UPDATE workflow_event AS e SET step_key = t.step_key
FROM ${rows(parameter, "t", { run_id: "text", event_id: "text", step_key: "text" })} ${fencedBy("t")}
WHERE e.id = t.event_id AND e.run_id = t.run_id AND e.step_key IS NULL`,
    ],
    children: (parameter) => [
      insertRunsFrom(
        `${newRunRows(dialect, parameter, { fenced_by: "text" })} ${fencedBy("n", "fenced_by")}`,
      ),
    ],
    logs: (parameter) => [
      `INSERT INTO workflow_log (run_id, id, ${log.join(", ")})
SELECT l.run_id, ${orderedId("l")}, ${log.map((column) => `l.${column}`).join(", ")}
FROM ${rows(parameter, "l", { run_id: "text", place: "bigint", ...logCodec.types })} ${fencedBy("l")}`,
    ],
    parts: (parameter) => [
      `INSERT INTO workflow_stream_part (run_id, id, ${part.join(", ")})
SELECT p.run_id, ${orderedId("p")}, ${part.map((column) => `p.${column}`).join(", ")}
FROM ${rows(parameter, "p", { run_id: "text", place: "bigint", is_certain: "boolean", ...partCodec.types })} ${fencedBy("p")}
WHERE p.is_certain OR EXISTS (SELECT 1 FROM workflow_stream_part AS o
  WHERE o.run_id = p.run_id AND o.stream = p.stream AND o.step IS NOT DISTINCT FROM p.step)`,
    ],
    notices: (parameter) => [
      `INSERT INTO workflow_event (${NEW_EVENT_COLUMNS}, created_at)
SELECT ${newEventValues("e")}, ${now}
FROM ${newEventRows(dialect, parameter, "e", { fenced_by: "text" })} ${fencedBy("e", "fenced_by")}
WHERE true
ON CONFLICT DO NOTHING`,
    ],
    continued: (parameter) => {
      const types = { run_id: "text", event_id: "text", step_key: "text" } as const;
      const continued = (column: string) =>
        `SELECT c.${column} FROM ${rows(parameter, "c", types)} ${fencedBy("c")}`;
      const taken = `run_id IN (${continued("run_id")})
  AND (step_key IS NOT NULL OR id IN (${continued("event_id")}))`;
      return [
        `DELETE FROM workflow_step WHERE run_id IN (${continued("run_id")})`,
        `DELETE FROM workflow_event WHERE dedupe_key IS NULL AND ${taken}`,
        // Kept without its payload, so that a repeated one is still recognised.
        `UPDATE workflow_event SET payload = '', step_key = coalesce(step_key,
  (SELECT c.step_key FROM ${rows(parameter, "c", types)} WHERE c.event_id = workflow_event.id))
WHERE dedupe_key IS NOT NULL AND ${taken}`,
      ];
    },
  };
}

/** As `logId` and `streamPartId`: 1,048,576 is `IDS_PER_REVISION`. */
function orderedId(alias: string): string {
  return `CAST(f.revision AS bigint) * 1048576 + ${alias}.place`;
}
