import { RunEndedError } from "../../core/errors.js";
import type { RunRow } from "../../core/rows.js";
import { isEnded } from "../../core/status.js";
import type { Codec } from "../../core/values/codec.js";
import { FORMAT } from "../../core/values/tags.js";
import type { NewLog, RunChange, RunWrite } from "../../store/store.js";
import type { OperatorOptions } from "../operation-types.js";

/** What every operation takes: who does it and why, and the codec that writes both into the run's log. */
export interface OperationOptions extends OperatorOptions {
  readonly codec: Codec;
}

/** What an operation on a run decided; `result` says whether anything is written. */
export type OperationChange = RunChange<boolean>;

/** The change of an operation that finds nothing to do. */
export const UNCHANGED: OperationChange = { result: false, write: null };

/** The change that writes this, and leaves alone what is not given. */
export function changed(write: Partial<RunWrite>): OperationChange {
  return { result: true, write: { ...EMPTY_WRITE, ...write } };
}

export interface OperationLine {
  readonly action: "cancel" | "expire" | "pause" | "resume" | "retry" | "skipStep" | "wake";
  readonly message: string;
  /** The step that it was done to; left out where it was the run. */
  readonly step?: string | undefined;
}

/** The line that an operation leaves in the run's log: what was done, by whom and why. */
export function operationLog(
  now: number,
  { action, message, step }: OperationLine,
  { codec, actor, reason }: OperationOptions,
): NewLog {
  const who = { action, actor: actor ?? null, reason: reason ?? null };
  const data = codec.encode(step === undefined ? who : { ...who, step }, "log");
  return { at: now, level: "info", message, format: FORMAT, data, step: null, attempt: null };
}

/** @throws {RunEndedError} where the run has its outcome. */
export function assertNotEnded(run: RunRow, action: OperationLine["action"]): void {
  if (!isEnded(run.status)) return;
  throw new RunEndedError(`Run ${run.id} has ended (${run.status}): ${action} comes too late.`, {
    runId: run.id,
    status: run.status,
  });
}

const EMPTY_WRITE: RunWrite = {
  run: {},
  deleteSteps: [],
  putSteps: [],
  releaseEvents: [],
  deleteEvents: [],
  putEvents: [],
  logs: [],
  changeChildren: null,
  notice: null,
};
