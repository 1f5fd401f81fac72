import { TRPCClientError } from "@trpc/client";
import type { AnyRun } from "./workflow-calls.js";

/** The error of a hook that was told the workflow, for a run of another; `undefined` where it fits. */
export function otherWorkflowError(
  run: AnyRun | undefined,
  workflow: string | undefined,
): TRPCClientError<never> | undefined {
  if (run === undefined || workflow === undefined || run.workflow === workflow) return undefined;
  return new TRPCClientError(`Run ${run.id} is one of ${run.workflow}, not of ${workflow}.`);
}
