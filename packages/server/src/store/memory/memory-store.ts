import { phaseAfterRecord } from "../record-phase.js";
import type { Store } from "../store.js";
import { blockStranded, unblock } from "./blocks.js";
import { changeChildren, changeRun } from "./change.js";
import { countRuns } from "./counts.js";
import { nextDueAt, oldestDueAt } from "./due-times.js";
import { acceptEvents, sendEvent } from "./events.js";
import { eventsInOrder, pendingEvents } from "./inbox.js";
import { insertRun } from "./insert-runs.js";
import { listRuns } from "./list-runs.js";
import { MemoryTables } from "./memory-tables.js";
import { prune } from "./prune.js";
import { readRun } from "./read-run.js";
import { reclaim } from "./reclaim.js";
import { recordRun } from "./record.js";
import { sweep } from "./sweep.js";

/** A store of one process, for tests: with the answers of a database, and a clock that it is handed. */
export interface MemoryStore extends Store {
  readonly dialect: "memory";
  /**
   * The next moment, later than now, at which something falls due by time: a delayed start, a timer, a
   * deadline or the end of a lease whose worker beats no more; `null` if there is none.
   */
  readonly nextDueAt: () => number | null;
  /** A number that each write to a run or an inbox raises, and no heartbeat: tells whether work goes on. */
  readonly version: () => number;
  /** Deletes the row of a worker, as if it had died long ago: its leases have lapsed. */
  readonly forgetWorker: (workerId: string) => void;
}

/**
 * Creates an empty store whose clock is `now` (milliseconds since 1970). A `tx` is not taken part in:
 * what is written with one is there at once, an event without being accepted.
 */
export function createMemoryStore(options: { readonly now: () => number }): MemoryStore {
  const tables = new MemoryTables();
  const now = () => Math.floor(options.now());

  // No verb awaits anything: each runs to its end before another begins, and so needs no locks.
  return {
    dialect: "memory",
    now: async () => now(),

    insertRuns: async (runs) => runs.map((run) => insertRun(tables, run)),
    sendEvent: async (event, tx) => sendEvent(tables, now(), event, { accept: tx === undefined }),
    acceptEvents: async () => acceptEvents(tables, now()),

    sweep: async (request) => sweep(tables, now(), request),
    reclaim: async (runId, parkedToken, claim) => reclaim(tables, now(), runId, parkedToken, claim),
    record: async (records) => {
      for (const record of records) phaseAfterRecord(record);
      return records.map((record) => recordRun(tables, now(), record));
    },
    recordWithin: async (_tx, record) => recordRun(tables, now(), record),
    recordAndChangeChildren: async (record, decide) =>
      tables.atomically(() => {
        const before = tables.runs.get(record.runId)?.revision;
        const answer = recordRun(tables, now(), record);
        const isNew = answer.applied && answer.revision !== before;
        if (isNew) changeChildren(tables, now(), record.runId, decide);
        return answer;
      }),
    loadInbox: async (runId) => {
      const run = tables.runs.get(runId);
      return run === undefined ? null : { wakes: run.wakes, events: pendingEvents(tables, runId) };
    },

    change: async (runId, decide) =>
      tables.atomically(() => changeRun(tables, now(), runId, decide)),
    unblock: async (definitions) => unblock(tables, now(), definitions),
    blockStranded: async (afterMs, liveMs) => blockStranded(tables, now(), afterMs, liveMs),
    retireWorker: async (workerId) => {
      const worker = tables.workers.get(workerId);
      if (worker !== undefined) tables.workers.set(workerId, { ...worker, stoppedAt: now() });
    },
    prune: async (endedBefore, phases, limit) => prune(tables, endedBefore, phases, limit),

    readRun: async (runId, window) => readRun(tables, runId, window),
    revisions: async (runIds) => {
      const runs = runIds.flatMap((id) => tables.runs.get(id) ?? []);
      return new Map(runs.map((run) => [run.id, run.revision]));
    },
    listRuns: async (query) => listRuns(tables, query),
    readLogs: async (runId, { step, after, limit }) =>
      tables
        .logsOf(runId)
        .filter((log) => log.id > after && (step === null || log.step === step))
        .slice(0, limit),
    readStream: async (runId, { stream, after, limit }) =>
      tables
        .partsOf(runId)
        .filter((part) => part.id > after && part.stream === stream)
        .slice(0, limit),
    readEvents: async (runId) => eventsInOrder(tables, runId),
    counts: async (owner) => countRuns(tables, owner),
    workers: async (since) =>
      [...tables.workers.values()].flatMap(({ stoppedAt, ...worker }) =>
        stoppedAt === null && worker.heartbeatAt >= since ? [worker] : [],
      ),
    oldestDueAt: async () => oldestDueAt(tables),

    nextDueAt: () => nextDueAt(tables, now()),
    version: () => tables.version,
    forgetWorker: (workerId) => void tables.workers.delete(workerId),
  };
}
