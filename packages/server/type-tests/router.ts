import { createTRPCClient, httpLink } from "@trpc/client";
import {
  type inferRouterInputs,
  type inferRouterOutputs,
  initTRPC,
  lazy,
  TRPCError,
} from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";
import { createWorkflowEngine, createWorkflowRouter } from "./api.js";
import { assertType, type IsAny } from "./assert-type.js";
import { engine, small } from "./engine.js";
import { nightly, reportV1, reportV2 } from "./fixtures/workflows.js";
import type { PrismaClient } from "../../test-databases/generated/sqlite/client.js";

declare const prisma: PrismaClient;
declare const id: string;

export interface Context {
  session: { user: { id: string } } | null;
}

const t = initTRPC.context<Context>().meta<{ role?: "admin" }>().create({ transformer: superjson });
const publicProcedure = t.procedure;
const protectedProcedure = t.procedure.use(({ ctx, next }) => {
  if (ctx.session === null) throw new TRPCError({ code: "UNAUTHORIZED" });
  return next({ ctx: { session: ctx.session } });
});

type AnyName = "checkout" | "shipping" | "nightly" | "report" | "onboarding";

// Exported under `declaration: true`: nothing of the engine's contexts or of Prisma is in its type.
export const workflowRouter = createWorkflowRouter(engine, {
  procedure: protectedProcedure,
  owner: ({ ctx }) => ctx.session.user.id,
  authorize: ({ ctx, action, workflow, run }) => {
    assertType<typeof ctx, { session: { user: { id: string } } }>();
    if (action === "start") assertType<typeof workflow, AnyName>();
    if (action === "cancel") assertType<typeof run.owner, string | null>();
    if (action === "list") assertType<typeof run, undefined>();
    if (run?.workflow === "checkout" && run.status === "waiting") void run.waitingFor.name;
    // @ts-expect-error without payloads
    void run?.input;
    return true;
  },
  exposeStacks: true,
  recheck: "5s",
});

createWorkflowRouter(engine, { procedure: publicProcedure, access: "public" });
createWorkflowRouter(engine, { procedure: protectedProcedure, owner: async () => "ada" });
createWorkflowRouter(engine, {
  procedure: protectedProcedure,
  authorize: ({ ctx, action }) => action === "get" && ctx.session.user.id === "1",
});
// @ts-expect-error neither owner, authorize nor access
createWorkflowRouter(engine, { procedure: protectedProcedure });
// @ts-expect-error public and owned contradict
createWorkflowRouter(engine, { procedure: protectedProcedure, access: "public", owner: () => "x" });
// @ts-expect-error a literal duration is checked
createWorkflowRouter(engine, { procedure: publicProcedure, access: "public", recheck: "5 secs" });
createWorkflowRouter(engine, {
  procedure: publicProcedure,
  // @ts-expect-error the session may be null on the public procedure
  owner: ({ ctx }) => ctx.session.user.id,
});
createWorkflowRouter(engine, {
  // @ts-expect-error a procedure that has an input already
  procedure: protectedProcedure.input(z.object({ tenant: z.string() })),
  access: "public",
});
createWorkflowRouter(engine, {
  // @ts-expect-error a procedure that has an output already
  procedure: protectedProcedure.output(z.object({ tenant: z.string() })),
  access: "public",
});

const appRouter = t.router({
  workflow: workflowRouter,
  hello: publicProcedure.query(() => "hi"),
  nested: {
    deep: createWorkflowRouter(small, { procedure: publicProcedure, access: "public" }),
  },
  wrapped: t.router(workflowRouter),
});
export type AppRouter = typeof appRouter;

type In = inferRouterInputs<AppRouter>;
type Out = inferRouterOutputs<AppRouter>;
type Start = In["workflow"]["start"];
type Run = Out["workflow"]["get"];

assertType<In["hello"], void>();
assertType<IsAny<Run>, false>();
assertType<IsAny<Out["workflow"]["list"]>, false>();
assertType<IsAny<Out["workflow"]["watch"]>, false>();
assertType<IsAny<Out["workflow"]["stream"]>, false>();
assertType<Start["workflow"], AnyName>();
assertType<
  Extract<Start, { workflow: "checkout" }>["input"],
  { orderId: string; amount: number }
>();
assertType<Run["workflow"], AnyName>();
assertType<
  Extract<Run, { workflow: "checkout"; status: "completed" }>["output"],
  { receipt: string; paidAt: Date }
>();
// A name stands for the last version that is not deprecated, a run for any.
assertType<Extract<Start, { workflow: "report" }>["input"], { year: number }>();
assertType<Extract<Run, { workflow: "report" }>["version"], "1" | "2" | "3">();
assertType<In["workflow"]["definitions"], void>();
assertType<Out["workflow"]["stats"]["counts"][number]["workflow"], AnyName>();
assertType<Out["workflow"]["definitions"][number]["name"], AnyName>();

const caller = appRouter.createCaller({ session: null });

