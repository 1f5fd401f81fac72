import { describe, expect, it } from "vitest";
import { createTestEngine } from "../testing/create-test-engine.js";
import { createSessions, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";
import { connect, errorData, serve, subscribe, t } from "./http.fixture.js";

async function createApp(recheck: "20ms" | "1 hour" = "1 hour") {
  const test = await createTestEngine({ workflows: [order] });
  const sessions = createSessions();
  const barred = new Set<string>();
  let reading = 0;
  let gets = 0;

  async function* counted<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    reading += 1;
    try {
      yield* source;
    } finally {
      reading -= 1;
    }
  }

  const engine: typeof test.engine = {
    ...test.engine,
    get: (...args) => {
      gets += 1;
      return test.engine.get(...args);
    },
    watch: (...args) => counted(test.engine.watch(...args)),
    stream: (...args) => counted(test.engine.stream(...args)),
  };
  const router = t.router({
    workflow: createWorkflowRouter(engine, {
      procedure: t.procedure,
      owner: ({ ctx }) => sessions.userOf(ctx.token),
      authorize: ({ ctx }) => !barred.has(ctx.token ?? ""),
      recheck,
    }),
  });
  const served = await serve(router);
  const client = connect<typeof router>(served.url, "ada").workflow;
  return {
    ...test,
    served,
    sessions,
    client,
    /** How many iterations of the engine's `watch` and `stream` are under way. */
    reading: () => reading,
    /** How often the engine's `get` was called. */
    gets: () => gets,
    bar: (token: string) => void barred.add(token),
    start: async () => {
      const { id } = await test.engine.start(order, { amount: 1 }, { owner: "ada" });
      await test.settled(id);
      return id;
    },
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

const codeOfEnd = async (subscription: { readonly ended: Promise<void> }): Promise<string> =>
  await subscription.ended.then(
    () => "ok",
    (error: unknown) => errorData(error).code,
  );

describe("watch", () => {
  it("gives the state now, then what changes, then ends with the run", async () => {
    await using app = await createApp();
    const id = await app.start();
    const subscription = subscribe(app.client.watch, { id });
    await subscription.until(({ data }) => data.status === "waiting");
    await app.engine.sendEvent(id, "approved", { by: "eve" });
    await app.settled(id);
    await subscription.ended;
    const last = subscription.events.at(-1);
    expect(last?.data).toMatchObject({ status: "completed", output: { by: "eve", cents: 120n } });
    const revisions = subscription.events.map(({ data }) => data.revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
    expect(subscription.events.map((event) => event.id)).toEqual(revisions.map(String));
  });

  it("goes on where it was cut, with nothing twice", async () => {
    await using app = await createApp();
    const id = await app.start();
    const first = subscribe(app.client.watch, { id });
    const { id: lastEventId } = await first.until(({ data }) => data.status === "waiting");
    first.unsubscribe();
    const second = subscribe(app.client.watch, { id, lastEventId });
    await app.engine.pause(id);
    await second.until(({ data }) => data.status === "paused");
    expect(second.events.map((event) => event.id)).not.toContain(lastEventId);
    second.unsubscribe();
  });

  it("ends at once for who has the end already", async () => {
    await using app = await createApp();
    const id = await app.start();
    await app.engine.cancel(id);
    const { revision } = await app.settled(id);
    const subscription = subscribe(app.client.watch, { id, lastEventId: String(revision) });
    await subscription.ended;
    expect(subscription.events).toEqual([]);
  });

  it.each(["abc", "-1", "1.5", "1e3", "007", " 1", "9007199254740993", "a".repeat(500), "0x10"])(
    "refuses the forged lastEventId %j",
    async (lastEventId) => {
      await using app = await createApp();
      const id = await app.start();
      expect(await codeOfEnd(subscribe(app.client.watch, { id, lastEventId }))).toBe("BAD_REQUEST");
      const stream = subscribe(app.client.stream, { id, stream: "tokens", lastEventId });
      expect(await codeOfEnd(stream)).toBe("BAD_REQUEST");
    },
  );

  it("refuses the id of a snapshot that is yet to come", async () => {
    await using app = await createApp();
    const id = await app.start();
    const subscription = subscribe(app.client.watch, { id, lastEventId: "123456" });
    expect(await codeOfEnd(subscription)).toBe("BAD_REQUEST");
  });

  it("reads nothing but what all watchers of the run share", async () => {
    await using app = await createApp("20ms");
    const id = await app.start();
    const watchers = Array.from({ length: 20 }, () => subscribe(app.client.watch, { id }));
    await Promise.all(watchers.map(({ until }) => until(({ data }) => data.status === "waiting")));
    await app.engine.cancel(id);
    await Promise.all(watchers.map(({ ended }) => ended));
    expect(watchers.map(({ events }) => events.at(-1)?.data.status)).toEqual(
      watchers.map(() => "cancelled"),
    );
    expect(app.gets()).toBe(0);
  });

  it("keeps who resumes at the newest snapshot of another's run out", async () => {
    await using app = await createApp("20ms");
    const { id } = await app.engine.start(order, { amount: 1 }, { owner: "bob" });
    const { revision } = await app.settled(id);
    const subscription = subscribe(app.client.watch, { id, lastEventId: String(revision) });
    expect(await codeOfEnd(subscription)).toBe("NOT_FOUND");
  });
});

describe("stream", () => {
  it("gives each part once, over a cut too, and ends with the run", async () => {
    await using app = await createApp();
    const id = await app.start();
    const first = subscribe(app.client.stream, { id, stream: "tokens" });
    const { id: lastEventId } = await first.until(({ data }) => data.value === "a");
    first.unsubscribe();
    const second = subscribe(app.client.stream, { id, stream: "tokens", lastEventId });
    await second.until(({ data }) => data.value === "b");
    await app.engine.sendEvent(id, "approved", { by: "eve" });
    await app.settled(id);
    await second.ended;
    expect(second.events.map(({ data }) => data.value)).toEqual(["b", "c"]);
    expect(second.events[0]?.data).toMatchObject({ stream: "tokens", step: null, attempt: null });
  });

  it("refuses a name that no stream can have", async () => {
    await using app = await createApp();
    const id = await app.start();
    expect(await codeOfEnd(subscribe(app.client.stream, { id, stream: "a#b" }))).toBe(
      "BAD_REQUEST",
    );
  });
});

describe("while it is open", () => {
  it.each(["watch", "stream"] as const)("a revoked session ends a quiet %s", async (procedure) => {
    await using app = await createApp("20ms");
    const id = await app.start();
    const subscription =
      procedure === "watch"
        ? subscribe(app.client.watch, { id })
        : subscribe(app.client.stream, { id, stream: "tokens" });
    await subscription.until(() => true);
    app.sessions.revoke("ada");
    expect(await codeOfEnd(subscription)).toBe("UNAUTHORIZED");
    await expect.poll(app.served.connections).toBe(0);
  });

  it("a session revoked before a change never sees the change", async () => {
    await using app = await createApp("1 hour");
    const id = await app.start();
    const subscription = subscribe(app.client.watch, { id });
    await subscription.until(({ data }) => data.status === "waiting");
    app.sessions.revoke("ada");
    await app.engine.pause(id);
    expect(await codeOfEnd(subscription)).toBe("UNAUTHORIZED");
    expect(subscription.events.map(({ data }) => data.status)).not.toContain("paused");
  });

  it("an authorize that changes its mind ends it", async () => {
    await using app = await createApp("20ms");
    const id = await app.start();
    const subscription = subscribe(app.client.watch, { id });
    await subscription.until(() => true);
    app.bar("ada");
    expect(await codeOfEnd(subscription)).toBe("FORBIDDEN");
  });

  it.each(["watch", "stream"] as const)(
    "a client that leaves a quiet %s is read for no more",
    async (procedure) => {
      await using app = await createApp();
      const id = await app.start();
      const subscription =
        procedure === "watch"
          ? subscribe(app.client.watch, { id })
          : subscribe(app.client.stream, { id, stream: "tokens" });
      await subscription.until(() => true);
      expect(app.reading()).toBe(1);
      subscription.unsubscribe();
      await expect.poll(app.reading).toBe(0);
    },
  );
});
