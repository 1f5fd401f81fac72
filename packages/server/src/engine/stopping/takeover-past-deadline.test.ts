import { expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { HOUR, MINUTE, openBench } from "../laws/bench.fixture.js";

it("records what fell due before the deadline first, however late a worker looks", async () => {
  const flow = defineWorkflow({
    name: "flow",
    timeout: "1 hour",
    run: async ({ sleep, step }) => {
      await sleep("half", "30 minutes");
      await step("never", () => {});
    },
  });
  await using bench = await openBench([flow]);
  const { id } = await bench.engine.start(flow);
  await bench.advance(MINUTE);
  bench.kill();
  bench.clock.moveTo(bench.clock.now() + 2 * HOUR);
  await bench.startWorker();
  // Two sweeps in a row: the second finds the run leased and past its deadline.
  await Promise.all([bench.runDue(), bench.runDue()]);

  expect(await bench.settled(id)).toMatchObject({
    status: "failed",
    cause: "timeout",
    steps: [{ key: "half", status: "completed" }],
  });
});
