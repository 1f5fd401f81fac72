import type { WorkflowDefinition } from "../core/definition.js";
import { InputValidationError, RecoveryLimitError } from "../core/errors.js";
import type { RunRow } from "../core/rows.js";
import { parseWith } from "../core/schema.js";
import type { Codec } from "../core/values/codec.js";
import type { RunTransition } from "../store/store.js";
import type { OutcomeChanges } from "./due.js";
import { parentNotice } from "./operations/end-run.js";
import type { HandlerEnd } from "./replay.js";
import type { StepEnd } from "./step-runner.js";

/** How an iteration of a run ends. */
export type RunEnd =
  | { readonly kind: "returned"; readonly output: string }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "timedOut"; readonly error: unknown }
  | {
      readonly kind: "continued";
      readonly definition: WorkflowDefinition;
      readonly input: unknown;
    };

export interface EndContext {
  readonly run: RunRow;
  readonly codec: Codec;
  /** Whether something that can be undone began. */
  readonly hasUndo: boolean;
  readonly failedSteps: readonly string[];
  readonly now: number;
}

/** What an end makes of the run: its outcome, or, with undo to do, the cause of it. */
export function endOf(
  end: RunEnd,
  { run, codec, hasUndo, failedSteps, now }: EndContext,
): RunTransition {
  if (end.kind === "continued") {
    const { version, timeoutMs } = end.definition;
    const deadlineAt = timeoutMs === null ? null : now + timeoutMs;
    return { kind: "continue", version, input: end.input as string, deadlineAt };
  }
  if (end.kind === "returned") {
    const ended = { status: "completed", cause: null, output: end.output, error: null } as const;
    return { kind: "end", ...ended, failedSteps: [], notice: parentNotice(run, ended) };
  }
  // An undo that is given up keeps the cause that it has.
  const cause = run.cause ?? (end.kind === "threw" ? "error" : "timeout");
  const error = codec.encodeError(end.error);
  if (hasUndo) return { kind: "undo", cause, error, failedSteps };
  const ended = { status: "failed", cause, output: null, error } as const;
  return { kind: "end", ...ended, failedSteps, notice: parentNotice(run, ended) };
}

/** How the run ends when its handler has: with its output, once that fits the schema. */
export async function endOfHandler(
  end: HandlerEnd,
  { name, output: schema }: WorkflowDefinition,
  runId: string,
  codec: Codec,
): Promise<RunEnd> {
  if (end.kind !== "returned") return end;
  try {
    const value =
      schema === undefined
        ? end.value
        : await parseWith(schema, end.value, (summary, issues) => {
            const message = `The output of run ${runId} of "${name}" does not fit its schema: ${summary}.`;
            return new InputValidationError(message, { runId, issues });
          });
    return { kind: "returned", output: codec.encode(value, "output") };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** What ends a run whose workers die one after another. */
export function recoveryLimit({ id, recoveries }: RunRow, maxRecoveries: number): Error {
  return new RecoveryLimitError(
    `Run ${id} was taken over ${recoveries} times in a row with nothing recorded between ` +
      `(maxRecoveries is ${maxRecoveries}): its code seems to take workers down. \`retry\` goes on where it stopped.`,
    { runId: id },
  );
}

/** The outcome of something that was in flight when the run's end was recorded. */
export function settledOutcome(end: StepEnd): OutcomeChanges | null {
  if (end.kind === "outcome" && end.child === null) return end.changes;
  if (end.kind !== "backoff") return null;
  const { attempt, attempts, timedOut } = end.row;
  return { status: "failed", attempt, attempts, timedOut, error: attempts.at(-1)?.error ?? null };
}
