import { createRunHandle } from "./create-run-handle.js";
import { createLiveRuns } from "./live/create-live-runs.js";
import type { RunShape } from "./live/run-shape.js";
import type { StartOptions, WorkflowClient } from "./workflow-client-types.js";
import type { EventMap, InputMap, WorkflowProcedures } from "./workflow-procedures.js";

/**
 * A client of the workflow router that the app nests: it works wherever a tRPC client does, and needs no
 * framework. Its link decides how runs are watched: with `httpSubscriptionLink` (an `EventSource`
 * ponyfill in Node) or `wsLink` live, with neither by polling.
 *
 * @example
 * ```ts
 * const trpc = createTRPCClient<AppRouter>({ links });
 * const workflows = createWorkflowClient(trpc.workflow);
 * const run = await workflows.start("checkout", { orderId, amount: 120 });
 * ```
 */
export function createWorkflowClient<T extends WorkflowProcedures>(
  procedures: T,
): WorkflowClient<
  Awaited<ReturnType<T["get"]["query"]>>,
  InputMap<Parameters<T["start"]["mutate"]>[0]>,
  EventMap<Parameters<T["sendEvent"]["mutate"]>[0]>
> {
  const calls: WorkflowProcedures = procedures;
  const runs = createLiveRuns<RunShape>({
    subscribe: (id, lastEventId, observer) => calls.watch.subscribe({ id, lastEventId }, observer),
    get: (id, signal) => calls.get.query({ id }, { signal }),
  });

  async function start(workflow: string, input: unknown, options: StartOptions = {}) {
    const { signal, ...rest } = options;
    const { id, created } = await calls.start.mutate({ workflow, input, ...rest }, { signal });
    return { ...createRunHandle(calls, runs, id, workflow), created };
  }

  // Typed by hand: what the procedures take and give is checked by the server.
  return {
    start,
    getHandle: (id: string, workflow?: string) => createRunHandle(calls, runs, id, workflow),
  } as unknown as ReturnType<typeof createWorkflowClient<T>>;
}
