import type { PrismaRaw } from "../../core/prisma-like.js";
import type { RunSnapshotRows, SnapshotStepRow, StepWindow } from "../store.js";
import { runCodec, stepCodec } from "./codecs.js";
import { readSections, type SectionRow } from "./sections.js";
import type { StoredRow } from "./row-codec.js";
import type { SqlClient } from "./sql-client.js";

/** `Store.readRun`: one statement, so that run and steps are of one commit. */
export function createReadRun({ dialect, query }: SqlClient) {
  const { json, object, byteLength } = dialect;
  const columns = Object.keys(stepCodec.types);
  const payloadFree = columns.filter((column) => column !== "output").join(", ");
  const isOmitted = `coalesce(${byteLength("output")} > CAST($3 AS bigint), false)`;
  const run = `SELECT 'run' AS section, ${json("w", Object.keys(runCodec.types))} AS json
FROM workflow_run AS w WHERE w.id = $1
UNION ALL
SELECT 'count' AS section, ${object("n", ["count"])} AS json
FROM (SELECT count(*) AS count FROM workflow_step WHERE run_id = $1) AS n
UNION ALL
SELECT 'step' AS section, ${json("s", [...columns, "run_id", "output_omitted"])} AS json`;
  const sql: Readonly<Record<StepWindow["kind"], string>> = {
    all: `${run}
FROM (SELECT run_id, ${payloadFree}, output, false AS output_omitted
  FROM workflow_step WHERE run_id = $1) AS s`,
    page: `${run}
FROM (SELECT run_id, ${payloadFree}, output, false AS output_omitted
  FROM workflow_step WHERE run_id = $1 AND position > CAST($2 AS integer)
  ORDER BY position LIMIT CAST($3 AS integer)) AS s`,
    newest: `${run}
FROM (SELECT run_id, ${payloadFree},
    CASE WHEN ${isOmitted} THEN NULL ELSE output END AS output, ${isOmitted} AS output_omitted
  FROM workflow_step WHERE run_id = $1
  ORDER BY position DESC LIMIT CAST($2 AS integer)) AS s`,
  };

  return async (
    runId: string,
    window: StepWindow,
    tx?: PrismaRaw,
  ): Promise<RunSnapshotRows | null> => {
    const values = [runId, ...windowValues(window)];
    const section = readSections(await query<SectionRow>(sql[window.kind], values, tx));
    const [stored] = section("run");
    if (stored === undefined) return null;
    return {
      run: runCodec.read(stored),
      steps: section("step")
        .map(readStep)
        .toSorted((a, b) => a.position - b.position),
      stepCount: Number(section("count")[0]?.["count"]),
    };
  };
}

function windowValues(window: StepWindow): readonly number[] {
  if (window.kind === "newest") return [window.limit, window.maxOutputBytes];
  return window.kind === "page" ? [window.after, window.limit] : [];
}

function readStep(stored: StoredRow): SnapshotStepRow {
  const outputOmitted = stored["output_omitted"];
  return {
    ...stepCodec.read(stored),
    outputOmitted: outputOmitted === true || outputOmitted === 1,
  };
}
