import type { RunRow } from "../core/rows.js";
import type { RecordAnswer, RunRecord } from "./store.js";

/** What of a run's row decides whether a record is applied, and what its answer says. */
export type FenceRow = Pick<
  RunRow,
  "leaseToken" | "status" | "commits" | "workerId" | "revision" | "wakes" | "paused"
>;

/** Whether the record may be written: its lease holds, its phase is right, and it is the next one. */
export function passesFence(record: RunRecord, row: FenceRow): boolean {
  return (
    row.leaseToken === record.token &&
    row.workerId !== null &&
    row.status === record.phase &&
    row.commits === record.commit - 1
  );
}

/** The answer to a record that was not applied now, from the row as it was read again; `null` is gone. */
export function explainRecord(record: RunRecord, row: FenceRow | null): RecordAnswer {
  if (row === null || row.leaseToken !== record.token) return { applied: false, reason: "lost" };
  if (row.commits >= record.commit) return appliedAnswer(row);
  if (row.status !== record.phase) return { applied: false, reason: "phase", status: row.status };
  // Given up or out of step under its own token: waiting for a lock would never end.
  if (!passesFence(record, row)) return { applied: false, reason: "lost" };
  return { applied: false, reason: "locked" };
}

/** The answer to a record that was applied, from the row after it. */
export function appliedAnswer(row: FenceRow): RecordAnswer {
  return {
    applied: true,
    released: row.workerId === null,
    revision: row.revision,
    wakes: row.wakes,
    paused: row.paused,
  };
}
