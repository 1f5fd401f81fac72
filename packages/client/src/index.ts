export { createWorkflowClient } from "./create-workflow-client.js";
export type * from "./workflow-client-types.js";
export type { ResultOptions } from "./await-result.js";
export type { Duration } from "./duration.js";
export {
  ResultTimeoutError,
  RunCancelledError,
  type RunErrorShape,
  RunFailedError,
  type RunWithoutResult,
} from "./errors.js";
export type { EventMap, InputMap, WorkflowProcedures } from "./workflow-procedures.js";
