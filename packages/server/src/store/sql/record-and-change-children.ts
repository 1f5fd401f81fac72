import type { PrismaRaw } from "../../core/prisma-like.js";
import type { RecordAnswer, RunChange, RunRecord, RunState } from "../store.js";
import { type ChangeRun, passErrorsThrough } from "./change-run.js";
import type { RecordResult } from "./record-answers.js";
import type { SqlClient } from "./sql-client.js";

/** Applies one record as the last statement of a transaction; waits for the run's lock. */
export type ApplyWithin = (tx: PrismaRaw, record: RunRecord) => Promise<RecordResult>;

/** `Store.recordAndChangeChildren`: the record takes the parent's lock before any child's is taken. */
export function createRecordAndChangeChildren(
  client: SqlClient,
  changeRun: ChangeRun,
  applyWithin: ApplyWithin,
) {
  return (
    record: RunRecord,
    changeChildren: (state: RunState) => RunChange<void>,
  ): Promise<RecordAnswer> => {
    const guarded = passErrorsThrough(changeChildren);
    return guarded.run(() =>
      client.transaction(async (tx) => {
        const { answer, isFresh } = await applyWithin(tx, record);
        if (isFresh) await changeRun.children(tx, record.runId, guarded.decide);
        return answer;
      }),
    );
  };
}
