import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TRPCError } from "@trpc/server";
import { CorruptRowError, isWorkflowError } from "../core/errors.js";
import { createTestEngine } from "../testing/create-test-engine.js";
import { failing, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";
import { connect, errorData, serve, type Served, t } from "./http.fixture.js";

async function createApp() {
  const test = await createTestEngine({ workflows: [order, failing] });
  const router = t.router({
    workflow: createWorkflowRouter(test.engine, { procedure: t.procedure, owner: () => "ada" }),
  });
  const { id } = await test.engine.start(order, { amount: 1 }, { owner: "ada" });
  await test.settled(id);
  return { test, router, id };
}

type App = Awaited<ReturnType<typeof createApp>>;

let app: App;
let served: Served;
let url: string;
let client: ReturnType<typeof connect<App["router"]>>["workflow"];

beforeAll(async () => {
  app = await createApp();
  served = await serve(app.router);
  url = served.url;
  client = connect<App["router"]>(url, "ada").workflow;
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await app.test[Symbol.asyncDispose]();
});

/** What a client that knows no types is told. */
async function refusal(call: Promise<unknown>) {
  const told = await call.then(
    () => expect.fail("It was taken."),
    (error: unknown) => errorData(error),
  );
  expect(told.stack).toBeUndefined();
  return told;
}

const untyped = (input: object): never => input as never;

const BAD_STARTS: [what: string, input: object, message: string][] = [
  ["no workflow", {}, "workflow: must be text; it is missing"],
  ["a workflow that is no text", { workflow: 1 }, "workflow: must be text; it is 1"],
  ["tags that are no list", { workflow: "order", tags: "a" }, 'tags: must be a list; it is "a"'],
  [
    "two issues at once",
    { workflow: "order", tags: ["a", 1], startAt: "tomorrow" },
    'tags[1]: must be text; it is 1; startAt: must be a valid date; it is "tomorrow"',
  ],
  [
    "a long key",
    { workflow: "order", input: { amount: 1 }, idempotencyKey: "k".repeat(256) },
    "idempotencyKey must be",
  ],
  ["an empty tag", { workflow: "order", input: { amount: 1 }, tags: [""] }, "tags[0] must be"],
  ["an input that does not fit", { workflow: "order", input: { amount: -1 } }, "amount: Too small"],
  ["a missing input", { workflow: "order" }, "expected object, received undefined"],
];

it.each(BAD_STARTS)("start refuses %s, by path and text", async (_, input, message) => {
  const told = await refusal(client.start.mutate(untyped(input)));
  expect(told.code).toBe("BAD_REQUEST");
  expect(told.message).toContain(message);
});

it("an unknown workflow is not found, and its name not repeated at any length", async () => {
  const unknown = await refusal(client.start.mutate(untyped({ workflow: "nothing" })));
  expect(unknown).toMatchObject({ code: "NOT_FOUND", message: 'There is no workflow "nothing".' });
  const long = await refusal(client.start.mutate(untyped({ workflow: "x".repeat(10_000) })));
  expect(long.code).toBe("BAD_REQUEST");
  expect(long.message.length).toBeLessThan(200);
});

const BAD_QUERIES: [what: string, call: () => Promise<unknown>][] = [
  ["an id that is no text", () => client.get.query(untyped({ id: 1 }))],
  ["an id that is null", () => client.get.query(untyped({ id: null }))],
  ["no input", () => client.get.query(undefined as never)],
  ["a list for an object", () => client.get.query(untyped([]))],
  ["a status that is none", () => client.list.query(untyped({ status: "done" }))],
  [
    "a status among others that is none",
    () => client.list.query(untyped({ status: ["failed", 1] })),
  ],
  ["a limit of 0", () => client.list.query({ limit: 0 })],
  ["a limit of 201", () => client.list.query({ limit: 201 })],
  ["a limit that is text", () => client.list.query(untyped({ limit: "10" }))],
  [
    "a limit that has its own toString",
    () => client.list.query(untyped({ limit: { toString: 1 } })),
  ],
  ["a limit that is a big integer", () => client.list.query(untyped({ limit: 10n }))],
  ["a date that is none", () => client.list.query({ createdAfter: new Date(Number.NaN) })],
  ["a date without an offset", () => client.list.query(untyped({ createdAfter: "2026-01-01" }))],
  ["a search that is no text", () => client.list.query(untyped({ search: ["a"] }))],
  ["a search with NUL", () => client.list.query({ search: "\0" })],
  ["a cursor of nothing", () => client.list.query({ cursor: "" })],
  ["a cursor of garbage", () => client.list.query({ cursor: "bm9wZQ" })],
  [
    "a cursor that was put together by hand",
    () => client.list.query({ cursor: forge({ v: 1, createdAt: "0", id: "' OR 1=1 --" }) }),
  ],
  [
    "a cursor of another version",
    () => client.list.query({ cursor: forge({ v: 2, createdAt: 0, id: "a" }) }),
  ],
  ["a cursor of 10 KB", () => client.list.query({ cursor: "a".repeat(10_000) })],
  ["an `after` of logs that is none", () => client.logs.query({ id: app.id, after: "x" })],
  ["a limit of logs that is too large", () => client.logs.query({ id: app.id, limit: 1_001 })],
];

function forge(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

it.each(BAD_QUERIES)("queries refuse %s", async (_, call) => {
  expect((await refusal(call())).code).toBe("BAD_REQUEST");
});

const BAD_MUTATIONS: [what: string, call: (id: string) => Promise<unknown>][] = [
  ["an unknown event", (id) => client.sendEvent.mutate({ id, event: "nothing" })],
  ["an event that is no text", (id) => client.sendEvent.mutate(untyped({ id, event: {} }))],
  ["an event of 1 MB", (id) => client.sendEvent.mutate({ id, event: "e".repeat(1_000_000) })],
  [
    "a payload that does not fit",
    (id) => client.sendEvent.mutate({ id, event: "approved", payload: 1 }),
  ],
  [
    "an event of another workflow",
    (id) => client.sendEvent.mutate(untyped({ id, workflow: "failing", event: "approved" })),
  ],
  ["an empty dedupe key", (id) => client.sendEvent.mutate({ id, event: "lost", dedupeKey: "" })],
  ["a step that is unknown", (id) => client.skipStep.mutate({ id, step: "nothing" })],
  ["a step that is missing", (id) => client.skipStep.mutate(untyped({ id }))],
  ["a compensate that is text", (id) => client.cancel.mutate(untyped({ id, compensate: "no" }))],
  ["a reason that is none", (id) => client.pause.mutate(untyped({ id, reason: 1 }))],
];

it.each(BAD_MUTATIONS)("mutations refuse %s, and do nothing", async (_, call) => {
  const { revision } = await app.test.engine.get(app.id);
  const told = await refusal(call(app.id));
  expect(told.code).toBe("BAD_REQUEST");
  expect(told.message.length).toBeLessThan(500);
  expect(await app.test.engine.get(app.id)).toMatchObject({ revision });
});

describe("what is too large", () => {
  const megabytes = "x".repeat(10 * 1024 * 1024);

  it("as an input", async () => {
    const input = { amount: 1, lines: [megabytes] };
    const told = await refusal(client.start.mutate({ workflow: "order", input }));
    expect(told.code).toBe("PAYLOAD_TOO_LARGE");
    expect(told.message.length).toBeLessThan(500);
  });

  it("as a payload, an id, a name", async () => {
    const { id } = app;
    const payload = { by: megabytes };
    const codes = [
      client.sendEvent.mutate({ id, event: "approved", payload }),
      client.cancel.mutate({ id: megabytes }),
      client.sendEvent.mutate({ id, event: megabytes }),
      client.start.mutate(untyped({ workflow: megabytes })),
    ].map(async (call) => (await refusal(call)).code);
    expect(await Promise.all(codes)).toEqual([
      "PAYLOAD_TOO_LARGE",
      "NOT_FOUND",
      "BAD_REQUEST",
      "BAD_REQUEST",
    ]);
  });
});

it.each([
  ["GET", "workflow.get"],
  ["GET", "workflow.get?input=%7B"],
  ["GET", "workflow.get?input=%22text%22"],
  ["GET", "workflow.list?input=%7B%22json%22%3A%5B%5D%7D"],
  ["POST", "workflow.start"],
])("%s %s, as no client sends it, is no error of the server", async (method, path) => {
  const response = await fetch(`${url}/${path}`, {
    method,
    ...(method === "POST"
      ? { body: '{"json":', headers: { "content-type": "application/json" } }
      : {}),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain(".ts:");
});

it("hands the library's error with its issues to the app as the cause", async () => {
  const caller = app.router.createCaller({ token: "ada" }).workflow;
  const causes = [
    caller.start({ workflow: "order", input: { amount: -1 } }),
    caller.get(untyped({ id: 1 })),
  ].map((call) =>
    call.catch((error: unknown) => (error instanceof TRPCError ? error.cause : error)),
  );
  const [byWorkflow, byRouter] = await Promise.all(causes);
  expect(isWorkflowError(byWorkflow, "INPUT_VALIDATION") && byWorkflow.issues).toMatchObject([
    { path: ["amount"] },
  ]);
  expect(isWorkflowError(byRouter, "INPUT_VALIDATION") && byRouter.issues).toEqual([
    { path: ["id"], message: "must be text; it is 1" },
  ]);
});

it("tells clients of an error of the database no more than that there was one", async () => {
  const engine: typeof app.test.engine = {
    ...app.test.engine,
    stats: corrupt,
  };
  const router = t.router(
    createWorkflowRouter(engine, { procedure: t.procedure, access: "public" }),
  );
  await using broken = await serve(router);
  const told = await refusal(connect<typeof router>(broken.url, "ada").stats.query());
  expect(told).toMatchObject({
    code: "INTERNAL_SERVER_ERROR",
    message: "The workflow engine could not answer.",
  });
});

function corrupt(): Promise<never> {
  const error = new CorruptRowError("workflow_run 7 holds hunter2", {
    table: "workflow_run",
    id: "7",
    column: "status",
  });
  return Promise.reject(error);
}
