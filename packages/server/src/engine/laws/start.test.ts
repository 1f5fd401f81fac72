import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  fakePrisma,
  HOUR,
  MINUTE,
  openBench,
  START,
  stepOf,
} from "./bench.fixture.js";

const greet = defineWorkflow({
  name: "greet",
  input: z.object({ name: z.string().trim().min(1) }),
  run: async ({ input, step }) => step("greeting", () => `hello ${input.name}`),
});

const nightly = defineWorkflow({
  name: "nightly",
  run: async ({ input }) => ({ input: String(input) }),
});

describe("start", () => {
  it("stores and hands out the parsed input", async () => {
    await using bench = await openBench([greet]);
    const { id } = await bench.engine.start(greet, { name: "  ada " });

    const run = await bench.settled(id);
    expect(run).toMatchObject({ input: { name: "ada" }, output: "hello ada" });
  });

  it("parses the input once, over replays and crashes too", async () => {
    let parsed = 0;
    const counted = defineWorkflow({
      name: "counted",
      input: z.number().transform((n) => {
        parsed += 1;
        return n + 1;
      }),
      run: async ({ input, sleep }) => {
        await sleep("a while", "1 hour");
        return input;
      },
    });
    await using bench = await openBench([counted]);
    const { id } = await bench.engine.start(counted, 1);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe(2);
    expect(parsed).toBe(1);
  });

  it("refuses an input that does not fit, with its issues, and leaves no run", async () => {
    await using bench = await openBench([greet]);

    await expect(bench.engine.start(greet, { name: " " })).rejects.toMatchObject({
      name: "InputValidationError",
      issues: [expect.objectContaining({ path: ["name"] })],
    });
    expect((await bench.engine.list()).items).toEqual([]);
  });

  it("takes no input for a workflow without a schema", async () => {
    await using bench = await openBench([nightly]);
    const { id } = await bench.engine.start("nightly");

    expect((await bench.settled(id)).output).toEqual({ input: "undefined" });
  });

  it("resolves only to what exists after a crash", async () => {
    await using bench = await openBench([greet]);
    const { id } = await bench.engine.start(greet, { name: "ada" });
    await bench.restart();

    expect((await bench.settled(id)).status).toBe("completed");
  });

  it("needs no worker: the run waits for one", async () => {
    await using bench = closedBench([greet]);
    const { id, created } = await bench.engine.start(greet, { name: "ada" });
    expect(created).toBe(true);
    expect(await bench.engine.get(id)).toMatchObject({ status: "pending", startedAt: null });

    await bench.startWorker();
    expect((await bench.settled(id)).output).toBe("hello ada");
  });

  it("gives ids of UUIDv7 that ascend", async () => {
    await using bench = closedBench([greet]);
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push((await bench.engine.start(greet, { name: "a" })).id);

    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
  });

  it("keeps owner, tags, priority and key, and shows them to the handler", async () => {
    const shown = defineWorkflow({ name: "shown", run: async ({ run }) => ({ ...run }) });
    await using bench = await openBench([shown]);
    const options = { owner: "ada", tags: ["a", "b"], priority: 3, idempotencyKey: "k" };
    const { id } = await bench.engine.start(shown, undefined, options);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ ...options, attempt: 1, iteration: 1, parent: null });
    expect(run.output).toEqual({
      id,
      workflow: "shown",
      version: "1",
      attempt: 1,
      iteration: 1,
      createdAt: new Date(START),
      owner: "ada",
      tags: ["a", "b"],
      idempotencyKey: "k",
      traceId: null,
    });
  });

  it.each([
    ["an id with a space", { id: "a b" }],
    ["an empty key", { idempotencyKey: "" }],
    ["too many tags", { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
    ["half a priority", { priority: 0.5 }],
    ["a bad duration", { delay: "soon" }],
    ["an invalid date", { startAt: new Date(NaN) }],
    ["delay and startAt", { delay: "1s", startAt: new Date() }],
  ])("refuses %s, and leaves no run", async (_, options) => {
    await using bench = closedBench([greet]);

    await expect(bench.engine.start(greet, { name: "a" }, options as never)).rejects.toMatchObject({
      name: "InvalidArgumentError",
    });
    expect((await bench.engine.list()).items).toEqual([]);
  });

  it("refuses a workflow that the engine does not list, naming those that it does", async () => {
    await using bench = closedBench([greet]);

    await expect(bench.engine.start("greeet", { name: "a" })).rejects.toMatchObject({
      name: "WorkflowNotFoundError",
      message: expect.stringContaining("greet"),
    });
    await expect(bench.engine.start(nightly)).rejects.toMatchObject({
      name: "WorkflowNotFoundError",
    });
  });
});

