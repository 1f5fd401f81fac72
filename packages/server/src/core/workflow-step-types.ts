import type { RunError } from "./run-error-types.js";
import type { PublicStepStatus, UndoStatus } from "./status.js";

/** What a step is. */
export type StepKind = "step" | "transaction" | "sleep" | "event" | "child" | "spawn" | "send";

/** Where a step stands. */
export type StepStatus = PublicStepStatus;

/** One attempt of a step. */
export interface StepAttempt {
  /** From 1. */
  attempt: number;
  startedAt: Date;
  endedAt: Date | null;
  error: RunError | null;
}

/** The undo of a step, once it began. */
export interface StepUndo {
  status: UndoStatus;
  /** From 1. */
  attempt: number;
  startedAt: Date | null;
  endedAt: Date | null;
  error: RunError | null;
}

/** What every step of a run shows, whatever its status. */
export interface WorkflowStepBase {
  /** Its name, then `name#2`, …: one count per run and iteration over all kinds. */
  key: string;
  /** The name it was given; of a wait its `key`, else the event. */
  name: string;
  kind: StepKind;
  /** Its place in the order in which the handler asked for its steps. */
  order: number;
  /** The attempt it is at, or ended with, from 1. */
  attempt: number;
  attempts: StepAttempt[];
  startedAt: Date;
  /** When its sleep, its wait's timeout or its back-off is due. */
  until: Date | null;
  /** `undefined` with `outputOmitted` where `watch` leaves a large one out; `null` until completed. */
  output: unknown;
  /** `true` where `watch` left out an output above 16 KiB: `get` has it. */
  outputOmitted?: true | undefined;
  /** Whether a wait ended because its timeout passed. */
  timedOut: boolean;
  /** The run that a `child` or `spawn` started. */
  childId: string | null;
  undo: StepUndo | null;
}

/** A step with an outcome. */
export interface CompletedWorkflowStep extends WorkflowStepBase {
  status: "completed" | "skipped";
  endedAt: Date;
  /** Of a skipped step, the failure that it replaced. */
  error: RunError | null;
}

/** A step whose attempts are exhausted. */
export interface FailedWorkflowStep extends WorkflowStepBase {
  status: "failed";
  endedAt: Date;
  error: RunError;
}

/** A step that is under way, was left behind by the end of its run, or was undone. */
export interface OtherWorkflowStep extends WorkflowStepBase {
  status: "running" | "waiting" | "abandoned" | "compensated" | "compensationFailed";
  endedAt: Date | null;
  error: RunError | null;
}

/**
 * A step of a run, discriminated by `status`. Sleeps, waits, children, spawns and sends are steps.
 * What is not set is `null`.
 */
export type WorkflowStep = CompletedWorkflowStep | FailedWorkflowStep | OtherWorkflowStep;
