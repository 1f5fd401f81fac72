import { describe, expect, it } from "vitest";
import type { RunError } from "../core/run-error-types.js";
import { createTestEngine } from "../testing/create-test-engine.js";
import { failing, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";
import { connect, connectPlain, plain, serve, subscribe, t } from "./http.fixture.js";

async function createTest() {
  const test = await createTestEngine({ workflows: [order, failing] });
  return {
    ...test,
    complete: async () => {
      const { id } = await test.engine.start(order, { amount: 1 });
      await test.engine.sendEvent(id, "approved", { by: "eve" });
      expect(await test.settled(id)).toMatchObject({ status: "completed" });
      return id;
    },
    fail: async () => {
      const { id } = await test.engine.start(failing);
      expect(await test.settled(id)).toMatchObject({ status: "failed" });
      return id;
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

describe("with superjson", () => {
  it("values arrive as they went in: Date, BigInt and Map, in runs, steps and snapshots", async () => {
    await using test = await createTest();
    const router = t.router(
      createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }),
    );
    await using served = await serve(router);
    const client = connect<typeof router>(served.url, "ada");
    const id = await test.complete();
    const run = await client.get.query({ id });
    expect(run).toEqual(await test.engine.get(id));
    expect(run.output).toEqual({
      paidAt: expect.any(Date),
      cents: 120n,
      prices: new Map([["pen", 1.5]]),
      by: "eve",
    });
    expect(run.steps[0]?.output).toEqual({ cents: 100n });
    const subscription = subscribe(client.watch, { id });
    await subscription.ended;
    expect(subscription.events).toEqual([{ id: String(run.revision), data: run }]);
  });

  it("inputs arrive as they went in", async () => {
    await using test = await createTest();
    const router = t.router(
      createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }),
    );
    await using served = await serve(router);
    const client = connect<typeof router>(served.url, "ada");
    const { createdAt } = await test.engine.get(await test.complete());
    const startAt = new Date(createdAt.getTime() + 60_000);
    const { id } = await client.start.mutate({ workflow: "order", input: { amount: 1 }, startAt });
    expect(await test.engine.get(id)).toMatchObject({ startAt });
    const { items } = await client.list.query({ createdAfter: createdAt, status: ["pending"] });
    expect(items.map((item) => item.id)).toEqual([id]);
    expect((await client.list.query({ createdBefore: createdAt })).items).toEqual([]);
  });
});

describe("without a transformer", () => {
  it("dates are text both ways, and everything else is what JSON makes of it", async () => {
    await using test = await createTest();
    const router = plain.router(
      createWorkflowRouter(test.engine, { procedure: plain.procedure, access: "public" }),
    );
    await using served = await serve(router);
    const client = connectPlain<typeof router>(served.url, "ada");
    const startAt = new Date("2030-01-01T00:00:00.000Z");
    const { id } = await client.start.mutate({ workflow: "failing", startAt });
    expect(await client.get.query({ id })).toMatchObject({
      workflow: "failing",
      startAt: "2030-01-01T00:00:00.000Z",
      endedAt: null,
    });
    const filter = { createdAfter: new Date("2020-01-01T00:00:00.000Z") };
    expect((await client.list.query(filter)).items).toHaveLength(1);
    const subscription = subscribe(client.watch, { id });
    const { data } = await subscription.until(({ data: { status } }) => status === "pending");
    expect(data.startAt).toBe("2030-01-01T00:00:00.000Z");
    subscription.unsubscribe();
  });
});

/** All that is shown of errors in a run. */
function errorsOf(run: {
  error: RunError | null;
  steps: readonly {
    error: RunError | null;
    attempts: readonly { error: RunError | null }[];
    undo: { error: RunError | null } | null;
  }[];
}): (RunError | null | undefined)[] {
  const perStep = run.steps.map((step) => [
    step.error,
    ...step.attempts.map((attempt) => attempt.error),
    step.undo?.error,
  ]);
  return [run.error, ...perStep.flat()];
}

describe("errors in runs", () => {
  const declined = {
    name: "NonRetryableError",
    message: "card was declined",
    code: "NON_RETRYABLE",
  };
  const noRefund = { name: "NonRetryableError", message: "no refund", code: "NON_RETRYABLE" };
  const shown = [declined, declined, declined, noRefund];

  it("show name, message and code, wherever they stand", async () => {
    await using test = await createTest();
    const router = t.router(
      createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }),
    );
    await using served = await serve(router);
    const client = connect<typeof router>(served.url, "ada");
    const id = await test.fail();
    expect(errorsOf(await client.get.query({ id }))).toEqual(shown);
    expect((await client.list.query()).items.map(({ error }) => error)).toEqual([declined]);
    const subscription = subscribe(client.watch, { id });
    await subscription.ended;
    expect(subscription.events.map(({ data }) => errorsOf(data))).toEqual([shown]);
    expect(errorsOf(await test.engine.get(id))[0]?.stack).toContain("card was declined");
  });

  it("show all with exposeStacks", async () => {
    await using test = await createTest();
    const router = t.router(
      createWorkflowRouter(test.engine, {
        procedure: t.procedure,
        access: "public",
        exposeStacks: true,
      }),
    );
    await using served = await serve(router);
    const client = connect<typeof router>(served.url, "ada");
    const id = await test.fail();
    expect(await client.get.query({ id })).toEqual(await test.engine.get(id));
    expect((await client.get.query({ id })).error).toMatchObject({
      stack: expect.stringContaining("card was declined"),
      cause: { message: "password is hunter2" },
    });
  });

  it("are left as they are for other watchers of the same snapshot", async () => {
    await using test = await createTest();
    const router = t.router(
      createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }),
    );
    const id = await test.fail();
    const shared = await test.engine.get(id);
    const engine: typeof test.engine = {
      ...test.engine,
      get: async () => shared,
      watch: async function* () {
        yield shared;
      },
    };
    const before = structuredClone(shared);
    const caller = t
      .router(createWorkflowRouter(engine, { procedure: t.procedure, access: "public" }))
      .createCaller({ token: "ada" });
    await caller.get({ id });
    for await (const _ of await caller.watch({ id })) expect(shared).toEqual(before);
    expect(errorsOf(await router.createCaller({ token: "ada" }).get({ id }))).toEqual(shown);
  });
});
