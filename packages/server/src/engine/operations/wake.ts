import { StepEndedError } from "../../core/errors.js";
import type { StepRow } from "../../core/rows.js";
import type { RunState } from "../../store/store.js";
import { wakeCommand } from "./commands.js";
import { readyColumns } from "./end-run.js";
import { findStep } from "./find-step.js";
import {
  assertNotEnded,
  changed,
  operationLog,
  type OperationChange,
  type OperationOptions,
} from "./operation.js";

export interface WakeRunOptions extends OperationOptions {
  /** The key of the sleep or back-off to end. @default the earliest */
  readonly step?: string | undefined;
  /** Fresh: the id of the command that an execution under way gets. */
  readonly eventId: string;
}

/**
 * Ends a sleep or a back-off, once a run undoes itself the back-off of an undo. A run in execution is
 * sent a command instead.
 *
 * @throws {RunEndedError} where the run has its outcome.
 * @throws {UnknownStepError} where nothing is recorded under `step`.
 * @throws {StepEndedError} where it neither sleeps nor backs off, or nothing does.
 */
export function wakeRun(state: RunState, options: WakeRunOptions): OperationChange {
  const { run, now } = state;
  assertNotEnded(run, "wake");
  const sleep = findSleep(state, options.step);
  const { key } = sleep.step;
  const line = { action: "wake", message: `woke "${key}"`, step: key } as const;
  const logs = [operationLog(now, line, options)];
  if (run.workerId !== null) {
    return changed({ putEvents: [wakeCommand(options.eventId, key, options.codec)], logs });
  }
  return changed({ run: readyColumns(run, now), putSteps: [wokenAt(sleep, now)], logs });
}

/** A row that waits for a time, for itself or for its undo. */
interface Sleep {
  readonly step: StepRow;
  readonly column: "until" | "undoUntil";
  readonly until: number;
}

function findSleep(state: RunState, key: string | undefined): Sleep {
  const { run, steps } = state;
  const candidates = key === undefined ? steps : [findStep(state, key)];
  const sleepOf = run.status === "compensating" ? undoBackOffOf : stepSleepOf;
  const sleeps = candidates.map(sleepOf).filter((sleep) => sleep !== null);
  const [first] = sleeps.toSorted((a, b) => a.until - b.until);
  if (first !== undefined) return first;
  const what = key === undefined ? "Nothing" : `Step "${key}"`;
  throw new StepEndedError(
    `${what} of run ${run.id} ${key === undefined ? "sleeps or backs off" : "neither sleeps nor backs off"}.`,
    { runId: run.id },
  );
}

function undoBackOffOf(step: StepRow): Sleep | null {
  if (step.undoStatus !== "waiting" || step.undoUntil === null) return null;
  return { step, column: "undoUntil", until: step.undoUntil };
}

/** The time of a wait for an event is its timeout, which nobody may bring forward. */
function stepSleepOf(step: StepRow): Sleep | null {
  if (step.kind === "event" || step.kind === "child") return null;
  if (step.seq !== null || step.status !== "waiting" || step.until === null) return null;
  return { step, column: "until", until: step.until };
}

/** A time that has passed stays, for what fell due is recorded in the order of those times. */
function wokenAt({ step, column, until }: Sleep, now: number): StepRow {
  return { ...step, [column]: Math.min(until, now) };
}
