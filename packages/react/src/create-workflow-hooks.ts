"use client";

import type { TRPCClientErrorLike } from "@trpc/client";
import type { inferInput, inferOutput } from "@trpc/tanstack-react-query";
import type {
  CancelVariables,
  RetryVariables,
  UseRunMutation,
  UseSendEvent,
  UseStartWorkflow,
} from "./mutation-hook-types.js";
import type {
  UseSuspenseWorkflowRun,
  UseWorkflowRun,
  UseWorkflowRuns,
  UseWorkflowStream,
} from "./run-hook-types.js";
import { createUseCancelRun } from "./use-cancel-run.js";
import { createUseRetryRun } from "./use-retry-run.js";
import { createUseSendEvent } from "./use-send-event.js";
import { createUseStartWorkflow } from "./use-start-workflow.js";
import { createUseSuspenseWorkflowRun } from "./use-suspense-workflow-run.js";
import { createUseWorkflowRun } from "./use-workflow-run.js";
import { createUseWorkflowRuns } from "./use-workflow-runs.js";
import { createUseWorkflowStream } from "./use-workflow-stream.js";
import type { WorkflowCalls } from "./workflow-calls.js";
import type { EventMap, InputMap, StreamMap, WorkflowProxy } from "./workflow-proxy.js";

/** The hooks of a workflow router. */
export interface WorkflowHooks<TRun, TSummary, TFilter, TInputs, TEvents, TStreams, TError> {
  readonly useWorkflowRun: UseWorkflowRun<TRun, TError>;
  readonly useSuspenseWorkflowRun: UseSuspenseWorkflowRun<TRun, TError>;
  readonly useWorkflowRuns: UseWorkflowRuns<TSummary, TFilter, TError>;
  readonly useWorkflowStream: UseWorkflowStream<TStreams, TError>;
  readonly useStartWorkflow: UseStartWorkflow<TInputs, TError>;
  readonly useSendEvent: UseSendEvent<TEvents, TError>;
  readonly useCancelRun: UseRunMutation<CancelVariables, TError>;
  readonly useRetryRun: UseRunMutation<RetryVariables, TError>;
}

/**
 * The hooks of a workflow router, typed by the app's own `useTRPC`. They need no provider but those of
 * tRPC and TanStack Query.
 *
 * @example
 * ```ts
 * export const { useWorkflowRun, useStartWorkflow } = createWorkflowHooks(() => useTRPC().workflow);
 * ```
 */
export function createWorkflowHooks<T extends WorkflowProxy>(
  useWorkflow: () => T,
): WorkflowHooks<
  inferOutput<T["get"]>,
  inferOutput<T["list"]>["items"][number],
  Extract<inferInput<T["list"]>, object>,
  InputMap<inferInput<T["start"]>>,
  EventMap<inferInput<T["sendEvent"]>>,
  StreamMap<T["stream"]["~types"]["output"]>,
  TRPCClientErrorLike<{ transformer: true; errorShape: T["get"]["~types"]["errorShape"] }>
> {
  const useCalls = useWorkflow as unknown as () => WorkflowCalls;
  // Typed by hand: what goes in and comes out is checked by the server.
  return {
    useWorkflowRun: createUseWorkflowRun(useCalls),
    useSuspenseWorkflowRun: createUseSuspenseWorkflowRun(useCalls),
    useWorkflowRuns: createUseWorkflowRuns(useCalls),
    useWorkflowStream: createUseWorkflowStream(useCalls),
    useStartWorkflow: createUseStartWorkflow(useCalls),
    useSendEvent: createUseSendEvent(useCalls),
    useCancelRun: createUseCancelRun(useCalls),
    useRetryRun: createUseRetryRun(useCalls),
  } as unknown as ReturnType<typeof createWorkflowHooks<T>>;
}
