import superjson from "superjson";
import {
  createWorkflowEngine,
  type RunHandle,
  type TypesList,
  type WorkflowDispatch,
  type WorkflowEngine,
} from "./api.js";
import { assertType, type IsAny } from "./assert-type.js";
import {
  checkout,
  nightly,
  onboarding,
  reportV1,
  reportV2,
  reportV3,
  shipping,
} from "./fixtures/workflows.js";
import type { PrismaClient } from "../../test-databases/generated/sqlite/client.js";

declare const prisma: PrismaClient;
declare const id: string;
declare const coin: boolean;
const extended = prisma.$extends({ model: { account: { async hello() {} } } });

// Exported under `declaration: true`: the context of `onboarding` is private to its file, so this
// compiles only while neither it nor a Prisma type is part of the engine's type.
export const engine = createWorkflowEngine({
  prisma,
  workflows: [checkout, shipping, nightly, reportV1, reportV2, reportV3, onboarding],
  context: () => ({ mailer: { send: async () => {} } }),
});
export const small = createWorkflowEngine({ prisma: extended, workflows: [checkout, shipping] });
const list = [checkout, shipping];
export const fromArray = createWorkflowEngine({ prisma, workflows: list });

assertType<
  typeof small,
  WorkflowEngine<readonly [(typeof checkout)["~types"], (typeof shipping)["~types"]]>
>();

createWorkflowEngine({
  prisma,
  workflows: [checkout],
  lease: "15s",
  settle: "30s",
  maxRecoveries: 20,
  maxPayloadBytes: 1_048_576,
  maxHistory: 10_000,
  serializer: superjson,
  logger: console,
  listen: "postgresql://localhost/app",
});
// @ts-expect-error a literal duration is checked
createWorkflowEngine({ prisma, workflows: [checkout], lease: "15 secs" });
// @ts-expect-error what is listed is a workflow
createWorkflowEngine({ prisma, workflows: ["checkout"] });

export async function start() {
  const run = await engine.start(checkout, { orderId: "1", amount: 120 }, { idempotencyKey: "1" });
  assertType<Awaited<ReturnType<typeof run.result>>, { receipt: string; paidAt: Date }>();
  assertType<typeof run.id, string>();
  assertType<typeof run.created, boolean>();
  const named = await engine.start("checkout", { orderId: "1", amount: 120 });
  assertType<Awaited<ReturnType<typeof named.result>>, { receipt: string; paidAt: Date }>();
  // @ts-expect-error no such name
  await engine.start("chekout", { orderId: "1", amount: 120 });
  // @ts-expect-error input by name
  await engine.start("checkout", { orderId: 1, amount: 120 });
  // @ts-expect-error input by definition
  await engine.start(checkout, { orderId: "1" });
  // @ts-expect-error the input is missing
  await engine.start(checkout);
  // @ts-expect-error no such field
  await engine.start(checkout, { orderId: "1", amount: 1, currency: "EUR" });
  // @ts-expect-error not listed
  await small.start(onboarding, { email: "ada@example.org" });

  await engine.start("nightly");
  await engine.start(nightly, undefined, { tags: ["night"] });
  // @ts-expect-error it takes no input
  await engine.start(nightly, { orderId: "1" });
  await engine.start(shipping, { at: "2026" });
  await fromArray.start("checkout", { orderId: "1", amount: 120 });

  // A name that is not known before run time.
  const dynamic = await small.start(coin ? "checkout" : "shipping", {
    orderId: "",
    amount: 1,
    at: "2026",
  });
  assertType<typeof dynamic.id, string>();

  await engine.start("nightly", undefined, { delay: "1 hour", owner: "ada", priority: 1, id: "1" });
  await engine.start("nightly", undefined, { startAt: new Date() });
  // @ts-expect-error one or the other
  await engine.start("nightly", undefined, { delay: "1 hour", startAt: new Date() });
  // @ts-expect-error a literal duration is checked
  await engine.start("nightly", undefined, { delay: "an hour" });
  await prisma.$transaction(async (tx) => {
    await engine.start("nightly", undefined, { tx });
    await engine.sendEvent(id, "approved", { by: "ada" }, { tx });
  });
  await extended.$transaction(async (tx) => {
    await engine.start("nightly", undefined, { tx });
  });
}

