"use client";

import { useWorkflowMutation } from "./use-workflow-mutation.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** Makes `useStartWorkflow`: each `mutate` has an idempotency key of its own. */
export function createUseStartWorkflow(useWorkflow: () => WorkflowCalls) {
  return function useStartWorkflow(name: string, options?: object) {
    const workflow = useWorkflow();
    return useWorkflowMutation(
      workflow,
      workflow.start,
      (input: unknown, idempotencyKey) => ({ workflow: name, input, idempotencyKey }),
      options,
    );
  };
}
