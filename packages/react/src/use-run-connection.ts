"use client";

import { type Connection, isEnded, isRefusal } from "@trpc-workflow/client/live";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { liveCacheOf } from "./live-cache.js";
import type { AnyRun, WorkflowCalls } from "./workflow-calls.js";

/** What is known of a run's query. */
export interface RunQuery {
  readonly data: AnyRun | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
}

/**
 * Keeps a run's query live while it is mounted. The connection begins after the first answer of `get`,
 * with what changed since; there is none for a run that has ended, or that the server refuses.
 */
export function useRunConnection(
  workflow: WorkflowCalls,
  id: string | null,
  { data, error, isPending }: RunQuery,
): Connection {
  const isOver = (data !== undefined && isEnded(data)) || isRefusal(error);
  const connection = useLiveConnection(workflow, isPending || isOver ? null : id);
  if (id === null) return "idle";
  if (isOver) return "closed";
  return connection === "idle" ? "connecting" : connection;
}

function useLiveConnection(workflow: WorkflowCalls, id: string | null): Connection {
  const queryClient = useQueryClient();
  const { runs } = liveCacheOf(queryClient, workflow);
  const subscribe = useCallback(
    (listener: () => void) => (id === null ? () => {} : runs.subscribe(id, listener)),
    [runs, id],
  );
  return useSyncExternalStore(
    subscribe,
    () => (id === null ? "idle" : runs.getState(id).connection),
    () => "idle",
  );
}