export async function versions() {
  // A name is the last version listed that is not deprecated, a definition means itself.
  const newest = await engine.start("report", { year: 2026 });
  assertType<Awaited<ReturnType<typeof newest.result>>, { pages: number }>();
  // @ts-expect-error the input of an older version
  await engine.start("report", { month: "May" });
  // @ts-expect-error the input of a deprecated version
  await engine.start("report", { draft: 1 });
  const first = await engine.start(reportV1, { month: "May" });
  assertType<Awaited<ReturnType<typeof first.result>>, "v1">();
  const draft = await engine.start(reportV3, { draft: 1 });
  assertType<Awaited<ReturnType<typeof draft.result>>, number>();
}

export async function sendEvents() {
  await engine.sendEvent(id, "approved", { by: "ada" });
  await engine.sendEvent(id, "picked", { count: "1" }, { dedupeKey: "1" });
  await engine.sendEvent(id, "lost");
  // @ts-expect-error no workflow has such an event
  await engine.sendEvent(id, "aproved", { by: "ada" });
  // @ts-expect-error the payload does not fit
  await engine.sendEvent(id, "approved", { bye: "ada" });
  // @ts-expect-error the payload is missing
  await engine.sendEvent(id, "approved");
}

export async function handles() {
  const run = engine.getHandle(id, checkout);
  const { get, result, watch, cancel, sendEvent } = run;
  assertType<typeof run.id, string>();
  assertType<Awaited<ReturnType<typeof get>>["workflow"], "checkout">();
  assertType<Awaited<ReturnType<typeof result>>, { receipt: string; paidAt: Date }>();
  await result({ timeout: "1 minute", signal: AbortSignal.abort() });
  // @ts-expect-error a literal duration is checked
  await result({ timeout: "1 min" });
  for await (const { workflow } of watch({ after: 3 })) assertType<typeof workflow, "checkout">();
  await cancel({ compensate: false, actor: "ada", reason: "ordered twice" });
  await sendEvent("approved", { by: "ada" });
  // @ts-expect-error an event of another workflow
  await sendEvent("picked", { count: "1" });
  // @ts-expect-error a handle is on an existing run
  void run.created;

  const named = engine.getHandle(id, "report");
  assertType<Awaited<ReturnType<typeof named.get>>["version"], "1" | "2" | "3">();
  // @ts-expect-error no such name
  engine.getHandle(id, "reports");
  const untyped = engine.getHandle(id);
  assertType<
    Awaited<ReturnType<typeof untyped.get>>["workflow"],
    "checkout" | "shipping" | "nightly" | "report" | "onboarding"
  >();
  assertType<IsAny<Awaited<ReturnType<typeof untyped.result>>>, false>();
  engine.getHandle(id, checkout) satisfies RunHandle<(typeof checkout)["~types"]>;
}

export async function operate() {
  const by = { actor: "ada", reason: "by hand" };
  assertType<Awaited<ReturnType<typeof engine.cancel>>, void>();
  await engine.cancel(id, { compensate: false, ...by });
  await engine.retry(id, { from: "charge#2", ...by });
  await engine.pause(id, by);
  await engine.resume(id, by);
  await engine.skipStep(id, "charge", { id: "1" }, by);
  await engine.wake(id, { step: "settle", ...by });
  await engine.wake(id);
  // @ts-expect-error the option is named `from`
  await engine.retry(id, { step: "charge" });
  // @ts-expect-error no such option
  await engine.pause(id, { compensate: true });
}

