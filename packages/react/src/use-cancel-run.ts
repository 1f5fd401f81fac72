"use client";

import { useWorkflowMutation } from "./use-workflow-mutation.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** Makes `useCancelRun`. */
export function createUseCancelRun(useWorkflow: () => WorkflowCalls) {
  return function useCancelRun(options?: object) {
    const workflow = useWorkflow();
    return useWorkflowMutation(workflow, workflow.cancel, (input: object) => input, options);
  };
}
