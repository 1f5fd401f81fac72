"use client";

import { useWorkflowMutation } from "./use-workflow-mutation.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** Makes `useRetryRun`. */
export function createUseRetryRun(useWorkflow: () => WorkflowCalls) {
  return function useRetryRun(options?: object) {
    const workflow = useWorkflow();
    return useWorkflowMutation(workflow, workflow.retry, (input: object) => input, options);
  };
}
