import type { DataTag, InfiniteData, QueryFunction, ThrowOnError } from "@tanstack/react-query";
import type { TRPCClientErrorLike } from "@trpc/client";
import type { inferInput, inferOutput } from "@trpc/tanstack-react-query";
import type { WorkflowCalls } from "./workflow-calls.js";
import type { WorkflowProxy } from "./workflow-proxy.js";

/** A page of runs; `nextCursor` is `null` at the end. */
export interface RunsPage<TSummary> {
  items: TSummary[];
  nextCursor: string | null;
}

/** The infinite query over `list`. */
export interface WorkflowRunsOptions<TSummary, TError> {
  queryKey: DataTag<readonly unknown[], InfiniteData<RunsPage<TSummary>, string | null>, TError>;
  queryFn: QueryFunction<RunsPage<TSummary>, readonly unknown[], string | null>;
  initialPageParam: string | null;
  getNextPageParam: (page: RunsPage<TSummary>) => string | null;
  /** Not set: it is what `useInfiniteQuery` takes the type of `error` from. */
  throwOnError?: ThrowOnError<
    RunsPage<TSummary>,
    TError,
    InfiniteData<RunsPage<TSummary>, string | null>,
    readonly unknown[]
  >;
}

/**
 * The infinite query that `useWorkflowRuns` lives in, for loaders and server components: it holds no
 * hook and refetches nothing by itself.
 *
 * @example
 * ```ts
 * await queryClient.prefetchInfiniteQuery(workflowRunsOptions(trpc.workflow, { status: "failed" }));
 * ```
 */
export function workflowRunsOptions<T extends Pick<WorkflowProxy, "list">>(
  workflow: T,
  filter?: Omit<Extract<inferInput<T["list"]>, object>, "cursor">,
): WorkflowRunsOptions<
  inferOutput<T["list"]>["items"][number],
  TRPCClientErrorLike<{ transformer: true; errorShape: T["list"]["~types"]["errorShape"] }>
> {
  const { list } = workflow as unknown as WorkflowCalls;
  const { queryKey, queryFn, initialPageParam } = list.infiniteQueryOptions(filter, {
    getNextPageParam,
  });
  return {
    queryKey,
    queryFn,
    initialPageParam,
    getNextPageParam,
  } as unknown as ReturnType<typeof workflowRunsOptions<T>>;
}

function getNextPageParam({ nextCursor }: { readonly nextCursor: string | null }): string | null {
  return nextCursor;
}
