import { byAcceptance } from "../by-acceptance.js";
import type { EventRow, StepRow } from "../../core/rows.js";
import { eventCodec, stepCodec } from "./codecs.js";
import type { Dialect } from "./dialect.js";
import type { StoredRow } from "./row-codec.js";

/**
 * The section `step`: the whole journal of the runs that have an `id` in `runs`, which is a name, or a
 * SELECT in parentheses.
 */
export function stepSection({ json }: Dialect, runs: string): string {
  return `SELECT 'step' AS section, ${json("s", stepColumns)} AS json
FROM ${runs} AS c JOIN workflow_step AS s ON s.run_id = c.id`;
}

/** The section `event`: the pending events of the runs that have an `id` in `runs`. */
export function eventSection({ json }: Dialect, runs: string): string {
  return `SELECT 'event' AS section, ${json("e", eventColumns)} AS json
FROM ${runs} AS c JOIN workflow_event AS e ON e.run_id = c.id AND e.step_key IS NULL`;
}

/** The rows of a section by `run_id`. */
export function groupByRun(rows: readonly StoredRow[]): (runId: string) => readonly StoredRow[] {
  const byRun = new Map<unknown, StoredRow[]>();
  for (const row of rows) {
    const list = byRun.get(row["run_id"]);
    if (list === undefined) byRun.set(row["run_id"], [row]);
    else list.push(row);
  }
  return (runId) => byRun.get(runId) ?? [];
}

/** The steps of a section, in the order of `position`. */
export function readSteps(rows: readonly StoredRow[]): StepRow[] {
  return rows.map(stepCodec.read).toSorted((a, b) => a.position - b.position);
}

/** The events of a section, oldest first. */
export function readEvents(rows: readonly StoredRow[]): EventRow[] {
  return rows.map(eventCodec.read).toSorted(byAcceptance);
}

const stepColumns = ["run_id", ...Object.keys(stepCodec.types)];
const eventColumns = ["run_id", ...Object.keys(eventCodec.types)];
