import type { PrismaLike } from "../../core/prisma-like.js";
import { createSqlStore } from "../sql/create-sql-store.js";
import type { OnCorrupt } from "../sql/read-readable.js";
import type { Store } from "../store.js";
import { createAcceptEvents } from "./accept-events.js";
import { createSqliteClient } from "./sqlite-client.js";
import { createPrune } from "./prune.js";
import { createRecord } from "./record.js";
import { createSendEvent } from "./send-event.js";
import { createSweep } from "./sweep.js";

/** The store on SQLite. */
export function createSqliteStore(
  prisma: PrismaLike,
  { onCorrupt }: { readonly onCorrupt: OnCorrupt },
): Store {
  const client = createSqliteClient(prisma);
  return createSqlStore(client, {
    ...createRecord(client, onCorrupt),
    sweep: createSweep(client, onCorrupt),
    sendEvent: createSendEvent(client),
    acceptEvents: createAcceptEvents(client),
    prune: createPrune(client),
  });
}
