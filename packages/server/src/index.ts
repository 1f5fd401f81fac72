// Definitions
export { defineWorkflow, initWorkflow } from "./core/define-workflow.js";
export type { DefineWorkflow, WorkflowBuilder } from "./core/define-workflow-types.js";
export type {
  AnyWorkflow,
  inferWorkflowEvents,
  inferWorkflowInput,
  inferWorkflowOutput,
  Workflow,
  WorkflowTypes,
} from "./core/workflow-types.js";
export type { Duration } from "./core/duration.js";
export type { RetryOptions } from "./core/retry.js";

// What handlers receive
export type { ChildOptions, InvokeOptions, SpawnOptions, StartTime } from "./core/child-types.js";
export type { HandlerArgs, WaitOptions } from "./core/handler-types.js";
export type { Logger, LogLevel } from "./core/logger.js";
export type { RunInfo } from "./core/run-info-types.js";
export type {
  Compensate,
  CompensateContext,
  CompensateFunction,
  CompensateOptions,
  IsolationLevel,
  StepContext,
  StepOptions,
  TransactionOptions,
} from "./core/step-types.js";

// The engine
export { createWorkflowEngine } from "./engine/create-workflow-engine.js";
export type {
  ContextOption,
  EngineOptions,
  EngineTuning,
  SerializerLike,
} from "./engine/engine-options.js";
export type {
  CreateWorkflowEngine,
  WorkflowDispatch,
  WorkflowEngine,
} from "./engine/engine-types.js";
export type * from "./engine/operation-types.js";
export type { RunHandle, StartedRunHandle } from "./engine/run-handle-types.js";
export type { SendEventOptions, StartOptions } from "./engine/start-types.js";
export type { PrismaLike, PrismaRaw, TransactionOf } from "./core/prisma-like.js";
export { migrate } from "./store/migrate.js";

// Runs
export type { RunError } from "./core/run-error-types.js";
export type * from "./core/run-summary-types.js";
export type * from "./core/run-types.js";
export type * from "./core/workflow-step-types.js";
export type { TypesList } from "./core/workflow-list-types.js";

// Errors
export * from "./core/errors.js";

// The router
export {
  createWorkflowRouter,
  type WorkflowRouterOptions,
} from "./router/create-workflow-router.js";
export type * from "./router/router-access-types.js";
export type * from "./router/router-input-types.js";
export type * from "./router/router-record-types.js";
