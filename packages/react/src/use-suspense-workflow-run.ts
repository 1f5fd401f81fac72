"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { observedRunOptions } from "./observed-run-options.js";
import { otherWorkflowError } from "./other-workflow-error.js";
import type { RunOptions } from "./run-hook-types.js";
import { useOnEnded } from "./use-on-ended.js";
import { useRunConnection } from "./use-run-connection.js";
import type { AnyRun, WorkflowCalls } from "./workflow-calls.js";

/** Makes `useSuspenseWorkflowRun`: suspends until the run is there, throws what the server answers. */
export function createUseSuspenseWorkflowRun(useWorkflow: () => WorkflowCalls) {
  return function useSuspenseWorkflowRun(
    id: string,
    { workflow: name, onEnded }: RunOptions<AnyRun> = {},
  ) {
    const workflow = useWorkflow();
    const query = useSuspenseQuery<AnyRun>(observedRunOptions(useQueryClient(), workflow, id));
    const otherWorkflow = otherWorkflowError(query.data, name);
    if (otherWorkflow !== undefined) throw otherWorkflow;
    const connection = useRunConnection(workflow, id, query);
    useOnEnded(query.data, onEnded);
    return { ...query, connection };
  };
}