export async function viaCaller() {
  const started = await caller.workflow.start({
    workflow: "checkout",
    input: { orderId: "1", amount: 1 },
    idempotencyKey: "1",
    tags: ["a"],
    startAt: new Date(),
  });
  assertType<typeof started, { id: string; created: boolean }>();
  // @ts-expect-error the input of another workflow
  await caller.workflow.start({ workflow: "checkout", input: { email: "1" } });
  // @ts-expect-error no such workflow
  await caller.workflow.start({ workflow: "chekout", input: { orderId: "1", amount: 1 } });
  // @ts-expect-error the input is missing
  await caller.workflow.start({ workflow: "checkout" });
  // @ts-expect-error whose run it is, is the server's to say
  await caller.workflow.start({ workflow: "nightly", owner: "ada" });
  await caller.workflow.start({ workflow: "nightly" });
  await caller.workflow.start({ workflow: "shipping", input: { at: "2026" } });

  await caller.workflow.list();
  await caller.workflow.list({ workflow: "report", status: ["failed"], limit: 10, cursor: null });
  // @ts-expect-error no such workflow
  await caller.workflow.list({ workflow: "reports" });
  const { items } = await caller.workflow.list();
  // @ts-expect-error without payloads
  void items[0]?.input;

  await caller.workflow.cancel({ id, compensate: false, reason: "ordered twice" });
  await caller.workflow.retry({ id, from: "charge" });
  await caller.workflow.pause({ id });
  await caller.workflow.resume({ id });
  await caller.workflow.skipStep({ id, step: "charge", output: { id: "1" } });
  await caller.workflow.wake({ id, step: "settle" });
  // @ts-expect-error the actor is the owner
  await caller.workflow.cancel({ id, actor: "ada" });
  const logs = await caller.workflow.logs({ id, step: "charge", after: null, limit: 10 });
  assertType<typeof logs.nextCursor, string | null>();
}

export async function sendEvents() {
  const { sendEvent } = caller.workflow;
  await sendEvent({ id, workflow: "checkout", event: "approved", payload: { by: "ada" } });
  await sendEvent({ id, workflow: "shipping", event: "lost" });
  await sendEvent({ id, event: "whatever", payload: 1, dedupeKey: "1" });
  // @ts-expect-error the payload does not fit
  await sendEvent({ id, workflow: "checkout", event: "approved", payload: { by: 1 } });
  // @ts-expect-error the payload is missing
  await sendEvent({ id, workflow: "checkout", event: "approved" });
  // @ts-expect-error an event of another workflow
  await sendEvent({ id, workflow: "checkout", event: "lost" });
}

export async function narrowing() {
  const run = await caller.workflow.get({ id });
  if (run.workflow === "checkout" && run.status === "completed") {
    assertType<typeof run.output, { receipt: string; paidAt: Date }>();
  }
  // @ts-expect-error not narrowed
  void run.output.receipt;
}

export function subscriptions() {
  const client = createTRPCClient<AppRouter>({
    links: [httpLink({ url: "", transformer: superjson })],
  });
  client.workflow.watch.subscribe(
    { id, lastEventId: "3" },
    {
      onData: (event) => {
        assertType<typeof event.id, string>();
        const run = event.data;
        if (run.workflow === "checkout" && run.status === "completed") {
          assertType<typeof run.output.paidAt, Date>();
        }
      },
    },
  );
  client.workflow.stream.subscribe(
    { id, stream: "tokens" },
    {
      onData: ({ data }) => {
        if (data.stream === "tokens" && data.reset === undefined) {
          assertType<typeof data.value, string>();
        }
      },
    },
  );
}

// Without a transformer dates are text, and narrowing still works.
const plain = initTRPC.create();
const plainRouter = plain.router({
  workflow: createWorkflowRouter(small, { procedure: plain.procedure, access: "public" }),
  lazy: lazy(async () =>
    plain.router(createWorkflowRouter(small, { procedure: plain.procedure, access: "public" })),
  ),
});
export type PlainRouter = typeof plainRouter;

type PlainOut = inferRouterOutputs<PlainRouter>["workflow"];
assertType<IsAny<PlainOut["definitions"][number]["input"]>, false>();
assertType<IsAny<PlainOut["logs"]["items"][number]>, false>();
assertType<IsAny<PlainOut["list"]["items"][number]["error"]>, false>();
assertType<PlainOut["list"]["items"][number]["createdAt"], string>();

export async function withoutTransformer() {
  const client = createTRPCClient<PlainRouter>({ links: [httpLink({ url: "" })] });
  for (const run of [
    await client.workflow.get.query({ id }),
    await client.lazy.get.query({ id }),
  ]) {
    assertType<IsAny<typeof run>, false>();
    if (run.workflow === "checkout" && run.status === "completed") {
      assertType<typeof run.output, { receipt: string; paidAt: string }>();
    }
    if (run.status === "failed") {
      assertType<IsAny<typeof run.error>, false>();
      assertType<typeof run.error.message, string>();
    }
  }
}

// Any stream goes where none is declared.
const undeclared = createWorkflowEngine({ prisma, workflows: [reportV1, reportV2, nightly] });
const undeclaredRouter = t.router(
  createWorkflowRouter(undeclared, { procedure: publicProcedure, access: "public" }),
);
type Undeclared = inferRouterOutputs<typeof undeclaredRouter>["stream"];
export type PartOf<T> = T extends AsyncIterable<{ id: string; data: infer TPart }> ? TPart : never;
assertType<PartOf<Undeclared>["stream"], string>();
assertType<PartOf<Undeclared>["value"], unknown>();
