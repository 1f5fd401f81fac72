import type { LogRow } from "../../core/rows.js";
import { isRunId } from "../../core/names.js";
import type { Store } from "../../store/store.js";
import type { ExportedRun } from "../operation-types.js";
import { EVENT_SHAPE, LOG_SHAPE, pickColumns, RUN_SHAPE, STEP_SHAPE } from "./row-shapes.js";
import { runNotFound } from "./run-not-found.js";
import { ALL_STEPS } from "./step-windows.js";

export interface ExportRunDeps {
  readonly store: Pick<Store, "readRun" | "readEvents" | "readLogs">;
}

/** What an export says it is. */
export const EXPORT_FORMAT = "trpc-workflow/run@1";

const LOG_PAGE_SIZE = 1_000;

/**
 * A run as a JSON value: its rows as they are, payloads as encoded text, the seed too. Of a run that
 * goes on meanwhile events and logs may be newer than the steps.
 *
 * @throws {RunNotFoundError}
 */
export async function exportRun({ store }: ExportRunDeps, runId: string): Promise<ExportedRun> {
  const rows = isRunId(runId) ? await store.readRun(runId, ALL_STEPS) : null;
  if (rows === null) throw runNotFound(runId);
  return {
    format: EXPORT_FORMAT,
    run: pickColumns(RUN_SHAPE, rows.run),
    steps: rows.steps.map((row) => pickColumns(STEP_SHAPE, row)),
    events: (await store.readEvents(runId)).map((row) => pickColumns(EVENT_SHAPE, row)),
    logs: (await readAllLogs(store, runId)).map((row) => pickColumns(LOG_SHAPE, row)),
  };
}

async function readAllLogs(store: ExportRunDeps["store"], runId: string): Promise<LogRow[]> {
  const logs: LogRow[] = [];
  for (;;) {
    const after = logs.at(-1)?.id ?? -1;
    const page = await store.readLogs(runId, { step: null, after, limit: LOG_PAGE_SIZE });
    logs.push(...page);
    if (page.length < LOG_PAGE_SIZE) return logs;
  }
}
