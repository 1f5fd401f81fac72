"use client";

import type { LiveStreamState } from "@trpc-workflow/client/live";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { liveCacheOf } from "./live-cache.js";
import type { RunId } from "./run-hook-types.js";
import type { WorkflowCalls } from "./workflow-calls.js";

/** Makes `useWorkflowStream`: all values that a run emitted to a stream, and those to come. */
export function createUseWorkflowStream(useWorkflow: () => WorkflowCalls) {
  return function useWorkflowStream(runId: RunId, stream: string) {
    const id = typeof runId === "string" ? runId : null;
    const { streams } = liveCacheOf(useQueryClient(), useWorkflow());
    const subscribe = useCallback(
      (listener: () => void) => (id === null ? () => {} : streams.subscribe(id, stream, listener)),
      [streams, id, stream],
    );
    const getState = (): LiveStreamState => (id === null ? NOTHING : streams.getState(id, stream));
    const { connection, values, error } = useSyncExternalStore(subscribe, getState, () => NOTHING);
    return {
      values,
      connection: id !== null && connection === "idle" ? "connecting" : connection,
      error: error ?? null,
    };
  };
}

const NOTHING: LiveStreamState = { connection: "idle", values: [], error: undefined };
