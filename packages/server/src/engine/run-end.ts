import type { WorkflowDefinition } from "../core/definition.js";
import type { RunRow } from "../core/rows.js";
import type { Codec } from "../core/values/codec.js";
import type { RunTransition } from "../store/store.js";
import { parentNotice } from "./operations/end-run.js";

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
