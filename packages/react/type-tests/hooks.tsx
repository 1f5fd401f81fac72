import { skipToken, useInfiniteQuery } from "@tanstack/react-query";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type Connection, createWorkflowHooks } from "@trpc-workflow/react";
import { assertType, type IsAny } from "./assert-type.js";
import type { AppRouter, PlainRouter } from "./fixtures/app.js";

export const { useTRPC, TRPCProvider } = createTRPCContext<AppRouter>();
// Exported under `declaration: true`.
export const {
  useCancelRun,
  useRetryRun,
  useSendEvent,
  useStartWorkflow,
  useSuspenseWorkflowRun,
  useWorkflowRun,
  useWorkflowRuns,
  useWorkflowStream,
} = createWorkflowHooks(() => useTRPC().workflow);

export function Run({ runId }: { runId: string | null }) {
  const {
    data: run,
    isPending,
    error,
    connection,
  } = useWorkflowRun(runId, { onEnded: (ended) => void ended.status });
  assertType<IsAny<typeof run>, false>();
  assertType<IsAny<typeof error>, false>();
  assertType<typeof connection, Connection>();
  if (run?.workflow === "checkout" && run.status === "completed") {
    assertType<typeof run.output, { receipt: string; paidAt: Date }>();
  }
  if (run?.workflow === "checkout" && run.status === "running") {
    assertType<typeof run.output, null>();
  }
  if (!isPending && error === null) assertType<typeof run, NonNullable<typeof run>>();
  if (error !== null) {
    assertType<typeof error.message, string>();
    void error.data?.code;
  }
  useWorkflowRun(skipToken);
  // @ts-expect-error an id is text
  useWorkflowRun(1);

  const one = useWorkflowRun(runId, {
    workflow: "checkout",
    onEnded: (ended) => assertType<typeof ended.workflow, "checkout">(),
  });
  if (one.isSuccess && one.data.status === "completed") {
    assertType<typeof one.data.output.receipt, string>();
  }
  // @ts-expect-error no such workflow
  useWorkflowRun(runId, { workflow: "chekout" });
  return null;
}

export function SuspendedRun({ id }: { id: string }) {
  const { data, connection } = useSuspenseWorkflowRun(id);
  assertType<IsAny<typeof data>, false>();
  assertType<typeof connection, Connection>();
  void data.status;
  const named = useSuspenseWorkflowRun(id, { workflow: "nightly" });
  if (named.data.status === "completed") assertType<typeof named.data.output, number>();
  // @ts-expect-error there is nothing to suspend for
  useSuspenseWorkflowRun(null);
  return null;
}

export function Mutations() {
  const start = useStartWorkflow("checkout", {
    onSuccess: (started) => assertType<typeof started, { id: string; created: boolean }>(),
  });
  start.mutate({ orderId: "1", amount: 2 });
  // @ts-expect-error not its input
  start.mutate({ orderId: 1, amount: 2 });
  // @ts-expect-error the input is missing
  start.mutate();
  useStartWorkflow("nightly").mutate();
  // @ts-expect-error no such workflow
  useStartWorkflow("chekout");
  void start
    .mutateAsync({ orderId: "1", amount: 2 })
    .then(({ id }) => assertType<typeof id, string>());

  const send = useSendEvent("checkout");
  send.mutate({ id: "1", event: "approved", payload: { by: "ada" } });
  send.mutate({ id: "1", event: "noted" });
  // @ts-expect-error not its payload
  send.mutate({ id: "1", event: "approved", payload: { by: 1 } });
  // @ts-expect-error an event of another workflow
  send.mutate({ id: "1", event: "picked", payload: { count: "1" } });
  // @ts-expect-error this workflow has no events
  useSendEvent("nightly");

  useCancelRun().mutate({ id: "1", reason: "ordered twice", compensate: false });
  useRetryRun().mutate({ id: "1", from: "charge" });
  // @ts-expect-error the id is missing
  useRetryRun().mutate({ from: "charge" });
  return null;
}

export function Runs() {
  const runs = useWorkflowRuns({ workflow: "checkout", status: ["failed"], limit: 20 });
  for (const run of runs.data?.pages.flatMap(({ items }) => items) ?? []) {
    assertType<typeof run.workflow, "checkout">();
    // @ts-expect-error without payloads
    void run.input;
  }
  const all = useWorkflowRuns().data?.pages[0]?.items[0];
  assertType<IsAny<typeof all>, false>();
  // @ts-expect-error no such workflow
  useWorkflowRuns({ workflow: "chekout" });
  // @ts-expect-error the cursor is the query's own
  useWorkflowRuns({ cursor: "1" });

  const { workflow } = useTRPC();
  const own = useInfiniteQuery(
    workflow.list.infiniteQueryOptions(
      { workflow: "checkout" },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  );
  void own.data?.pages[0]?.items[0]?.status;
  return null;
}

export function Streams({ runId }: { runId: string | null }) {
  const { values, connection, error } = useWorkflowStream(runId, "tokens");
  assertType<typeof values, readonly string[]>();
  assertType<typeof connection, Connection>();
  void error?.data?.code;
  assertType<ReturnType<typeof useScores>, readonly { at: Date }[]>();
  const other = useWorkflowStream(runId, "undeclared");
  assertType<typeof other.values, readonly unknown[]>();
  return null;
}

function useScores() {
  return useWorkflowStream("1", "scores").values;
}

const prefixed = createTRPCContext<AppRouter, { keyPrefix: true }>();
const { useWorkflowRun: usePrefixedRun } = createWorkflowHooks(() => prefixed.useTRPC().workflow);

const plain = createTRPCContext<PlainRouter>();
const { useWorkflowRun: usePlainRun } = createWorkflowHooks(() => plain.useTRPC().workflow);

export function usePaidAt(id: string) {
  const { data } = usePrefixedRun(id, { workflow: "checkout" });
  if (data?.status === "completed") assertType<typeof data.output.paidAt, Date>();
  const { data: other } = usePlainRun(id, { workflow: "checkout" });
  if (other?.status === "completed") assertType<typeof other.output.paidAt, string>();
}
