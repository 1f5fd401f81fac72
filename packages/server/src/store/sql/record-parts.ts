import type { ColumnType } from "./column.js";
import { logCodec, partCodec, stepCodec, undoCodec } from "./codecs.js";
import type { Dialect } from "./dialect.js";
import { NEW_EVENT_COLUMNS, NEW_EVENT_TYPES, newEventValues } from "./event-row.js";
import { insertRunsFrom, NEW_RUN_COLUMNS } from "./insert-runs.js";
import type { RecordPart } from "./record-rows.js";

/** Statements over one part of a batch, given where its parameter stands. */
export type RecordPartSql = (parameter: string) => readonly string[];

const step = Object.keys(stepCodec.types);
const undo = Object.keys(undoCodec.types).filter((column) => column !== "key");
const replaced = step.filter((column) => column !== "key" && !undo.includes(column));
const log = Object.keys(logCodec.types).filter((column) => column !== "id");
const part = Object.keys(partCodec.types).filter((column) => column !== "id");

/** How rows are kept to the runs whose record is applied. */
export interface RecordFence {
  /** Columns that the rows have for it. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Joins the rows of `alias` to the fence by the run that `column` names. */
  join(alias: string, column: string): string;
  /** The revision that the record makes of its run. */
  revision(alias: string): string;
}

/**
 * The statements that write what records hold beside their runs, behind a fence. No two of them change one row, nor
 * does one look for what another writes: on PostgreSQL they are one statement and see one snapshot.
 */
export function recordParts(
  dialect: Dialect,
  fence: RecordFence,
): Readonly<Record<RecordPart, RecordPartSql>> {
  const { now } = dialect;
  const rows = (
    parameter: string,
    alias: string,
    types: Readonly<Record<string, ColumnType>>,
    column = "run_id",
  ) =>
    `${dialect.rows(parameter, alias, { [column]: "text", ...fence.columns, ...types })} ${fence.join(alias, column)}`;
  /** As `logId` and `streamPartId`: 1,048,576 is `IDS_PER_REVISION`. */
  const orderedId = (alias: string) =>
    `CAST(${fence.revision(alias)} AS bigint) * 1048576 + ${alias}.place`;
  const insertSteps = (parameter: string) =>
    `INSERT INTO workflow_step (run_id, revision, ${step.join(", ")})
SELECT s.run_id, ${fence.revision("s")}, ${step.map((column) => `s.${column}`).join(", ")}
FROM ${rows(parameter, "s", stepCodec.types)}
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
      `UPDATE workflow_step AS s SET revision = ${fence.revision("u")},
  ${undo.map((column) => `${column} = u.${column}`).join(", ")}
FROM ${rows(parameter, "u", undoCodec.types)}
WHERE s.run_id = u.run_id AND s.key = u.key`,
    ],
    // Guard: pending. An event is taken once.
    takes: (parameter) => [
      `UPDATE workflow_event AS e SET step_key = t.step_key
FROM ${rows(parameter, "t", { event_id: "text", step_key: "text" })}
WHERE e.id = t.event_id AND e.run_id = t.run_id AND e.step_key IS NULL`,
    ],
    children: (parameter) => [insertRunsFrom(rows(parameter, "n", NEW_RUN_COLUMNS, "fenced_by"))],
    logs: (parameter) => [
      `INSERT INTO workflow_log (run_id, id, ${log.join(", ")})
SELECT l.run_id, ${orderedId("l")}, ${log.map((column) => `l.${column}`).join(", ")}
FROM ${rows(parameter, "l", { place: "bigint", ...logCodec.types })}
WHERE true`,
    ],
    parts: (parameter) => [
      `INSERT INTO workflow_stream_part (run_id, id, ${part.join(", ")})
SELECT p.run_id, ${orderedId("p")}, ${part.map((column) => `p.${column}`).join(", ")}
FROM ${rows(parameter, "p", { place: "bigint", is_certain: "boolean", ...partCodec.types })}
WHERE p.is_certain OR EXISTS (SELECT 1 FROM workflow_stream_part AS o
  WHERE o.run_id = p.run_id AND o.stream = p.stream AND o.step IS NOT DISTINCT FROM p.step)`,
    ],
    notices: (parameter) => [
      `INSERT INTO workflow_event (${NEW_EVENT_COLUMNS}, created_at)
SELECT ${newEventValues("e")}, ${now}
FROM ${rows(parameter, "e", NEW_EVENT_TYPES, "fenced_by")}
WHERE true
ON CONFLICT DO NOTHING`,
    ],
    continued: (parameter) => {
      const types = { event_id: "text", step_key: "text" } as const;
      const continued = (column: string) =>
        `SELECT c.${column} FROM ${rows(parameter, "c", types)}`;
      const taken = `run_id IN (${continued("run_id")})
  AND (step_key IS NOT NULL OR id IN (${continued("event_id")}))`;
      return [
        `DELETE FROM workflow_step WHERE run_id IN (${continued("run_id")})`,
        // Ends of children and commands were for the iteration that is over.
        `DELETE FROM workflow_event
WHERE (name LIKE '#%' AND run_id IN (${continued("run_id")})) OR (dedupe_key IS NULL AND ${taken})`,
        // Kept without its payload, so that a repeated one is still recognised.
        `UPDATE workflow_event SET payload = '', step_key = coalesce(step_key,
  (${continued("step_key")} WHERE c.event_id = workflow_event.id))
WHERE name NOT LIKE '#%' AND dedupe_key IS NOT NULL AND ${taken}`,
      ];
    },
  };
}
