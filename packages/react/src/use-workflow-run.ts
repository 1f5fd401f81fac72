"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RunOptions, RunId } from "./run-hook-types.js";
import { observedRunOptions } from "./observed-run-options.js";
import { otherWorkflowError } from "./other-workflow-error.js";
import { useOnEnded } from "./use-on-ended.js";
import { useRunConnection } from "./use-run-connection.js";
import type { AnyRun, WorkflowCalls } from "./workflow-calls.js";

/** Makes `useWorkflowRun`: the query of a run, kept live while it is mounted. */
export function createUseWorkflowRun(useWorkflow: () => WorkflowCalls) {
  return function useWorkflowRun(
    runId: RunId,
    { workflow: name, onEnded }: RunOptions<AnyRun> = {},
  ) {
    const id = typeof runId === "string" ? runId : null;
    const workflow = useWorkflow();
    const query = useQuery<AnyRun>({
      ...observedRunOptions(useQueryClient(), workflow, id),
      // Never the run before, whatever the app's defaults are.
      placeholderData: () => undefined,
    });
    const { data } = query;
    const otherWorkflow = useMemo(() => otherWorkflowError(data, name), [data, name]);
    const fits = otherWorkflow === undefined;
    const connection = useRunConnection(workflow, fits ? id : null, query);
    useOnEnded(fits ? data : undefined, onEnded);
    if (fits) return { ...query, connection };
    return { ...query, ...NO_DATA, error: otherWorkflow, connection: "closed" };
  };
}

/** What makes an error of a result that has data. */
const NO_DATA = {
  data: undefined,
  status: "error",
  isError: true,
  isSuccess: false,
  isLoadingError: true,
  isRefetchError: false,
} as const;
