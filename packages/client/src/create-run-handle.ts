import { awaitResult } from "./await-result.js";
import type { LiveRuns } from "./live/create-live-runs.js";
import type { RunShape } from "./live/run-shape.js";
import { watchRun } from "./watch-run.js";
import type { RunHandle } from "./workflow-client-types.js";
import type { WorkflowProcedures } from "./workflow-procedures.js";

/** A handle on a run; where the workflow is named, events go to a run of that workflow only. */
export function createRunHandle(
  procedures: WorkflowProcedures,
  runs: LiveRuns<RunShape>,
  id: string,
  workflow?: string,
): RunHandle<unknown, { [event: string]: unknown }> {
  return {
    id,
    get: async ({ signal } = {}) => await procedures.get.query({ id }, { signal }),
    result: async (options) => (await awaitResult(runs, id, options)) as never,
    watch: ({ signal } = {}) => watchRun(runs, id, signal),
    cancel: async (options = {}) => await procedures.cancel.mutate({ id, ...options }),
    sendEvent: async (event, payload?: unknown, options = {}) =>
      await procedures.sendEvent.mutate({ id, workflow, event, payload, ...options }),
  };
}
