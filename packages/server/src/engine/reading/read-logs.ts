import type { LogRow } from "../../core/rows.js";
import { assertKey, isRunId } from "../../core/names.js";
import type { Codec } from "../../core/values/codec.js";
import type { LogQuery, Store } from "../../store/store.js";
import type { LogEntry, LogFilter, Page } from "../operation-types.js";
import { readInteger } from "./read-integer.js";
import { decodeRowId, encodeRowId } from "./row-id.js";
import { createRowReader } from "./row-reader.js";
import { runNotFound } from "./run-not-found.js";
import { toDate } from "./to-date.js";

export interface ReadLogsDeps {
  readonly store: Pick<Store, "readLogs" | "revisions">;
  readonly codec: Codec;
}

/** How many lines `logs` gives unless asked otherwise. */
export const DEFAULT_LOG_LIMIT = 100;
const MAX_LOG_LIMIT = 1_000;

/**
 * A page of a run's log, oldest first. A cursor is the id of a line, so that it stays good while the
 * run goes on; a line's own id will do as well.
 *
 * @throws {RunNotFoundError}
 * @throws {InvalidArgumentError} naming the field of the filter that is wrong.
 */
export async function readLogs(
  { store, codec }: ReadLogsDeps,
  runId: string,
  filter: LogFilter = {},
): Promise<Page<LogEntry>> {
  const query = toLogQuery(filter);
  if (!isRunId(runId)) throw runNotFound(runId);
  const rows = await store.readLogs(runId, { ...query, limit: query.limit + 1 });
  if (rows.length === 0 && !(await store.revisions([runId])).has(runId)) throw runNotFound(runId);
  const page = rows.slice(0, query.limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  return {
    items: page.map((row) => viewLine(row, runId, codec)),
    nextCursor: last === undefined ? null : encodeRowId(last.id),
  };
}

function toLogQuery({ step, after, limit = DEFAULT_LOG_LIMIT }: LogFilter): LogQuery {
  if (step !== undefined) assertKey(step, "step");
  return {
    step: step ?? null,
    after: decodeRowId(after, "after"),
    limit: readInteger(limit, { what: "limit", min: 1, max: MAX_LOG_LIMIT }),
  };
}

function viewLine(row: LogRow, runId: string, codec: Codec): LogEntry {
  const id = encodeRowId(row.id);
  const { format } = row;
  const read = createRowReader(codec, {
    table: "workflow_log",
    id: `${runId}/${id}`,
    runId,
    format,
  });
  return {
    id,
    at: toDate(row.at),
    level: row.level,
    message: row.message,
    data: read.value("data", row.data),
    step: row.step,
    attempt: row.attempt,
  };
}
