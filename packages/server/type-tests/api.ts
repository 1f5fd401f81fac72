import type { CreateWorkflowEngine } from "../src/engine/engine-types.js";
import type { CrashEverywhere, CreateTestEngine, Replay } from "../src/testing/testing-types.js";

// What is imported is what users import; the engine is declared, since nothing here is executed.
export { defineWorkflow, initWorkflow } from "../src/core/define-workflow.js";
export { NonRetryableError } from "../src/core/errors.js";
export type { PrismaLike, PrismaRaw, TransactionOf } from "../src/core/prisma-like.js";
export type { WorkflowRun, RunOf } from "../src/core/run-types.js";
export type { RunStatus, WorkflowRunSummary } from "../src/core/run-summary-types.js";
export type { WorkflowStep, StepStatus, StepKind } from "../src/core/workflow-step-types.js";
export type {
  AnyWorkflow,
  inferWorkflowEvents,
  inferWorkflowInput,
  inferWorkflowOutput,
} from "../src/core/workflow-types.js";
export type { TypesList } from "../src/core/workflow-list-types.js";
export type { WorkflowDispatch, WorkflowEngine } from "../src/engine/engine-types.js";
export { createWorkflowRouter } from "../src/router/create-workflow-router.js";
export type { RunHandle } from "../src/engine/run-handle-types.js";

export declare const createWorkflowEngine: CreateWorkflowEngine;
export declare const createTestEngine: CreateTestEngine;
export declare const crashEverywhere: CrashEverywhere;
export declare const replay: Replay;