describe("a later start", () => {
  it.each([
    ["delay", { delay: "1 hour" }],
    ["startAt", { startAt: new Date(START + HOUR) }],
  ])("by %s begins when it is due", async (_, options) => {
    await using bench = await openBench([greet]);
    const { id } = await bench.engine.start(greet, { name: "ada" }, options as never);

    await bench.advance(HOUR - 1);
    expect(await bench.settled(id)).toMatchObject({
      status: "pending",
      startAt: new Date(START + HOUR),
    });
    await bench.advance(1);
    expect(await bench.settled(id)).toMatchObject({
      status: "completed",
      startedAt: new Date(START + HOUR),
    });
  });

  it("is due at once where startAt has passed", async () => {
    await using bench = await openBench([greet]);
    const startAt = new Date(START - HOUR);
    const { id } = await bench.engine.start(greet, { name: "ada" }, { startAt });

    expect(await bench.settled(id)).toMatchObject({ status: "completed" });
  });
});

describe("an idempotency key", () => {
  it("gives one run to any number of starts at the same time", async () => {
    await using bench = await openBench([greet]);
    const starts = Array.from({ length: 20 }, () =>
      bench.engine.start(greet, { name: "ada" }, { idempotencyKey: "order-1" }),
    );
    const handles = await Promise.all(starts);

    expect(new Set(handles.map((handle) => handle.id)).size).toBe(1);
    expect(handles.filter((handle) => handle.created)).toHaveLength(1);
    await bench.settled(handles[0]?.id ?? "");
    expect((await bench.engine.list()).items).toHaveLength(1);
  });

  it("stays with a run that has ended, until that is pruned", async () => {
    await using bench = await openBench([greet]);
    const start = () => bench.engine.start(greet, { name: "ada" }, { idempotencyKey: "order-1" });
    const first = await start();
    await bench.settled(first.id);
    expect(await start()).toMatchObject({ id: first.id, created: false });

    await bench.advance(HOUR);
    expect(await bench.engine.prune({ olderThan: "1 minute" })).toBe(1);
    const second = await start();
    expect(second.created).toBe(true);
    expect(second.id).not.toBe(first.id);
  });

  it("compares the parsed input", async () => {
    await using bench = closedBench([greet]);
    const options = { idempotencyKey: "order-1" };
    const first = await bench.engine.start(greet, { name: "ada" }, options);
    expect(await bench.engine.start(greet, { name: " ada " }, options)).toMatchObject({
      id: first.id,
    });

    await expect(bench.engine.start(greet, { name: "bob" }, options)).rejects.toMatchObject({
      name: "IdempotencyConflictError",
      runId: first.id,
    });
  });

  it("is another one for another workflow and for another owner", async () => {
    await using bench = closedBench([greet, nightly]);
    const options = { idempotencyKey: "order-1" };
    const starts = [
      await bench.engine.start(greet, { name: "ada" }, options),
      await bench.engine.start(nightly, undefined, options),
      await bench.engine.start(greet, { name: "bob" }, { ...options, owner: "bob" }),
      await bench.engine.start(greet, { name: "eve" }, { ...options, owner: "eve" }),
    ];

    expect(starts.map((start) => start.created)).toEqual([true, true, true, true]);
  });

  it("is one per workflow over its versions", async () => {
    const second = defineWorkflow({ name: "nightly", version: "2", run: async () => 2 });
    await using bench = closedBench([nightly, second]);
    const first = await bench.engine.start(nightly, undefined, { idempotencyKey: "k" });

    expect(await bench.engine.start(second, undefined, { idempotencyKey: "k" })).toMatchObject({
      id: first.id,
      created: false,
    });
  });
});

describe("an id", () => {
  it("of the caller's names the run; one in use is refused and changes nothing", async () => {
    await using bench = await openBench([greet]);
    await bench.engine.start(greet, { name: "ada" }, { id: "order:1" });

    await expect(
      bench.engine.start(greet, { name: "bob" }, { id: "order:1" }),
    ).rejects.toMatchObject({ name: "RunExistsError", runId: "order:1" });
    expect((await bench.settled("order:1")).output).toBe("hello ada");
  });
});

describe("a start inside a transaction step", () => {
  it("is refused unless it passes a tx", async () => {
    const child = defineWorkflow({ name: "child", run: async () => 1 });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ transaction }) =>
        transaction("start", () => bench.engine.start("child").then((handle) => handle.id)),
    });
    await using bench = await openBench([parent, child], { prisma: fakePrisma() });
    const { id } = await bench.engine.start(parent);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", error: { name: "TransactionRequiredError" } });
    expect(stepOf(run, "start").attempts).toHaveLength(1);
    expect((await bench.engine.list({ workflow: "child" })).items).toEqual([]);
  });
});

describe("times of a run", () => {
  it("tell creation from the first execution", async () => {
    await using bench = closedBench([greet]);
    const { id } = await bench.engine.start(greet, { name: "ada" });
    await bench.advance(MINUTE);
    await bench.startWorker();

    expect(await bench.settled(id)).toMatchObject({
      createdAt: new Date(START),
      startedAt: new Date(START + MINUTE),
      endedAt: new Date(START + MINUTE),
    });
  });
});
