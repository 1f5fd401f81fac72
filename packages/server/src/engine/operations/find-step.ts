import { UnknownStepError } from "../../core/errors.js";
import type { StepRow } from "../../core/rows.js";
import type { RunState } from "../../store/store.js";

/** @throws {UnknownStepError} where nothing is recorded under this key. */
export function findStep({ run, steps }: RunState, key: string): StepRow {
  const step = steps.find((row) => row.key === key);
  if (step !== undefined) return step;
  throw new UnknownStepError(`Run ${run.id} has no step "${key}".`, { runId: run.id });
}
