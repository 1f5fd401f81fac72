import type { PrismaRaw } from "../../core/prisma-like.js";
import { writeNewEvent } from "../sql/event-row.js";
import { toParameter } from "../sql/parameter.js";
import { createExplainSend, createSendWithin, sendStatements } from "../sql/send-event.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { NewEvent, SendOutcome } from "../store.js";
import { postgresDialect } from "./postgres-dialect.js";

/** `Store.sendEvent`: one statement; one more where the event was not accepted. */
export function createSendEvent(client: SqlClient) {
  const explain = createExplainSend(client);
  const sendWithin = createSendWithin(client);

  return async (event: NewEvent, tx?: PrismaRaw): Promise<SendOutcome> => {
    if (tx !== undefined) return sendWithin(event, tx);
    const accepted = await client.query(SEND, [toParameter([writeNewEvent(event)])]);
    return accepted.length > 0 ? { kind: "accepted" } : explain(event.runId);
  };
}

const { wake, insertAccepted } = sendStatements(postgresDialect);

/** The run's lock comes first: events are accepted one after another, and a parking run sees the wake. */
const SEND = `WITH woken AS (
${wake}
RETURNING w.id, w.wakes, w.updated_at
)
${insertAccepted("woken")}
RETURNING id`;
