import type { DataTag, QueryFunction, ThrowOnError } from "@tanstack/react-query";
import type { TRPCClientErrorLike } from "@trpc/client";
import type { inferOutput } from "@trpc/tanstack-react-query";
import { newestRun } from "./newest-run.js";
import type { WorkflowCalls } from "./workflow-calls.js";
import type { WorkflowProxy } from "./workflow-proxy.js";

// A type of our own: tRPC does not export that of its options, so that an app's declarations could not
// name it.
/** The query of one run. */
export interface WorkflowRunOptions<TRun, TError> {
  queryKey: DataTag<readonly unknown[], TRun, TError>;
  queryFn: QueryFunction<TRun, readonly unknown[]>;
  structuralSharing: (known: unknown, next: unknown) => unknown;
  /** Not set: it is what `useQuery` takes the type of `error` from. */
  throwOnError?: ThrowOnError<TRun, TError, TRun, readonly unknown[]>;
}

/**
 * The query that `useWorkflowRun` lives in, for loaders, server components and `useQueries`: it holds no
 * hook and opens no connection.
 *
 * @example
 * ```ts
 * await queryClient.prefetchQuery(workflowRunOptions(trpc.workflow, id));
 * ```
 */
export function workflowRunOptions<T extends Pick<WorkflowProxy, "get">>(
  workflow: T,
  id: string,
): WorkflowRunOptions<
  inferOutput<T["get"]>,
  TRPCClientErrorLike<{ transformer: true; errorShape: T["get"]["~types"]["errorShape"] }>
> {
  const { queryKey, queryFn } = (workflow as unknown as WorkflowCalls).get.queryOptions({ id });
  return { queryKey, queryFn, structuralSharing: newestRun } as unknown as ReturnType<
    typeof workflowRunOptions<T>
  >;
}
