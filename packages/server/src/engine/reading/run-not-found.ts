import { RunNotFoundError } from "../../core/errors.js";
import { isRunId } from "../../core/names.js";

/** The error for an id that no run has, or can have. */
export function runNotFound(runId: unknown): RunNotFoundError {
  if (!isRunId(runId)) return new RunNotFoundError("No run can have the id that was given.");
  return new RunNotFoundError(`There is no run ${runId}.`, { runId });
}
