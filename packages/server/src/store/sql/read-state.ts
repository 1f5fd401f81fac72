import type { PrismaRaw } from "../../core/prisma-like.js";
import type { RunState } from "../store.js";
import { runCodec } from "./codecs.js";
import { eventSection, readEvents, readSteps, stepSection } from "./journal-sections.js";
import { readSections, type SectionRow } from "./sections.js";
import type { SqlClient } from "./sql-client.js";

/** Reads a run that the transaction has locked, with its journal and inbox. */
export function createReadState({ dialect, query }: SqlClient) {
  const runs = "(SELECT CAST($1 AS text) AS id)";
  const sql = `SELECT 'now' AS section, ${dialect.object("c", ["at"])} AS json
FROM (SELECT ${dialect.now} AS at) AS c
UNION ALL
SELECT 'run' AS section, ${dialect.json("w", Object.keys(runCodec.types))} AS json
FROM workflow_run AS w WHERE w.id = $1
UNION ALL
${stepSection(dialect, runs)}
UNION ALL
${eventSection(dialect, runs)}`;

  return async (tx: PrismaRaw, runId: string): Promise<RunState> => {
    const section = readSections(await query<SectionRow>(sql, [runId], tx));
    const [run] = section("run").map(runCodec.read);
    if (run === undefined) throw new Error(`Run ${runId} is gone while its row is locked.`);
    return {
      now: Number(section("now")[0]?.["at"]),
      run,
      steps: readSteps(section("step")),
      inbox: readEvents(section("event")),
    };
  };
}
