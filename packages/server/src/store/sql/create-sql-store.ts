import type { Store } from "../store.js";
import { createChange, createChangeRun } from "./change-run.js";
import { createInsertRuns } from "./insert-runs.js";
import { createListRuns } from "./list-runs.js";
import { createLoadInbox } from "./read-journals.js";
import { createReadEvents, createReadLogs, createReadStream } from "./read-records.js";
import { createReadRun } from "./read-run.js";
import {
  createCounts,
  createNow,
  createOldestDueAt,
  createRevisions,
  createWorkers,
} from "./read-stats.js";
import { createReclaim } from "./reclaim.js";
import { type ApplyWithin, createRecordAndChangeChildren } from "./record-and-change-children.js";
import type { SqlClient } from "./sql-client.js";
import { createBlockStranded, createRetireWorker, createUnblock } from "./steer.js";

/** The verbs whose statements are another for each database. */
export interface DialectVerbs extends Pick<
  Store,
  "sweep" | "record" | "sendEvent" | "acceptEvents" | "prune"
> {
  readonly applyWithin: ApplyWithin;
}

/** Makes a store of a database's own verbs and those that are the same on all. */
export function createSqlStore(client: SqlClient, { applyWithin, ...verbs }: DialectVerbs): Store {
  const changeRun = createChangeRun(client);
  return {
    dialect: client.dialect.name,
    ...verbs,
    now: createNow(client),
    insertRuns: createInsertRuns(client),
    reclaim: createReclaim(client),
    recordWithin: async (tx, record) => (await applyWithin(tx, record)).answer,
    recordAndChangeChildren: createRecordAndChangeChildren(client, changeRun, applyWithin),
    loadInbox: createLoadInbox(client),
    change: createChange(client, changeRun),
    unblock: createUnblock(client),
    blockStranded: createBlockStranded(client),
    retireWorker: createRetireWorker(client),
    readRun: createReadRun(client),
    revisions: createRevisions(client),
    listRuns: createListRuns(client),
    readLogs: createReadLogs(client),
    readStream: createReadStream(client),
    readEvents: createReadEvents(client),
    counts: createCounts(client),
    workers: createWorkers(client),
    oldestDueAt: createOldestDueAt(client),
  };
}
