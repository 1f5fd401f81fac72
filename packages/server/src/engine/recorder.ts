import type { Logger } from "../core/logger.js";
import type { InsertedRun, NewRun, RecordAnswer, RunRecord, Store } from "../store/store.js";
import { createGroupCommit } from "./group-commit.js";

/** The one way in which the runs of a process are inserted and written to, many in one statement. */
export interface Recorder {
  readonly record: (record: RunRecord) => Promise<RecordAnswer>;
  readonly insert: (run: NewRun) => Promise<InsertedRun>;
}

export function createRecorder(store: Store, logger: Logger): Recorder {
  const records = createGroupCommit<RunRecord, RecordAnswer>({
    write: (items) => store.record(items),
    isLeftOut: (answer) => !answer.applied && answer.reason === "locked",
    sizeOf: sizeOfRecord,
    logger,
  });
  const inserts = createGroupCommit<NewRun, InsertedRun>({
    write: async (items, isRetry) => {
      const answers = await store.insertRuns(items);
      return isRetry ? answers.map(asFirstAnswer) : answers;
    },
    isLeftOut: () => false,
    sizeOf: (run) => run.input.length,
    logger,
  });
  return { record: records.submit, insert: inserts.submit };
}

/** A start that is repeated finds its id taken by the run that its first try inserted after all. */
function asFirstAnswer(answer: InsertedRun): InsertedRun {
  return answer.kind === "taken" ? { kind: "created" } : answer;
}

function sizeOfRecord({ steps, parts, logs, progress, transition }: RunRecord): number {
  let size = ROW_BYTES + (progress?.length ?? 0);
  for (const { output, error } of steps)
    size += ROW_BYTES + (output?.length ?? 0) + (error?.length ?? 0);
  for (const { value } of parts) size += ROW_BYTES + (value?.length ?? 0);
  for (const { data, message } of logs) size += ROW_BYTES + message.length + (data?.length ?? 0);
  if (transition?.kind === "end") size += transition.output?.length ?? 0;
  return size;
}

/** What a row takes beside its payloads, roughly. */
const ROW_BYTES = 400;
