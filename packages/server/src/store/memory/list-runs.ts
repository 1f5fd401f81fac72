import { publicRunStatus } from "../../core/status.js";
import type { RunRow } from "../../core/rows.js";
import { encodeSearch, searchPattern } from "../search-text.js";
import type { ListQuery, RunSummaryRow } from "../store.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.listRuns`. */
export function listRuns(tables: MemoryTables, query: ListQuery): readonly RunSummaryRow[] {
  return [...tables.runs.values()]
    .filter((run) => matches(run, query))
    .toSorted(newestFirst)
    .slice(0, query.limit)
    .map((run) => summarise(run, tables.stepCount(run.id)));
}

function matches(run: RunRow, query: ListQuery): boolean {
  const { workflow, statuses, owner, tags, createdAfter, createdBefore, search, after } = query;
  return (
    (workflow === null || run.workflow === workflow) &&
    (statuses.length === 0 || statuses.includes(publicRunStatus(run))) &&
    (owner === null || run.owner === owner) &&
    tags.every((tag) => run.tags.includes(tag)) &&
    (createdAfter === null || run.createdAt >= createdAfter) &&
    (createdBefore === null || run.createdAt < createdBefore) &&
    (search === null || encodeSearch(run).includes(searchPattern(search))) &&
    (after === null || newestFirst(after, run) < 0)
  );
}

type Placed = Pick<RunRow, "createdAt" | "id">;

function newestFirst(a: Placed, b: Placed): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id < b.id ? 1 : -Number(a.id > b.id);
}

function summarise(run: RunRow, stepCount: number): RunSummaryRow {
  const { input: _input, output: _output, progress: _progress, seed: _seed, ...summary } = run;
  return { ...summary, stepCount };
}
