import { type QueryClient, skipToken } from "@tanstack/react-query";
import { newestRun } from "./newest-run.js";
import { retryUnlessRefused } from "./retry-unless-refused.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** The query of a run as hooks observe it: without an id it does nothing. */
export function observedRunOptions(
  queryClient: QueryClient,
  workflow: WorkflowCalls,
  id: string | null,
) {
  const { queryKey, queryFn } = workflow.get.queryOptions(id === null ? skipToken : { id });
  return {
    queryKey,
    queryFn,
    structuralSharing: newestRun,
    retry: retryUnlessRefused(queryClient),
  };
}
