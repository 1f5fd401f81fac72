import { isEnded } from "../../core/status.js";
import { definitionKey } from "../definition-key.js";
import type { RunRow } from "../../core/rows.js";
import { hasLapsed } from "./lapse.js";
import type { MemoryTables, MemoryWorker } from "./memory-tables.js";

/** How long a worker that beats no more is remembered. */
const FORGET_AFTER_MS = 3_600_000;

/** `Store.unblock`. */
export function unblock(tables: MemoryTables, now: number, definitions: readonly string[]): void {
  for (const run of tables.runs.values()) {
    const isBlocked = run.blockedKind !== null && !isEnded(run.status);
    if (!isBlocked || !definitions.includes(definitionKey(run))) continue;
    tables.putRun({
      ...run,
      blockedKind: null,
      blockedMessage: null,
      queue: run.paused ? null : 0 - run.priority,
      dueAt: run.paused ? null : now,
      wakes: run.wakes + 1,
      revision: run.revision + 1,
      updatedAt: now,
    });
  }
}

/** `Store.blockStranded`. */
export function blockStranded(
  tables: MemoryTables,
  now: number,
  afterMs: number,
  liveMs: number,
): readonly string[] {
  forgetWorkers(tables, now - FORGET_AFTER_MS);
  const workers = [...tables.workers.values()];
  const isLive = (worker: MemoryWorker) =>
    worker.stoppedAt === null && worker.heartbeatAt >= now - liveMs;
  if (!workers.some(isLive)) return [];
  const seen = workers.filter((worker) => worker.heartbeatAt >= now - afterMs);
  const definitions = new Set(seen.flatMap((worker) => worker.workflows));
  const isUnknown = (run: RunRow) => !definitions.has(definitionKey(run));
  const due = runsOf(tables, tables.due.all()).filter((run) => (run.dueAt ?? now) <= now - afterMs);
  // Nobody who is left could take them over.
  const lapsed = runsOf(tables, tables.leased.all()).filter(
    (run) => !run.paused && tables.workers.has(run.workerId ?? "") && hasLapsed(tables, run, now),
  );
  const stranded = [...due, ...lapsed].filter(isUnknown);
  for (const run of stranded) tables.putRun(block(run, now));
  return stranded.map((run) => run.id);
}

function runsOf(tables: MemoryTables, ids: readonly string[]): RunRow[] {
  return ids.flatMap((id) => tables.runs.get(id) ?? []);
}

function forgetWorkers(tables: MemoryTables, before: number): void {
  for (const worker of tables.workers.values()) {
    const isGone = worker.heartbeatAt < before && !tables.leased.has(worker.id);
    if (isGone) tables.workers.delete(worker.id);
  }
}

function block(run: RunRow, now: number): RunRow {
  return {
    ...run,
    status: run.status === "running" ? "pending" : run.status,
    workerId: null,
    blockedKind: "noWorker",
    blockedMessage: `No live worker has ${definitionKey(run)}: deploy one that does, or cancel the run.`,
    queue: null,
    dueAt: null,
    revision: run.revision + 1,
    updatedAt: now,
  };
}
