import type { EventRow, StepRow } from "../../core/rows.js";
import type { Inbox } from "../store.js";
import {
  eventSection,
  groupByRun,
  readEvents,
  readSteps,
  stepSection,
} from "./journal-sections.js";
import { toParameter } from "./parameter.js";
import { readSections, type SectionRow } from "./sections.js";
import type { SqlClient } from "./sql-client.js";

/** A journal and an inbox, with the wake counter that both are complete up to. */
export interface Journal {
  readonly wakes: number;
  readonly steps: readonly StepRow[];
  readonly inbox: readonly EventRow[];
}

/** Reads the journals and inboxes of some runs from one snapshot; runs that are gone are left out. */
export function createReadJournals({ dialect, query }: SqlClient) {
  const runs = `(SELECT id FROM workflow_run WHERE ${dialect.isIn("id", "$1")})`;
  const sql = `SELECT 'run' AS section, ${dialect.object("w", ["id", "wakes"])} AS json
FROM workflow_run AS w WHERE ${dialect.isIn("w.id", "$1")}
UNION ALL
${stepSection(dialect, runs)}
UNION ALL
${eventSection(dialect, runs)}`;

  return async (runIds: readonly string[]): Promise<ReadonlyMap<string, Journal>> => {
    if (runIds.length === 0) return new Map();
    const section = readSections(await query<SectionRow>(sql, [toParameter(runIds)]));
    const stepsOf = groupByRun(section("step"));
    const eventsOf = groupByRun(section("event"));
    return new Map(
      section("run").map(({ id, wakes }) => [
        String(id),
        {
          wakes: Number(wakes),
          steps: readSteps(stepsOf(String(id))),
          inbox: readEvents(eventsOf(String(id))),
        },
      ]),
    );
  };
}

/** `Store.loadInbox`. */
export function createLoadInbox({ dialect, query }: SqlClient) {
  const sql = `SELECT 'run' AS section, ${dialect.object("w", ["wakes"])} AS json
FROM workflow_run AS w WHERE w.id = $1
UNION ALL
${eventSection(dialect, "(SELECT CAST($1 AS text) AS id)")}`;

  return async (runId: string): Promise<Inbox | null> => {
    const section = readSections(await query<SectionRow>(sql, [runId]));
    const [run] = section("run");
    if (run === undefined) return null;
    return { wakes: Number(run["wakes"]), events: readEvents(section("event")) };
  };
}
