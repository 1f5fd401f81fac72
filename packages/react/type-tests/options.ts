import {
  QueryClient,
  useInfiniteQuery,
  useQueries,
  useQuery,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { workflowRunOptions, workflowRunsOptions } from "@trpc-workflow/react";
import { assertType, type IsAny } from "./assert-type.js";
import { type AppRouter, appRouter } from "./fixtures/app.js";

const onServer = createTRPCOptionsProxy<AppRouter>({
  router: appRouter,
  ctx: { user: "ada" },
  queryClient: new QueryClient(),
});

// Exported under `declaration: true`: tRPC's own options cannot be, since it does not name their type.
export const runOptions = (id: string) => workflowRunOptions(onServer.workflow, id);
export const runsOptions = () => workflowRunsOptions(onServer.workflow, { workflow: "checkout" });

// @ts-expect-error no such workflow
workflowRunsOptions(onServer.workflow, { workflow: "chekout" });

export async function load(queryClient: QueryClient) {
  const run = await queryClient.fetchQuery(runOptions("1"));
  assertType<IsAny<typeof run>, false>();
  if (run.workflow === "checkout" && run.status === "completed") {
    assertType<typeof run.output, { receipt: string; paidAt: Date }>();
  }
  const cached = queryClient.getQueryData(runOptions("1").queryKey);
  assertType<typeof cached, typeof run | undefined>();
  await queryClient.prefetchQuery(runOptions("1"));
  await queryClient.prefetchInfiniteQuery(runsOptions());
  const { pages } = await queryClient.fetchInfiniteQuery(runsOptions());
  assertType<(typeof pages)[number]["nextCursor"], string | null>();
}

export function useAll() {
  const { data } = useSuspenseQuery(runOptions("1"));
  void data.status;
  const { error } = useQuery(runOptions("1"));
  void error?.data?.code;
  const [first] = useQueries({ queries: [runOptions("1"), runOptions("2")] });
  void first.data?.status;
  void useInfiniteQuery(runsOptions()).data?.pages[0]?.items[0]?.status;
}
