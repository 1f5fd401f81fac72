import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";

const once = { retry: { attempts: 1 } };
const by = { actor: "ada", reason: "done by hand" };

function fail(): never {
  throw new Error("no");
}

describe("skipStep", () => {
  it("is the outcome of a step that backs off, which is not tried again", async () => {
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const value = await step(
          "a",
          () => {
            attempts += 1;
            return fail();
          },
          { retry: { delay: "1 hour" } },
        );
        return ["got", value];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.skipStep(id, "a", new Map([["by", "hand"]]), by);

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "completed",
      output: ["got", new Map([["by", "hand"]])],
    });
    expect(statuses(run)).toEqual({ a: "skipped" });
    await bench.advance(3 * HOUR);
    expect(attempts).toBe(1);
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { data: { action: "skipStep", step: "a", ...by } },
    ]);
  });

  it("is the outcome of a sleep and of a wait, of which the last outcome comes last", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.string() },
      run: async ({ sleep, waitForEvent }) => {
        const order: unknown[] = [];
        await Promise.all([
          sleep("a day", "1 day").then(() => order.push("slept")),
          waitForEvent("go").then((value) => order.push(value)),
        ]);
        return order;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.skipStep(id, "go", "skipped");
    await bench.engine.skipStep(id, "a day");

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: ["skipped", "slept"] });
    expect(statuses(run)).toEqual({ "a day": "skipped", go: "skipped" });
  });

  it("is the outcome of a child, which is cancelled", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ sleep }): Promise<string> => {
        await sleep("a day", "1 day");
        return "slept";
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", child),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    const { childId } = stepOf(await bench.settled(id), "child");
    await bench.engine.skipStep(id, "child", "skipped");

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "skipped" });
    expect((await bench.settled(childId ?? "")).status).toBe("cancelled");
  });

  it("reaches a run in execution, beside a step that runs", async () => {
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const order: string[] = [];
        await Promise.all([
          step("slow", () => hold.promise).then(() => order.push("slow")),
          sleep("a day", "1 day").then(() => order.push("slept")),
        ]);
        return order;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(1_000);
    await expect(bench.engine.skipStep(id, "slow")).rejects.toMatchObject({
      name: "StepRunningError",
      code: "STEP_RUNNING",
      runId: id,
    });
    await bench.engine.skipStep(id, "a day");
    await bench.runDue();
    hold.open();

    const run = await bench.settled(id);
    expect(run.output).toEqual(["slept", "slow"]);
    expect(statuses(run)).toEqual({ slow: "completed", "a day": "skipped" });
  });

  it("is, for the failure that ended a run, what a new attempt would be, and nothing runs again", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", () => (ran.push("a"), "a"));
        const b = await step("b", () => (ran.push("b"), fail()), once);
        return [a, b, await step("c", () => (ran.push("c"), "c"))];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    await bench.engine.skipStep(id, "b", "by hand", by);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: ["a", "by hand", "c"], attempt: 2 });
    expect(statuses(run)).toEqual({ a: "completed", b: "skipped", c: "completed" });
    expect(ran).toEqual(["a", "b", "c"]);
  });

  it("is, for the failure of a compensated run, its outcome in the next attempt", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", () => (ran.push("a"), "a"), {
          compensate: () => void ran.push("undo a"),
        });
        return [a, await step("b", fail, once)];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("compensated");
    await bench.engine.skipStep(id, "b", "by hand");

    expect(await bench.settled(id)).toMatchObject({
      status: "completed",
      output: ["a", "by hand"],
    });
    // What was undone is done again.
    expect(ran).toEqual(["a", "undo a", "a"]);
  });

  it("is the outcome of a failed child", async () => {
    const child = defineWorkflow({ name: "child", run: async (): Promise<string> => fail() });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", child),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    expect((await bench.settled(id)).status).toBe("failed");
    await bench.engine.skipStep(id, "child", "by hand");

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "by hand" });
    expect((await bench.engine.list({ workflow: "child" })).items).toHaveLength(1);
  });

  it("counts an undo that failed as done, and the run as compensated once all are", async () => {
    const stuck = { compensate: { ...once, run: fail } };
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, stuck);
        await step("b", () => 1, stuck);
        throw new Error("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    await bench.engine.skipStep(id, "b", undefined, by);
    const half = await bench.settled(id);
    expect(half.status).toBe("failed");
    expect(statuses(half)).toEqual({ a: "compensationFailed", b: "compensated" });
    await bench.engine.skipStep(id, "a", undefined, by);

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "compensated",
      cause: "error",
      error: { message: "the reason" },
    });
    expect(statuses(run)).toEqual({ a: "compensated", b: "compensated" });
    await expect(bench.engine.getHandle(id).result()).rejects.toMatchObject({
      name: "RunFailedError",
      run: { status: "compensated" },
    });
  });

  it("is refused where nothing of the step waits, and nothing changes", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1);
        await sleep("an hour", "1 hour");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const before = await bench.settled(id);
    const { skipStep } = bench.engine;
    await expect(skipStep(id, "a")).rejects.toMatchObject({
      name: "StepEndedError",
      code: "STEP_ENDED",
    });
    await expect(skipStep(id, "b")).rejects.toMatchObject({ name: "UnknownStepError" });
    await expect(skipStep(id, "an hour", () => {})).rejects.toMatchObject({
      name: "NotSerializableError",
    });
    await expect(skipStep("nobody", "a")).rejects.toMatchObject({ name: "RunNotFoundError" });
    expect(await bench.engine.get(id)).toEqual(before);
    await bench.advance(HOUR);
    await expect(skipStep(id, "a")).rejects.toMatchObject({
      name: "RunEndedError",
      status: "completed",
    });
    const cancelled = await bench.engine.start(flow);
    await bench.settled(cancelled.id);
    await bench.engine.cancel(cancelled.id);
    await expect(skipStep(cancelled.id, "an hour")).rejects.toMatchObject({
      name: "StepEndedError",
    });
  });
});
