"use client";

import { useWorkflowMutation } from "./use-workflow-mutation.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** Makes `useSendEvent`: each `mutate` has a key by which a repeated event is known. */
export function createUseSendEvent(useWorkflow: () => WorkflowCalls) {
  return function useSendEvent(name: string, options?: object) {
    const workflow = useWorkflow();
    return useWorkflowMutation(
      workflow,
      workflow.sendEvent,
      (event: object, dedupeKey) => ({ dedupeKey, ...event, workflow: name }),
      options,
    );
  };
}
