import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { openBench } from "./bench.fixture.js";

const counting = defineWorkflow({
  name: "counting",
  input: z.number(),
  run: async ({ input, step }) => {
    for (let n = 0; n < input; n += 1) await step("count", () => n);
    return input;
  },
});

describe("a history", () => {
  it("past maxHistory fails the run with an error that names continueAsNew", async () => {
    await using bench = await openBench([counting], { maxHistory: 20 });
    const { id } = await bench.engine.start(counting, 21);

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "HistoryTooLongError", code: "HISTORY_TOO_LONG" },
      stepCount: 20,
    });
    expect(run.error?.message).toContain("continueAsNew");
  });

  it("of just maxHistory outcomes completes", async () => {
    await using bench = await openBench([counting], { maxHistory: 20 });

    expect((await bench.settled((await bench.engine.start(counting, 20)).id)).output).toBe(20);
  });

  it("counts anew after continueAsNew", async () => {
    const long = defineWorkflow({
      name: "long",
      input: z.number(),
      run: async ({ input, step, continueAsNew }) => {
        for (let n = 0; n < 20; n += 1) await step("count", () => n);
        return input === 3 ? "done" : continueAsNew(input + 1);
      },
    });
    await using bench = await openBench([long], { maxHistory: 20 });

    expect(await bench.settled((await bench.engine.start(long, 1)).id)).toMatchObject({
      status: "completed",
      output: "done",
      iteration: 3,
      stepCount: 20,
    });
  });
});
