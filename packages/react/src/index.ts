// Hooks
export { createWorkflowHooks, type WorkflowHooks } from "./create-workflow-hooks.js";
export type * from "./mutation-hook-types.js";
export type {
  Live,
  RunId,
  RunOptions,
  UseSuspenseWorkflowRun,
  UseWorkflowRun,
  UseWorkflowRuns,
  UseWorkflowStream,
  WorkflowStreamResult,
} from "./run-hook-types.js";
export type { Connection } from "@trpc-workflow/client/live";
export type { EventMap, InputMap, StreamMap, WorkflowProxy } from "./workflow-proxy.js";

// Options, for loaders and server components
export { workflowRunOptions, type WorkflowRunOptions } from "./workflow-run-options.js";
export {
  type RunsPage,
  workflowRunsOptions,
  type WorkflowRunsOptions,
} from "./workflow-runs-options.js";
