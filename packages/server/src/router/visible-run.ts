import type { RunError } from "../core/run-error-types.js";
import type { WorkflowRunSummary } from "../core/run-summary-types.js";
import type { WorkflowRun } from "../core/run-types.js";
import type { WorkflowStep } from "../core/workflow-step-types.js";

/** What clients see of runs. */
export interface Visible {
  /** Of one run the same object each time, since the watchers of a run share its snapshots. */
  readonly run: (run: WorkflowRun) => WorkflowRun;
  readonly summary: (summary: WorkflowRunSummary) => WorkflowRunSummary;
}

/** Clients see of each error its name, message and code, unless `exposeStacks`. */
export function createVisible(exposeStacks: boolean): Visible {
  if (exposeStacks) return { run: (run) => run, summary: (summary) => summary };
  const redacted = new WeakMap<WorkflowRun, WorkflowRun>();
  return {
    run: (run) => {
      const known = redacted.get(run);
      if (known !== undefined) return known;
      const made = redactRun(run);
      redacted.set(run, made);
      return made;
    },
    summary: redactError,
  };
}

function redactRun(run: WorkflowRun): WorkflowRun {
  return { ...redactError(run), steps: run.steps.map(redactStep) };
}

function redactStep(step: WorkflowStep): WorkflowStep {
  return {
    ...redactError(step),
    attempts: step.attempts.map(redactError),
    undo: step.undo === null ? null : redactError(step.undo),
  };
}

/** A copy where there is something to leave out. */
function redactError<T extends { error: RunError | null }>(shown: T): T {
  if (shown.error === null) return shown;
  const { name, message, code } = shown.error;
  return { ...shown, error: code === undefined ? { name, message } : { name, message, code } };
}
