import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestEngine } from "../testing/create-test-engine.js";
import { createSessions, failing, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";
import { codeOf, connect, serve, type Served, subscribe, t } from "./http.fixture.js";
import type { RouterAction } from "./router-access-types.js";

async function createApp() {
  const test = await createTestEngine({ workflows: [order, failing] });
  const sessions = createSessions();
  const asked: { action: RouterAction; workflow: string | undefined; id: string | undefined }[] =
    [];
  const router = t.router({
    workflow: createWorkflowRouter(test.engine, {
      procedure: t.procedure,
      owner: ({ ctx }) => sessions.userOf(ctx.token),
      authorize: ({ ctx, action, workflow, run }) => {
        asked.push({ action, workflow, id: run?.id });
        return ctx.token !== "barred";
      },
    }),
  });
  return { test, router, asked };
}

type App = Awaited<ReturnType<typeof createApp>>;
type Client = ReturnType<typeof connect<App["router"]>>["workflow"];

let app: App;
let served: Served;

beforeAll(async () => {
  app = await createApp();
  served = await serve(app.router);
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await app.test[Symbol.asyncDispose]();
});

function as(token: string): Client {
  return connect<App["router"]>(served.url, token).workflow;
}

async function startFor(owner: string): Promise<string> {
  const { id } = await app.test.engine.start(order, { amount: 1 }, { owner });
  await app.test.settled(id);
  return id;
}

async function firstOf(subscription: ReturnType<typeof subscribe>): Promise<void> {
  await subscription.until(() => true);
  subscription.unsubscribe();
}

/** Each procedure that is about a run, and what it comes to on a run of one's own that waits. */
const ON_A_RUN: Record<
  string,
  { call: (client: Client, id: string) => Promise<unknown>; own: string }
> = {
  get: { call: (client, id) => client.get.query({ id }), own: "ok" },
  logs: { call: (client, id) => client.logs.query({ id }), own: "ok" },
  watch: { call: (client, id) => firstOf(subscribe(client.watch, { id })), own: "ok" },
  stream: {
    call: (client, id) => firstOf(subscribe(client.stream, { id, stream: "tokens" })),
    own: "ok",
  },
  sendEvent: {
    call: (client, id) => client.sendEvent.mutate({ id, event: "approved", payload: { by: "x" } }),
    own: "ok",
  },
  cancel: { call: (client, id) => client.cancel.mutate({ id }), own: "ok" },
  pause: { call: (client, id) => client.pause.mutate({ id }), own: "ok" },
  resume: { call: (client, id) => client.resume.mutate({ id }), own: "ok" },
  skipStep: {
    call: (client, id) => client.skipStep.mutate({ id, step: "approved", output: { by: "x" } }),
    own: "ok",
  },
  // It is live, and waits without a time: the engine says so, hence the caller was let in.
  retry: { call: (client, id) => client.retry.mutate({ id }), own: "CONFLICT" },
  wake: { call: (client, id) => client.wake.mutate({ id, step: "approved" }), own: "CONFLICT" },
};

describe.each(Object.entries(ON_A_RUN))("%s", (action, { call, own }) => {
  it("reaches a run of one's own", async () => {
    const id = await startFor("ada");
    expect(await codeOf(call(as("ada"), id))).toBe(own);
    expect(app.asked).toContainEqual({ action, workflow: "order", id });
  });

  it("does not find a run of somebody else, and does not ask authorize", async () => {
    const id = await startFor("bob");
    const before = await app.test.engine.get(id);
    app.asked.length = 0;
    expect(await codeOf(call(as("ada"), id))).toBe("NOT_FOUND");
    expect(app.asked).toEqual([]);
    expect(await app.test.engine.get(id)).toEqual(before);
  });

  it("tells a run of somebody else from an unknown one by nothing", async () => {
    const id = await startFor("bob");
    const unknown = id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const messages = [id, unknown].map((one) =>
      call(as("ada"), one).catch((error: Error) => error.message.replace(one, "<id>")),
    );
    const [others, nobodys] = await Promise.all(messages);
    expect(others).toBe("There is no run <id>.");
    expect(nobodys).toBe(others);
  });

  it.each(["", " ", "../../etc", "a".repeat(201), "💥", "a\u0000b", "%"])(
    "does not find what no run can be named: %j",
    async (id) => {
      expect(await codeOf(call(as("ada"), id))).toBe("NOT_FOUND");
    },
  );

  it("is forbidden where authorize says so", async () => {
    const id = await startFor("barred");
    const before = await app.test.engine.get(id);
    expect(await codeOf(call(as("barred"), id))).toBe("FORBIDDEN");
    expect(await app.test.engine.get(id)).toEqual(before);
  });

  it("tells a caller without a session nothing, whether the run exists or not", async () => {
    const id = await startFor("ada");
    expect(await codeOf(call(as(""), id))).toBe("UNAUTHORIZED");
    expect(await codeOf(call(as(""), "unknown"))).toBe("UNAUTHORIZED");
  });
});

describe("list", () => {
  it("has the caller's own runs only, whatever is asked for", async () => {
    const own = await startFor("carol");
    const others = await startFor("dave");
    const client = as("carol");
    expect((await client.list.query()).items.map(({ id }) => id)).toEqual([own]);
    expect((await client.list.query({ owner: "carol" })).items.map(({ id }) => id)).toEqual([own]);
    expect(await client.list.query({ owner: "dave" })).toEqual({ items: [], nextCursor: null });
    expect((await client.list.query({ search: others })).items).toEqual([]);
  });

  it("is not led to the runs of others by a cursor of theirs", async () => {
    await startFor("erin");
    await startFor("erin");
    const own = await startFor("frank");
    await startFor("erin");
    const { nextCursor } = await as("erin").list.query({ limit: 1 });
    expect(nextCursor).toEqual(expect.any(String));
    const page = await as("frank").list.query({ cursor: nextCursor });
    expect(page.items.map(({ id }) => id)).toEqual([own]);
  });
});

describe("start", () => {
  it("starts runs of the caller, whoever is named", async () => {
    const input = { workflow: "order", input: { amount: 1 }, owner: "bob", id: "mine" } as const;
    const { id, created } = await as("ada").start.mutate(input);
    expect(created).toBe(true);
    expect(await app.test.engine.get(id)).toMatchObject({ owner: "ada" });
    expect(id).not.toBe("mine");
  });

  it("keeps the idempotency keys of callers apart", async () => {
    const input = { workflow: "order", input: { amount: 1 }, idempotencyKey: "same" } as const;
    const first = await as("ada").start.mutate(input);
    expect(await as("ada").start.mutate(input)).toEqual({ id: first.id, created: false });
    expect(await as("bob").start.mutate(input)).toMatchObject({ created: true });
  });

  it("asks authorize for the workflow, of those that exist", async () => {
    app.asked.length = 0;
    await as("ada").start.mutate({ workflow: "order", input: { amount: 1 } });
    expect(app.asked).toEqual([{ action: "start", workflow: "order", id: undefined }]);
    const unknown = { workflow: "nothing", input: {} } as never;
    expect(await codeOf(as("ada").start.mutate(unknown))).toBe("NOT_FOUND");
    expect(app.asked).toHaveLength(1);
  });
});

it("counts the caller's own runs in stats, and tells nothing of workers", async () => {
  await startFor("grace");
  await startFor("heidi");
  expect(await as("grace").stats.query()).toEqual({
    counts: [{ workflow: "order", status: "waiting", count: 1 }],
  });
});

const OVERVIEWS: Record<string, (client: Client) => Promise<unknown>> = {
  start: (client) => client.start.mutate({ workflow: "failing" }),
  list: (client) => client.list.query(),
  stats: (client) => client.stats.query(),
  definitions: (client) => client.definitions.query(),
};

it.each(Object.entries(OVERVIEWS))("%s is forbidden as a whole by authorize", async (_, call) => {
  expect(await codeOf(call(as("ada")))).toBe("ok");
  expect(await codeOf(call(as("barred")))).toBe("FORBIDDEN");
  expect(await codeOf(call(as("")))).toBe("UNAUTHORIZED");
});

it("names the caller in a run's log as the actor", async () => {
  const id = await startFor("ada");
  await as("ada").cancel.mutate({ id, reason: "ordered twice" });
  const { items } = await as("ada").logs.query({ id });
  expect(items.at(-1)?.data).toEqual({ action: "cancel", actor: "ada", reason: "ordered twice" });
});
