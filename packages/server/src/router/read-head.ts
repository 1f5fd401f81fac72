import type { WorkflowRun } from "../core/run-types.js";
import type { WorkflowDispatch } from "../engine/engine-types.js";

/**
 * A run without its steps: enough to tell whose it is.
 *
 * @throws {RunNotFoundError}
 */
export function readHead(engine: Pick<WorkflowDispatch, "get">, id: string): Promise<WorkflowRun> {
  return engine.get(id, { steps: { after: AFTER_ALL, limit: 1 } });
}

/** The largest place that a step can have. */
const AFTER_ALL = 2 ** 31 - 1;
