import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { NonRetryableError } from "../../core/errors.js";
import { gate, openBench, statuses } from "./bench.fixture.js";

describe("what runs side by side", () => {
  it("runs at the same time, and each outcome goes to its own branch", async () => {
    const gates = { a: gate<string>(), b: gate<string>() };
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        Promise.all([step("a", () => gates.a.promise), step("b", () => gates.b.promise)]),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    gates.b.open("b");
    await bench.runDue();
    gates.a.open("a");

    expect((await bench.settled(id)).output).toEqual(["a", "b"]);
  });

  it("keeps what succeeded beside a failure", async () => {
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, run }) =>
        Promise.allSettled([
          step("good", () => (calls += 1)),
          step("bad", () => {
            throw new NonRetryableError(`attempt ${run.attempt}`);
          }),
        ]).then((results) => results.map((result) => result.status)),
    });
    await using bench = await openBench([flow]);

    const run = await bench.settled((await bench.engine.start(flow)).id);
    expect(run.output).toEqual(["fulfilled", "rejected"]);
    expect(statuses(run)).toEqual({ good: "completed", bad: "failed" });
    expect(calls).toBe(1);
  });

  it("is no part of the run's end: what is in flight then is aborted and abandoned", async () => {
    const signals: AbortSignal[] = [];
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      events: { never: z.null() },
      run: async ({ step, waitForEvent, sleep }) => {
        const slow = step("slow", ({ signal }) => {
          signals.push(signal);
          return stuck.promise;
        });
        void waitForEvent("never");
        void sleep("long", "1 day");
        await Promise.race([slow, step("fast", () => 1)]);
        return "first";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: "first" });
    expect(signals[0]?.aborted).toBe(true);
    expect(statuses(run)).toEqual({
      slow: "abandoned",
      never: "abandoned",
      long: "abandoned",
      fast: "completed",
    });
    const { revision } = run;
    stuck.open();
    await bench.runDue();
    expect(await bench.settled(id)).toMatchObject({ revision, output: "first" });
  });
});
