import type {
  ActiveRunSummary,
  BlockedRunSummary,
  CancelledRunSummary,
  CompensatedRunSummary,
  CompensatingRunSummary,
  CompletedRunSummary,
  FailedRunSummary,
  PausedRunSummary,
  WaitingRunSummary,
} from "./run-summary-types.js";
import type { WorkflowStep } from "./workflow-step-types.js";
import type { AnyWorkflow, WorkflowTypes } from "./workflow-types.js";

/** What a run has over its summary. `output` is `null` unless the run completed. */
export interface RunPayloads<TInput, TProgress, TOutput> {
  input: TInput;
  /** The last value published; `null` before the first. */
  progress: TProgress | null;
  output: TOutput;
  /** In the order asked for. */
  steps: WorkflowStep[];
}

// Each variant is an interface of its own, so that hovers and declaration files name it.

/** A run that is due, or in execution. */
export interface ActiveRun<TName, TVersion, TInput, TProgress>
  extends ActiveRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that holds neither memory nor a slot until what it waits for comes. */
export interface WaitingRun<TName, TVersion, TInput, TProgress>
  extends WaitingRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that starts nothing until `resume`. */
export interface PausedRun<TName, TVersion, TInput, TProgress>
  extends PausedRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that cannot go on. */
export interface BlockedRun<TName, TVersion, TInput, TProgress>
  extends BlockedRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that is being undone. */
export interface CompensatingRun<TName, TVersion, TInput, TProgress>
  extends CompensatingRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run whose handler returned: the one with an `output`. */
export interface CompletedRun<TName, TVersion, TInput, TProgress, TOutput>
  extends CompletedRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, TOutput> {}

/** A run that failed with nothing to undo, or whose undo failed. */
export interface FailedRun<TName, TVersion, TInput, TProgress>
  extends FailedRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that was cancelled with nothing undone. */
export interface CancelledRun<TName, TVersion, TInput, TProgress>
  extends CancelledRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** A run that was undone. */
export interface CompensatedRun<TName, TVersion, TInput, TProgress>
  extends CompensatedRunSummary<TName, TVersion>, RunPayloads<TInput, TProgress, null> {}

/** The runs by a bag of types, or by a union of bags. */
export type RunOf<T> = T extends WorkflowTypes
  ? | ActiveRun<T["name"], T["version"], T["input"], T["progress"]>
    | WaitingRun<T["name"], T["version"], T["input"], T["progress"]>
    | PausedRun<T["name"], T["version"], T["input"], T["progress"]>
    | BlockedRun<T["name"], T["version"], T["input"], T["progress"]>
    | CompensatingRun<T["name"], T["version"], T["input"], T["progress"]>
    | CompletedRun<T["name"], T["version"], T["input"], T["progress"], T["output"]>
    | FailedRun<T["name"], T["version"], T["input"], T["progress"]>
    | CancelledRun<T["name"], T["version"], T["input"], T["progress"]>
    | CompensatedRun<T["name"], T["version"], T["input"], T["progress"]>
  : never;

/**
 * The runs of one or of several workflows, discriminated by `workflow` and `status`.
 *
 * @example
 * ```ts
 * function receipt(run: WorkflowRun<typeof checkout>): string | null {
 *   return run.status === "completed" ? run.output.receipt : null;
 * }
 * ```
 */
export type WorkflowRun<TWorkflow extends AnyWorkflow = AnyWorkflow> = RunOf<TWorkflow["~types"]>;
