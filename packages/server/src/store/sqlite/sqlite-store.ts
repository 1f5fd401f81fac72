import type { PrismaLike, PrismaRaw } from "../../core/prisma-like.js";
import { createSqlStore } from "../sql/create-sql-store.js";
import type { OnCorrupt } from "../sql/read-readable.js";
import type { Store } from "../store.js";
import { createAcceptEvents } from "./accept-events.js";
import { createSqliteClient } from "./sqlite-client.js";
import { createPrune } from "./prune.js";
import { createRecord } from "./record.js";
import { createSendEvent } from "./send-event.js";
import { createSweep } from "./sweep.js";
import { takeWriteLock } from "./take-write-lock.js";

/** The store on SQLite. */
export function createSqliteStore(
  prisma: PrismaLike,
  { onCorrupt }: { readonly onCorrupt: OnCorrupt },
): Store {
  const client = createSqliteClient(prisma);
  const store = createSqlStore(client, {
    ...createRecord(client, onCorrupt),
    sweep: createSweep(client, onCorrupt),
    sendEvent: createSendEvent(client),
    acceptEvents: createAcceptEvents(client),
    prune: createPrune(client),
  });
  return {
    ...store,
    now: (tx) => within(tx, () => store.now(tx)),
    readRun: (runId, window, tx) => within(tx, () => store.readRun(runId, window, tx)),
    insertRuns: (runs, tx) => within(tx, () => store.insertRuns(runs, tx)),
    sendEvent: (event, tx) => within(tx, () => store.sendEvent(event, tx)),
  };
}

async function within<T>(tx: PrismaRaw | undefined, work: () => Promise<T>): Promise<T> {
  if (tx !== undefined) await takeWriteLock(tx);
  return work();
}
