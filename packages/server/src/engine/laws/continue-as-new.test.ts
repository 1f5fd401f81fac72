import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, openBench, START, statuses } from "./bench.fixture.js";

/** Counts up, one iteration each. */
const counter = defineWorkflow({
  name: "counter",
  input: z.coerce.number(),
  run: async ({ input, step, run, continueAsNew }) => {
    await step("count", () => input);
    if (input < 3) return continueAsNew(`${input + 1}`);
    return { input, iteration: run.iteration };
  },
});

/** Continues once, and says where that led. */
const onceMore = (version: string, deprecated = false) =>
  defineWorkflow({
    name: "flow",
    version,
    deprecated,
    run: async ({ run, continueAsNew }) =>
      run.iteration === 1 ? continueAsNew() : `${version} ${run.version}`,
  });

describe("continueAsNew", () => {
  it("begins an empty history under the same id, with the parsed input", async () => {
    await using bench = await openBench([counter]);
    const { id } = await bench.engine.start(counter, "1");

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      id,
      status: "completed",
      iteration: 3,
      attempt: 1,
      input: 3,
      output: { input: 3, iteration: 3 },
      stepCount: 1,
    });
    expect(run.steps).toMatchObject([{ key: "count", order: 0, output: 3 }]);
  });

  it("keeps key, owner, tags, priority and creation, and the result goes to who awaits it", async () => {
    await using bench = await openBench([counter]);
    const options = { idempotencyKey: "k", owner: "ada", tags: ["a"], priority: 2 };
    const handle = await bench.engine.start(counter, "1", options);
    const result = handle.result();
    const run = await bench.settled(handle.id);

    expect(run).toMatchObject({ ...options, createdAt: new Date(START) });
    expect(await result).toEqual({ input: 3, iteration: 3 });
    expect(await bench.engine.start(counter, "1", options)).toMatchObject({
      id: handle.id,
      created: false,
    });
  });

  it("refuses an input that does not fit, as an error that the handler can catch", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.number(),
      run: async ({ continueAsNew }) =>
        continueAsNew("one" as never).catch((error: Error) => error.name),
    });
    await using bench = await openBench([flow]);

    expect(await bench.settled((await bench.engine.start(flow, 1)).id)).toMatchObject({
      iteration: 1,
      output: "InputValidationError",
    });
  });

  it("keeps events that nothing took, and not those taken", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.array(z.string()),
      events: { message: z.string() },
      run: async ({ input, waitForEvent, continueAsNew }) => {
        const all = [...input, await waitForEvent("message")];
        return all.length === 3 ? all : continueAsNew(all);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, []);
    for (const text of ["a", "b", "c"]) await bench.engine.sendEvent(id, "message", text);

    expect((await bench.settled(id)).output).toEqual(["a", "b", "c"]);
  });

  it("still recognises an event that was sent before under the same dedupe key", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.array(z.string()),
      events: { message: z.string() },
      run: async ({ input, waitForEvent, continueAsNew }) => {
        const all = [...input, await waitForEvent("message")];
        return all.length === 2 ? all : continueAsNew(all);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, []);
    await bench.engine.sendEvent(id, "message", "a", { dedupeKey: "1" });
    expect((await bench.settled(id)).iteration).toBe(2);
    await bench.engine.sendEvent(id, "message", "a", { dedupeKey: "1" });
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.sendEvent(id, "message", "b", { dedupeKey: "2" });

    expect((await bench.settled(id)).output).toEqual(["a", "b"]);
  });

  it("counts timeout and keys of steps anew", async () => {
    const keys: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      timeout: "90 minutes",
      run: async ({ run, step, sleep, continueAsNew }) => {
        await step("call", ({ idempotencyKey }) => void keys.push(idempotencyKey));
        await sleep("nap", "1 hour");
        return run.iteration === 3 ? "done" : continueAsNew();
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);
    expect((await bench.settled(id)).deadlineAt).toEqual(new Date(START + 2.5 * HOUR));
    await bench.advance(2 * HOUR);

    expect((await bench.settled(id)).output).toBe("done");
    expect(new Set(keys).size).toBe(3);
  });

  it("drops registered undos, and aborts what is in flight", async () => {
    const undone: string[] = [];
    const signals: AbortSignal[] = [];
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step, continueAsNew }) => {
        if (run.iteration === 2) throw new Error("a bug");
        void step("slow", ({ signal }) => {
          signals.push(signal);
          return stuck.promise;
        });
        await step("book", () => 1, { compensate: () => void undone.push("book") });
        return continueAsNew();
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({ status: "failed", steps: [] });
    expect(undone).toEqual([]);
    expect(signals[0]?.aborted).toBe(true);
  });

  it("goes to the newest version that is not deprecated", async () => {
    const [v1, v2, v3] = [onceMore("1"), onceMore("2"), onceMore("3", true)];
    await using bench = await openBench([v1, v2, v3]);

    const run = await bench.settled((await bench.engine.start(v1)).id);
    expect(run).toMatchObject({ version: "2", output: "2 2" });
  });

  it("survives a crash right after it", async () => {
    await using bench = await openBench([counter], {});
    const { id } = await bench.engine.start(counter, "1");
    for (let n = 0; n < 5; n += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await bench.restart();
    }

    expect(await bench.settled(id)).toMatchObject({ iteration: 3, output: { input: 3 } });
  });

  it("cancels running children", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ sleep }) => sleep("long", "1 day"),
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ run, invoke, sleep, continueAsNew }) => {
        if (run.iteration === 2) return "second";
        void invoke("child", child);
        await sleep("nap", "1 hour");
        return continueAsNew();
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe("second");
    const [only] = (await bench.engine.list({ workflow: "child" })).items;
    expect(only?.status).toBe("cancelled");
  });

  it("gives patched a new answer, and publishing its own count", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, patched, emit, step, continueAsNew }) => {
        emit("out", run.iteration);
        await step("a", () => 1);
        emit("out", run.iteration);
        if (run.iteration < 2) return continueAsNew();
        return patched("way");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).output).toBe(true);

    const parts: unknown[] = [];
    for await (const part of bench.engine.stream(id, "out")) parts.push(part.value);
    expect(parts).toEqual([1, 1, 2, 2]);
    expect(statuses(await bench.settled(id))).toEqual({ a: "completed" });
  });
});
