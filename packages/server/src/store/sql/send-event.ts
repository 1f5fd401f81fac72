import type { PrismaRaw } from "../../core/prisma-like.js";
import { isEnded } from "../../core/status.js";
import type { NewEvent, SendOutcome } from "../store.js";
import { statusCodec } from "./codecs.js";
import { NEW_EVENT_COLUMNS, NEW_EVENT_TYPES, newEventValues, writeNewEvent } from "./event-row.js";
import { toParameter } from "./parameter.js";
import type { StoredRow } from "./row-codec.js";
import type { SqlClient } from "./sql-client.js";
import { LIVE } from "./status-sql.js";
import { wakeSet } from "./wake-sql.js";

/** The constant statements of `sendEvent`; `$1` holds the event. */
export function sendStatements(dialect: SqlClient["dialect"]) {
  const { now } = dialect;
  const event = dialect.rows("$1", "e", NEW_EVENT_TYPES);
  return {
    // Guard: not ended. A known key wakes nobody; two at once are told apart by the INSERT.
    wake: `UPDATE workflow_run AS w SET ${wakeSet(dialect, "1")}
FROM ${event}
WHERE w.id = e.run_id AND w.status IN ${LIVE} AND NOT EXISTS (
  SELECT 1 FROM workflow_event AS o
  WHERE o.id = e.id OR (o.run_id = e.run_id AND o.dedupe_key = e.dedupe_key))`,
    /** Its place and time of acceptance are those that the row of the run says, once woken. */
    insertAccepted: (run: string) => `INSERT INTO workflow_event
  (${NEW_EVENT_COLUMNS}, seq, created_at, accepted_at)
SELECT ${newEventValues("e")}, w.wakes, w.updated_at, w.updated_at
FROM ${event} JOIN ${run} AS w ON w.id = e.run_id
WHERE true
ON CONFLICT DO NOTHING`,
    /** No lock on the run: the caller's transaction may stay open for long. */
    insertUntold: `INSERT INTO workflow_event (${NEW_EVENT_COLUMNS}, created_at)
SELECT ${newEventValues("e")}, ${now}
FROM ${event} JOIN workflow_run AS w ON w.id = e.run_id
WHERE w.status IN ${LIVE}
ON CONFLICT DO NOTHING
RETURNING id`,
    status: "SELECT w.id, w.status FROM workflow_run AS w WHERE w.id = $1",
  };
}

/** Tells why an event was not stored, from the run as it is now. */
export function createExplainSend({ dialect, query }: SqlClient) {
  const { status } = sendStatements(dialect);

  return async (runId: string, tx?: PrismaRaw): Promise<SendOutcome> => {
    const [stored] = await query<StoredRow>(status, [runId], tx);
    if (stored === undefined) return { kind: "unknown" };
    const run = statusCodec.read(stored);
    return isEnded(run.status) ? { kind: "ended", status: run.status } : { kind: "duplicate" };
  };
}

/** `Store.sendEvent` within a caller's transaction. */
export function createSendWithin(client: SqlClient) {
  const { insertUntold } = sendStatements(client.dialect);
  const explain = createExplainSend(client);

  return async (event: NewEvent, tx: PrismaRaw): Promise<SendOutcome> => {
    const inserted = await client.query(insertUntold, [toParameter([writeNewEvent(event)])], tx);
    return inserted.length > 0 ? { kind: "accepted" } : explain(event.runId, tx);
  };
}