export async function listRuns() {
  const page = await engine.list({ workflow: "checkout", status: ["completed", "failed"] });
  assertType<(typeof page.items)[number]["workflow"], "checkout">();
  assertType<typeof page.nextCursor, string | null>();
  await engine.list();
  await engine.list({
    status: "waiting",
    owner: "ada",
    tags: ["a"],
    createdAfter: new Date(),
    createdBefore: new Date(),
    search: "ord",
    limit: 10,
    cursor: page.nextCursor,
  });
  // @ts-expect-error no such workflow
  await engine.list({ workflow: "chekout" });
  // @ts-expect-error no such status
  await engine.list({ status: "done" });
  const item = page.items[0];
  // @ts-expect-error without payloads
  void item?.input;
  // @ts-expect-error without payloads
  void item?.steps;
  assertType<NonNullable<typeof item>["stepCount"], number>();
  if (item?.status === "waiting") assertType<typeof item.waitingFor.name, string>();
}

export async function observe() {
  for await (const part of engine.stream(id, "tokens", { after: "7" })) {
    assertType<typeof part.id, string>();
    assertType<typeof part.stream, "tokens">();
    assertType<typeof part.step, string | null>();
    assertType<typeof part.attempt, number | null>();
    if (part.reset === undefined) assertType<typeof part.value, string>();
    else assertType<typeof part.value, undefined>();
  }
  for await (const part of engine.stream(id, "undeclared")) {
    if (part.reset === undefined) assertType<typeof part.value, unknown>();
  }
  for await (const snapshot of engine.watch(id, { after: 1, signal: AbortSignal.abort() })) {
    assertType<typeof snapshot.revision, number>();
  }
  const logs = await engine.logs(id, { step: "charge", after: null, limit: 10 });
  assertType<typeof logs.nextCursor, string | null>();
  const [line] = logs.items;
  if (line !== undefined) {
    assertType<typeof line.at, Date>();
    assertType<typeof line.level, "debug" | "info" | "warn" | "error">();
    assertType<typeof line.data, unknown>();
    assertType<typeof line.step, string | null>();
    assertType<typeof line.attempt, number | null>();
  }
  const { counts, oldestDueAt, workers } = await engine.stats();
  assertType<(typeof counts)[number]["workflow"], (typeof engine)["~types"][number]["name"]>();
  assertType<typeof oldestDueAt, Date | null>();
  assertType<(typeof workers)[number]["heartbeatAt"], Date>();
  await engine.get(id, { steps: { after: 1_000, limit: 500 } });
}

export async function execute() {
  await engine.startWorker({ concurrency: 8 });
  const { executed } = await engine.work({ until: "idle" });
  assertType<typeof executed, number>();
  await engine.work({ until: "50s" });
  // @ts-expect-error it has to know when to end
  await engine.work({});
  // @ts-expect-error neither `"idle"` nor a duration
  await engine.work({ until: "done" });
  await engine.stop({ drain: "10s" });
  assertType<Awaited<ReturnType<typeof engine.prune>>, number>();
  await engine.prune({ olderThan: "30 days", status: ["completed", "cancelled"] });
  // @ts-expect-error a live run is never pruned
  await engine.prune({ olderThan: "30 days", status: "running" });
  // @ts-expect-error everything is never meant
  await engine.prune({});
}

// The router takes the interface, and knows nothing of the workflows where it does not ask.
declare function typesOf<const TList extends TypesList>(engine: WorkflowDispatch<TList>): TList;
const inferred = typesOf(engine);
assertType<typeof inferred, (typeof engine)["~types"]>();
export async function dispatch(untyped: WorkflowDispatch) {
  const { id: started, created } = await untyped.start("any", { orderId: 1 }, { owner: "ada" });
  assertType<typeof created, boolean>();
  await untyped.sendEvent(started, "any", 1, { dedupeKey: "1" });
  const run = await untyped.get(started);
  assertType<typeof run.workflow, string>();
  assertType<typeof run.input, unknown>();
  const page = await untyped.list({ workflow: "any" });
  assertType<(typeof page.items)[number]["status"], typeof run.status>();
}
