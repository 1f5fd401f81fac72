import { createTRPCClient, httpLink } from "@trpc/client";
import { createWorkflowClient } from "@trpc-workflow/client";
import superjson from "superjson";
import { assertType, type IsAny } from "./assert-type.js";
import type { AppRouter, PlainRouter } from "./fixtures/app.js";

const trpc = createTRPCClient<AppRouter>({
  links: [httpLink({ url: "", transformer: superjson })],
});
// Exported under `declaration: true`.
export const workflows = createWorkflowClient(trpc.workflow);

export async function start() {
  const run = await workflows.start("checkout", { orderId: "1", amount: 2 });
  assertType<typeof run.created, boolean>();
  await workflows.start("checkout", { orderId: "1", amount: 2 }, { idempotencyKey: "1", tags: [] });
  // @ts-expect-error no such workflow
  await workflows.start("chekout", { orderId: "1", amount: 2 });
  // @ts-expect-error not its input
  await workflows.start("checkout", { orderId: 1, amount: 2 });
  // @ts-expect-error the input is missing
  await workflows.start("checkout");
  await workflows.start("nightly");
  await workflows.start("nightly", undefined, { startAt: new Date() });
  await workflows.start("report", { year: 2 });
  // @ts-expect-error the input of an older version
  await workflows.start("report", { month: "2" });
  // What a schema takes, not what it makes of it.
  await workflows.start("shipping", { at: "2026" });

  assertType<Awaited<ReturnType<typeof run.result>>, { receipt: string; paidAt: Date }>();
  await run.result({ timeout: "1 minute" });
  // @ts-expect-error not a duration
  await run.result({ timeout: "1 moon" });
  for await (const snapshot of run.watch()) {
    assertType<typeof snapshot.workflow, "checkout">();
    if (snapshot.status === "completed") assertType<typeof snapshot.output.paidAt, Date>();
    if (snapshot.status === "waiting") void snapshot.waitingFor.name;
  }
  await run.sendEvent("approved", { by: "ada" });
  await run.sendEvent("approved", { by: "ada" }, { dedupeKey: "1" });
  await run.sendEvent("noted");
  // @ts-expect-error not its payload
  await run.sendEvent("approved", { by: 1 });
  // @ts-expect-error an event of another workflow
  await run.sendEvent("picked", { count: "1" });
  await run.cancel({ reason: "ordered twice", compensate: false });
}

export async function getHandle(id: string) {
  const any = await workflows.getHandle(id).get();
  assertType<IsAny<typeof any>, false>();
  if (any.workflow === "report" && any.status === "completed") {
    assertType<typeof any.output, "v1" | { pages: number }>();
  }
  const handle = workflows.getHandle(id);
  await handle.sendEvent("picked", { count: "1" });
  await handle.sendEvent("approved", { by: "ada" });
  // @ts-expect-error no workflow has this event
  await handle.sendEvent("aproved", { by: "ada" });
  const typed = workflows.getHandle(id, "shipping");
  assertType<Awaited<ReturnType<typeof typed.result>>, { labels: string[]; at: Date }>();
  // @ts-expect-error no such workflow
  workflows.getHandle(id, "chekout");
}

const plainTrpc = createTRPCClient<PlainRouter>({ links: [httpLink({ url: "" })] });
export const plainWorkflows = createWorkflowClient(plainTrpc.workflow);

export async function withoutTransformer(id: string) {
  const run = await plainWorkflows.getHandle(id).get();
  if (run.workflow === "checkout" && run.status === "completed") {
    assertType<typeof run.output, { receipt: string; paidAt: string }>();
  }
  const lazy = await createWorkflowClient(plainTrpc.lazy).getHandle(id, "checkout").result();
  assertType<typeof lazy, { receipt: string; paidAt: string }>();
}
