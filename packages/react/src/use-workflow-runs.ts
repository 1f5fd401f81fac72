"use client";

import { isEnded } from "@trpc-workflow/client/live";
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { retryUnlessRefused } from "./retry-unless-refused.js";
import type { AnyPage, WorkflowCalls } from "./workflow-calls.js";
import type { WorkflowProxy } from "./workflow-proxy.js";
import { workflowRunsOptions } from "./workflow-runs-options.js";

/** Makes `useWorkflowRuns`: pages of runs, read again while one of them goes on. */
export function createUseWorkflowRuns(useWorkflow: () => WorkflowCalls) {
  return function useWorkflowRuns(filter?: object) {
    const workflow = useWorkflow();
    const queryClient = useQueryClient();
    return useInfiniteQuery({
      ...workflowRunsOptions(workflow as unknown as WorkflowProxy, filter),
      retry: retryUnlessRefused(queryClient),
      refetchInterval: ({ state }) => (goesOn(state.data) ? REFETCH_MS : false),
      // Whatever the app's defaults are: not while the page is hidden.
      refetchIntervalInBackground: false,
    });
  };
}

const REFETCH_MS = 2_000;

function goesOn(data: InfiniteData<AnyPage> | undefined): boolean {
  return data?.pages.some(({ items }) => items.some((run) => !isEnded(run))) ?? false;
}
