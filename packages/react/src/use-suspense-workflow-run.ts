"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { newestRun } from "./newest-run.js";
import { otherWorkflowError } from "./other-workflow-error.js";
import { retryUnlessRefused } from "./retry-unless-refused.js";
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
    const queryClient = useQueryClient();
    const { queryKey, queryFn } = workflow.get.queryOptions({ id });
    const query = useSuspenseQuery<AnyRun>({
      queryKey,
      queryFn,
      structuralSharing: newestRun,
      retry: retryUnlessRefused(queryClient),
    });
    const otherWorkflow = otherWorkflowError(query.data, name);
    if (otherWorkflow !== undefined) throw otherWorkflow;
    const connection = useRunConnection(workflow, id, query);
    useOnEnded(query.data, onEnded);
    return { ...query, connection };
  };
}
