"use client";

import { type MutationFunctionContext, useMutation, useQueryClient } from "@tanstack/react-query";
import type { MutationCall, WorkflowCalls } from "./workflow-calls.js";

/**
 * A mutation whose success is seen at once: the lists and the run are read again.
 * `toInput` is given a key that is the same for all attempts of one `mutate`, and for no other.
 */
export function useWorkflowMutation<TVariables>(
  workflow: WorkflowCalls,
  call: MutationCall,
  toInput: (variables: TVariables, key: string) => object,
  options: object | undefined,
) {
  const queryClient = useQueryClient();
  const { mutationFn, ...rest } = call.mutationOptions(options);
  return useMutation({
    ...rest,
    mutationFn: async (variables: TVariables, context) => {
      const input = toInput(variables, keyOf(context));
      const answer = await mutationFn(input, context);
      void queryClient.invalidateQueries(workflow.list.pathFilter());
      if ("id" in input) {
        const { queryKey } = workflow.get.queryOptions({ id: String(input.id) });
        void queryClient.invalidateQueries({ queryKey, exact: true });
      }
      return answer;
    },
  });
}

const keys = new WeakMap<MutationFunctionContext, string>();

/** TanStack Query makes one context for each `mutate`, and hands it to each attempt. */
function keyOf(context: MutationFunctionContext): string {
  const key = keys.get(context) ?? randomKey();
  keys.set(context, key);
  return key;
}

/** `crypto.randomUUID` is absent on pages that were not served over HTTPS. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
