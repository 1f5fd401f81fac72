import { initTRPC } from "@trpc/server";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../core/define-workflow.js";
import { InvalidArgumentError } from "../core/errors.js";
import { createTestEngine } from "../testing/create-test-engine.js";
import { failing, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";

const t = initTRPC.create();

async function createRouterWith(options: object): Promise<unknown> {
  await using test = await createTestEngine({ workflows: [order] });
  return createWorkflowRouter(test.engine, { procedure: t.procedure, ...options } as never);
}

describe("the door", () => {
  it.each<[what: string, options: object]>([
    ["nothing", {}],
    ["undefined", { owner: undefined, authorize: undefined }],
    ["another word than public", { access: "private" }],
    ["true", { access: true }],
    ["public and owner at once", { access: "public", owner: () => "ada" }],
    ["public and authorize at once", { access: "public", authorize: () => true }],
    ["an owner that is no function", { owner: "ada" }],
    ["an authorize that is no function", { authorize: true }],
  ])("does not open for %s", async (_, options) => {
    await expect(createRouterWith(options)).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it("names `owner` and not `access` to who forgot both", async () => {
    await expect(createRouterWith({})).rejects.toThrow(/`owner`/);
    await expect(createRouterWith({})).rejects.not.toThrow(/access/);
  });

  it.each([0, 9, "2 days", "soon"])("takes no recheck of %j", async (recheck) => {
    const options = { access: "public", recheck };
    await expect(createRouterWith(options)).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it("takes no procedure with an input or an output", async () => {
    const input = t.procedure.input(z.object({ tenant: z.string() }));
    const output = t.procedure.output(z.string());
    for (const procedure of [input, output]) {
      const options = { access: "public", procedure };
      await expect(createRouterWith(options)).rejects.toThrow(/without \.input\(\)/);
    }
  });

  it.each(["yes", 1, {}, undefined])("stays shut where authorize answers %j", async (answer) => {
    await using test = await createTestEngine({ workflows: [order] });
    const router = t.router(
      createWorkflowRouter(test.engine, {
        procedure: t.procedure,
        authorize: () => answer as unknown as boolean,
      }),
    );
    await expect(router.createCaller({}).list()).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it.each(["", undefined, null, 7])("knows nobody where owner returns %j", async (owner) => {
    await using test = await createTestEngine({ workflows: [order] });
    const { id } = await test.engine.start(order, { amount: 1 });
    const caller = t
      .router(
        createWorkflowRouter(test.engine, {
          procedure: t.procedure,
          owner: () => owner as unknown as string,
        }),
      )
      .createCaller({});
    await expect(caller.get({ id })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(caller.list()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(caller.stats()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });
});

it("runs behind the middlewares of the app's procedure, with their context", async () => {
  await using test = await createTestEngine({ workflows: [order] });
  const procedure = t.procedure.use(({ next, path }) => next({ ctx: { user: `from ${path}` } }));
  const caller = t
    .router({
      workflow: createWorkflowRouter(test.engine, { procedure, owner: ({ ctx }) => ctx.user }),
    })
    .createCaller({});
  const { id } = await caller.workflow.start({ workflow: "order", input: { amount: 1 } });
  expect(await test.engine.get(id)).toMatchObject({ owner: "from workflow.start" });
});

it("gives authorize the run without its payloads", async () => {
  await using test = await createTestEngine({ workflows: [order] });
  const { id } = await test.engine.start(order, { amount: 1 }, { tags: ["a"] });
  const seen: unknown[] = [];
  const caller = t
    .router(
      createWorkflowRouter(test.engine, {
        procedure: t.procedure,
        authorize: ({ run }) => seen.push(run) > 0,
      }),
    )
    .createCaller({});
  await caller.get({ id });
  const { items } = await test.engine.list();
  expect(seen).toEqual(items);
});

describe("definitions", () => {
  it("have names, versions and the JSON Schemas of inputs and events", async () => {
    const dated = defineWorkflow({
      name: "dated",
      version: "2",
      deprecated: true,
      input: z.object({ at: z.date(), note: z.string().default("none") }),
      run: () => 1,
    });
    await using test = await createTestEngine({ workflows: [order, failing, dated] });
    const caller = t
      .router(createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }))
      .createCaller({});
    const [first, second, third] = await caller.definitions();
    expect(first).toMatchObject({
      name: "order",
      version: "1",
      deprecated: false,
      input: {
        type: "object",
        properties: { amount: { type: "number", exclusiveMinimum: 0 } },
        required: ["amount"],
      },
      events: { approved: { properties: { by: { type: "string" } } } },
    });
    expect(second).toEqual({
      name: "failing",
      version: "1",
      deprecated: false,
      input: null,
      events: {},
    });
    // What JSON Schema has no word for is left open; what has a default need not be sent.
    expect(third).toMatchObject({
      version: "2",
      deprecated: true,
      input: { properties: { at: {}, note: { type: "string" } }, required: ["at"] },
    });
  });

  it("have null where a schema offers no JSON Schema, or refuses to", async () => {
    const bare = {
      "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
    } as const;
    const refusing = {
      "~standard": {
        ...bare["~standard"],
        jsonSchema: {
          input: () => {
            throw new Error("cannot be represented");
          },
        },
      },
    } as const;
    const other = defineWorkflow({
      name: "other",
      input: bare,
      events: { refused: refusing },
      run: () => 1,
    });
    await using test = await createTestEngine({ workflows: [other] });
    const caller = t
      .router(createWorkflowRouter(test.engine, { procedure: t.procedure, access: "public" }))
      .createCaller({});
    expect(await caller.definitions()).toMatchObject([{ input: null, events: { refused: null } }]);
  });
});
