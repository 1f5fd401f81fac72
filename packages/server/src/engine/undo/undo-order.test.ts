import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { fakePrisma, gate, HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";

/** Does nothing, or fails, and tells what it undid. */
function undoing(undone: string[]) {
  return (name: string) => ({ compensate: () => void undone.push(name), retry: { attempts: 1 } });
}

function fail(): never {
  throw new Error("no");
}

describe("undo", () => {
  it("runs in the reverse order of the steps, the failed one first", async () => {
    const undone: string[] = [];
    const undo = undoing(undone);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, undo("a"));
        await step("b", () => 2, undo("b"));
        await step("c", fail, undo("c"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(undone).toEqual(["c", "b", "a"]);
    expect(run).toMatchObject({
      status: "compensated",
      cause: "error",
      error: { message: "no" },
      output: null,
    });
    expect(statuses(run)).toEqual({ a: "compensated", b: "compensated", c: "compensated" });
    expect(stepOf(run, "c")).toMatchObject({ undo: { status: "completed", attempt: 1 } });
  });

  it("runs parallel branches in the reverse order of their starts, one at a time", async () => {
    const undone: string[] = [];
    const gates = { a: gate(), b: gate(), c: gate() };
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const branch = (name: "a" | "b" | "c") =>
          step(name, () => gates[name].promise, {
            compensate: async () => {
              undone.push(`${name} begins`);
              await new Promise((resolve) => setImmediate(resolve));
              undone.push(`${name} ends`);
            },
          });
        await Promise.all([branch("a"), branch("b"), branch("c")]);
        await step("last", fail, { retry: { attempts: 1 } });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    // They end in another order than they began in.
    for (const name of ["b", "c", "a"] as const) {
      gates[name].open();
      await bench.runDue();
    }

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    const order = ["c", "b", "a"].flatMap((name) => [`${name} begins`, `${name} ends`]);
    expect(undone).toEqual(order);
  });

  it("leaves alone what has no `compensate`, and says so", async () => {
    const undone: string[] = [];
    const undo = undoing(undone);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep, transaction }) => {
        await step("read", () => 1);
        await step("a", () => 1, undo("a"));
        await sleep("a moment", "1 second");
        await transaction("save", () => 2, undo("save"));
        await step("b", fail, { retry: { attempts: 1 } });
      },
    });
    await using bench = await openBench([flow], { prisma: fakePrisma() });
    const { id } = await bench.engine.start(flow);
    await bench.advance(2_000);

    const run = await bench.settled(id);
    expect(undone).toEqual(["save", "a"]);
    expect(statuses(run)).toEqual({
      read: "completed",
      a: "compensated",
      "a moment": "completed",
      save: "compensated",
      b: "failed",
    });
    expect(stepOf(run, "read").undo).toBeNull();
  });

  it("does not undo what the handler never came to", async () => {
    const undone: string[] = [];
    const undo = undoing(undone);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, undo("a"));
        await step("b", fail, { retry: { attempts: 1 } });
        await step("c", () => 1, undo("c"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(undone).toEqual(["a"]);
    expect(run.steps.map((step) => step.key)).toEqual(["a", "b"]);
  });

  it("undoes nothing of a run that completes, failed steps that it caught included", async () => {
    const undone: string[] = [];
    const undo = undoing(undone);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, undo("a"));
        await step("b", fail, undo("b")).catch(() => {});
        return "done";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const run = await bench.settled(id);
    await bench.advance(HOUR);

    expect(run).toMatchObject({ status: "completed", output: "done", cause: null });
    expect(statuses(run)).toEqual({ a: "completed", b: "failed" });
    expect(undone).toEqual([]);
  });

  it("undoes an optional step that failed", async () => {
    const undone: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const compensate = (output: unknown) => void undone.push(output);
        const got = await step("a", fail, { optional: true, retry: { attempts: 1 }, compensate });
        undone.push(`got ${String(got)}`);
        throw new Error("after it");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", error: { message: "after it" } });
    // The handler ran once for the run and once for its undo.
    expect(undone).toEqual(["got undefined", "got undefined", undefined]);
    expect(stepOf(run, "a").error).toMatchObject({ message: "no" });
  });

  it("fails with the handler's own error where nothing was begun that can be undone", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1);
        throw new TypeError("a fault of the code");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "failed",
      cause: "error",
      error: { name: "TypeError", message: "a fault of the code" },
    });
    expect(statuses(run)).toEqual({ a: "completed" });
  });

  it("undoes occurrences of one name as what they are", async () => {
    const undone: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        for (const n of [10, 20, 30]) {
          const compensate = (
            output: number | undefined,
            { step: of }: { step: { key: string } },
          ) => void undone.push([of.key, output]);
          await step("charge", () => n, { compensate });
        }
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual([
      ["charge#3", 30],
      ["charge#2", 20],
      ["charge", 10],
    ]);
  });

  it("throws by the cause for those who await the result", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => {} });
        await sleep("a day", "1 day");
      },
    });
    const failing = defineWorkflow({
      name: "failing",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => {} });
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow, failing]);
    const cancelled = await bench.engine.start(flow);
    const failed = await bench.engine.start(failing);
    await bench.settled(cancelled.id);
    await bench.engine.cancel(cancelled.id);
    await bench.settled(cancelled.id);
    await bench.settled(failed.id);

    await expect(cancelled.result()).rejects.toMatchObject({
      name: "RunCancelledError",
      run: { status: "compensated", cause: "cancel" },
    });
    await expect(failed.result()).rejects.toMatchObject({
      name: "RunFailedError",
      run: { status: "compensated", cause: "error" },
      cause: { message: "no" },
    });
  });
});
