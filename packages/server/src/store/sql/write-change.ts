import type { PrismaRaw } from "../../core/prisma-like.js";
import { logId } from "../commit-order-ids.js";
import type { RunState, RunWrite } from "../store.js";
import { changeStatements } from "./change-statements.js";
import { logCodec, runCodec, stepCodec } from "./codecs.js";
import { noticeEvent, writeNewEvent } from "./event-row.js";
import { toParameter } from "./parameter.js";
import type { SqlClient } from "./sql-client.js";

/** Writes what `decide` made of a run that the transaction has locked: a statement for each kind of row. */
export function createWriteChange({ dialect, query }: SqlClient) {
  const sql = changeStatements(dialect);

  return async (tx: PrismaRaw, { run, now }: RunState, write: RunWrite): Promise<void> => {
    const revision = run.revision + 1;
    const put = async (text: string, rows: readonly unknown[], ...values: readonly unknown[]) => {
      if (rows.length > 0) await query(text, [toParameter(rows), ...values], tx);
    };
    const events = write.putEvents.map((event, place) => ({
      ...writeNewEvent({ ...event, runId: run.id }),
      seq: run.wakes + place + 1,
      accepted_at: now,
    }));
    // Each command has its own place in the order of acceptance.
    const wakes = run.wakes + Math.max(1, events.length);

    await put(sql.updateRun, [
      runCodec.write({ ...run, ...write.run, revision, wakes, updatedAt: now }),
    ]);
    await put(sql.deleteSteps, write.deleteSteps, run.id);
    await put(
      sql.putSteps,
      write.putSteps.map((step) => ({ ...stepCodec.write(step), run_id: run.id, revision })),
    );
    await put(sql.releaseEvents, write.releaseEvents, run.id);
    await put(sql.deleteEvents, write.deleteEvents, run.id);
    await put(sql.putEvents, events);
    await put(
      sql.putLogs,
      write.logs.map((log, place) => ({
        ...logCodec.write({ ...log, id: logId(revision, place) }),
        run_id: run.id,
      })),
    );
    const notices = write.notice === null ? [] : [noticeEvent(write.notice, run.format)];
    await put(sql.putEvents, notices.map(writeNewEvent));
  };
}
