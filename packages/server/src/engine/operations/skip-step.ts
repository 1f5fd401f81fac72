import { StepEndedError, StepRunningError } from "../../core/errors.js";
import type { StepKind, StepRow } from "../../core/rows.js";
import { isEnded } from "../../core/status.js";
import { FORMAT } from "../../core/values/tags.js";
import { phaseAfter } from "../../store/phase-after.js";
import type { NewLog, RunState, RunWrite } from "../../store/store.js";
import { cancelChild } from "./cancel.js";
import { skipCommand } from "./commands.js";
import { hasUndo, readyColumns } from "./end-run.js";
import { findStep } from "./find-step.js";
import {
  assertNotEnded,
  changed,
  operationLog,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";
import { retryRun } from "./retry.js";

export interface SkipStepOptions extends OperationOptions {
  /** The step's key. */
  readonly step: string;
  /** What the handler gets for it. */
  readonly output: unknown;
  /** Fresh: the id of the command that an execution gets. */
  readonly eventId: string;
  /** As in `retry`. */
  readonly timeoutMs: number | null;
}

/**
 * Gives an outcome to a step that waits or backs off, or to the failure that ended the run, which is
 * then retried; an undo that failed or backs off counts as done. The outcome comes after all others.
 *
 * @throws {UnknownStepError} where nothing is recorded under `step`.
 * @throws {StepRunningError} where its function, or an undo of the run, may be running.
 * @throws {StepEndedError} where nothing of it waits.
 * @throws {RunEndedError} where the run has completed.
 * @throws {NotSerializableError} and {PayloadTooLargeError} for `output`.
 */
export function skipStep(state: RunState, options: SkipStepOptions): OperationChange {
  const { run } = state;
  if (run.status === "completed") assertNotEnded(run, "skipStep");
  const step = findStep(state, options.step);
  if (isEnded(run.status)) return skipOfEnded(state, step, options);
  if (run.status === "compensating") return skipUndo(state, step, options);
  return skipOfLive(state, step, options);
}

function skipOfLive(state: RunState, step: StepRow, options: SkipStepOptions): OperationChange {
  const { run, now } = state;
  if (step.seq !== null) throw ended(state, step);
  if (step.status === "running" && HAS_FUNCTION.has(step.kind)) throw running(state, step);
  const output = options.codec.encode(options.output, "output");
  const logs = [skipLog(state, options)];
  if (run.workerId !== null) return changed({ putEvents: [command(options)], logs });
  const seq = run.outcomes + 1;
  return changed({
    run: { outcomes: seq, ...readyColumns(run, now) },
    putSteps: [
      { ...step, status: "skipped", seq, output, error: null, endedAt: now, format: FORMAT },
    ],
    changeChildren: step.kind === "child" ? cancelChildOf(step, options) : null,
    logs,
  });
}

/** Kinds that run code, or write elsewhere, once begun; the others only ever wait. */
const HAS_FUNCTION: ReadonlySet<StepKind> = new Set<StepKind>([
  "step",
  "transaction",
  "send",
  "spawn",
]);

function cancelChildOf(
  step: StepRow,
  options: SkipStepOptions,
): NonNullable<RunWrite["changeChildren"]> {
  const { codec, actor, reason } = options;
  const cancel = cancelChild({ codec, actor, reason });
  return (child) =>
    child.run.parentKey === step.key ? cancel(child) : { result: undefined, write: null };
}

/** While a run undoes itself no step gets an outcome any more, but an operator may have undone one. */
function skipUndo(state: RunState, step: StepRow, options: SkipStepOptions): OperationChange {
  const { run, now } = state;
  if (step.undoStatus === "running") throw running(state, step);
  if (step.undoStatus !== "failed" && step.undoStatus !== "waiting") throw ended(state, step);
  // The execution knows the undo as it was, and would end the run by that.
  if (run.workerId !== null) throw running(state, step);
  return changed({
    run: readyColumns(run, now),
    putSteps: [undone(step, now)],
    logs: [skipLog(state, options)],
  });
}

function skipOfEnded(state: RunState, step: StepRow, options: SkipStepOptions): OperationChange {
  const { run } = state;
  if (run.status === "failed" && step.undoStatus === "failed") {
    return skipFailedUndo(state, step, options);
  }
  if (!run.failedSteps.includes(step.key)) throw ended(state, step);
  // Named as `from`, for an outcome leads forward: an unfinished undo is not gone on with.
  const { write } = retryRun(state, { ...options, from: step.key });
  return changed({ ...write, putEvents: [command(options)], logs: [skipLog(state, options)] });
}

/** The run has told its parent of its end already, and does not tell again. */
function skipFailedUndo(state: RunState, step: StepRow, options: SkipStepOptions): OperationChange {
  const { run, steps, now } = state;
  const isLast = !hasUndo(steps.filter((other) => other !== step));
  return changed({
    run: isLast ? { status: settledPhase(run), endedAt: now } : {},
    putSteps: [undone(step, now)],
    logs: [skipLog(state, options)],
  });
}

function settledPhase(run: RunState["run"]) {
  return phaseAfter(run.id, phaseAfter(run.id, run.status, "retryUndo"), "settle");
}

function undone(step: StepRow, now: number): StepRow {
  return {
    ...step,
    undoStatus: "completed",
    undoStartedAt: step.undoStartedAt ?? now,
    undoEndedAt: now,
    undoUntil: null,
    undoError: null,
  };
}

function command({ eventId, step, output, codec }: SkipStepOptions) {
  return skipCommand(eventId, { step, output }, codec);
}

function skipLog({ now }: RunState, options: SkipStepOptions): NewLog {
  const { step } = options;
  return operationLog(now, { action: "skipStep", message: `skipped "${step}"`, step }, options);
}

function ended({ run }: RunState, step: StepRow): StepEndedError {
  const message = `Nothing of step "${step.key}" of run ${run.id} waits, so that there is nothing to skip.`;
  return new StepEndedError(message, { runId: run.id });
}

function running({ run }: RunState, step: StepRow): StepRunningError {
  const message =
    `Step "${step.key}" of run ${run.id}, or an undo of the run, is in flight: skip it once it backs off, ` +
    "or when the run has ended.";
  return new StepRunningError(message, { runId: run.id });
}
