import {
  createLiveRuns,
  createLiveStreams,
  type LiveRuns,
  type LiveRunState,
  type LiveStreams,
} from "@trpc-workflow/client/live";
import { hashKey, type QueryClient } from "@tanstack/react-query";
import type { AnyRun, WorkflowCalls } from "./workflow-calls.js";

/** The live connections that feed a query cache. */
export interface LiveCache {
  readonly runs: LiveRuns<AnyRun>;
  readonly streams: LiveStreams;
}

/**
 * The live connections of a router and a query cache: one for all hooks, wherever they were created.
 * Snapshots go into the query of `workflow.get`, which is where the hooks read them.
 */
export function liveCacheOf(queryClient: QueryClient, workflow: WorkflowCalls): LiveCache {
  const caches = cachesByClient.get(queryClient) ?? new Map<string, LiveCacheEntry>();
  cachesByClient.set(queryClient, caches);
  const key = hashKey(workflow.get.queryKey());
  const entry = caches.get(key) ?? createLiveCache(queryClient, workflow);
  caches.set(key, entry);
  // The tRPC client may be another one since: a session's end replaces it.
  entry.workflow = workflow;
  return entry;
}

interface LiveCacheEntry extends LiveCache {
  workflow: WorkflowCalls;
}

const cachesByClient = new WeakMap<QueryClient, Map<string, LiveCacheEntry>>();

function createLiveCache(queryClient: QueryClient, workflow: WorkflowCalls): LiveCacheEntry {
  const optionsOf = (id: string) => entry.workflow.get.queryOptions({ id });

  function feed(id: string, { run, error }: LiveRunState<AnyRun>): void {
    const { queryKey } = optionsOf(id);
    if (run !== undefined) {
      queryClient.setQueryData<AnyRun>(queryKey, (known) =>
        known !== undefined && known.revision >= run.revision ? undefined : run,
      );
    }
    if (error !== undefined) {
      const query = queryClient.getQueryCache().find({ queryKey, exact: true });
      query?.setState({ status: "error", error: error as Error, errorUpdatedAt: Date.now() });
    }
  }

  const entry: LiveCacheEntry = {
    workflow,
    runs: createLiveRuns<AnyRun>({
      subscribe: (id, lastEventId, observer) =>
        entry.workflow.watch.subscriptionOptions({ id, lastEventId }).subscribe(observer),
      get: async (id, signal) => {
        const { queryKey, queryFn } = optionsOf(id);
        return await queryFn({ client: queryClient, queryKey, signal, meta: undefined });
      },
      getKnown: (id) => queryClient.getQueryData<AnyRun>(optionsOf(id).queryKey),
      onChange: feed,
    }),
    streams: createLiveStreams((id, stream, lastEventId, observer) =>
      entry.workflow.stream.subscriptionOptions({ id, stream, lastEventId }).subscribe(observer),
    ),
  };
  return entry;
}
