import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { HOUR, openBench } from "./bench.fixture.js";

const STEPS = 10_000;

describe("a run of ten thousand steps", () => {
  it(
    "completes, and resumes from its middle without running any again",
    { timeout: 60_000 },
    async () => {
      let calls = 0;
      const flow = defineWorkflow({
        name: "flow",
        run: async ({ step, sleep }) => {
          let sum = 0;
          for (let n = 1; n < STEPS; n += 1) {
            if (n === STEPS / 2) await sleep("nap", "1 hour");
            else sum += await step(`count ${n % 7}`, () => (calls += 1));
          }
          return sum;
        },
      });
      await using bench = await openBench([flow]);
      const { id } = await bench.engine.start(flow);
      const startedAt = performance.now();
      expect((await bench.settled(id)).status).toBe("waiting");
      await bench.restart();
      await bench.advance(HOUR);
      const run = await bench.settled(id);

      const expected = STEPS - 2;
      expect(run).toMatchObject({ status: "completed", stepCount: STEPS - 1 });
      expect(calls).toBe(expected);
      expect(run.output).toBe((expected * (expected + 1)) / 2);
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    },
  );

  it("runs a thousand side by side", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const parts = Array.from({ length: 1_000 }, (_, n) => step(`part ${n}`, async () => n));
        return (await Promise.all(parts)).length;
      },
    });
    await using bench = await openBench([flow]);

    expect((await bench.settled((await bench.engine.start(flow)).id)).output).toBe(1_000);
  });
});
