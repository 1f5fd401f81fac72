import type { PrismaRaw } from "../../core/prisma-like.js";
import { writeNewEvent } from "../sql/event-row.js";
import { toParameter } from "../sql/parameter.js";
import { createExplainSend, createSendWithin, sendStatements } from "../sql/send-event.js";
import type { SqlClient } from "../sql/sql-client.js";
import type { NewEvent, SendOutcome } from "../store.js";
import { sqliteDialect } from "./sqlite-dialect.js";

/** `Store.sendEvent`: two statements in one transaction; the wake comes first and takes the lock. */
export function createSendEvent(client: SqlClient) {
  const explain = createExplainSend(client);
  const sendWithin = createSendWithin(client);

  return async (event: NewEvent, tx?: PrismaRaw): Promise<SendOutcome> => {
    if (tx !== undefined) return sendWithin(event, tx);
    const values = [toParameter([writeNewEvent(event)])];
    const isAccepted = await client.transaction(async (own) => {
      const woken = await client.query(WAKE, values, own);
      if (woken.length > 0) await client.query(INSERT, values, own);
      return woken.length > 0;
    });
    return isAccepted ? { kind: "accepted" } : explain(event.runId);
  };
}

const { wake, insertAccepted } = sendStatements(sqliteDialect);
const WAKE = `${wake}\nRETURNING 1`;
const INSERT = `${insertAccepted("workflow_run")}\nRETURNING id`;
