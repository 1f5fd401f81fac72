import { expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { openBench } from "../laws/bench.fixture.js";

it("keeps nothing of the children that a run which begins anew for ever leaves behind", async () => {
  const ROUNDS = 5;
  const child = defineWorkflow({
    name: "child",
    run: async ({ sleep }) => sleep("long", "1 day"),
  });
  const loop = defineWorkflow({
    name: "loop",
    input: z.object({ round: z.number() }),
    events: { stop: z.string() },
    run: async ({ input, invoke, sleep, waitForEvent, continueAsNew }): Promise<string> => {
      if (input.round === ROUNDS) return waitForEvent("stop");
      void invoke("left behind", child);
      await sleep("a moment", "1 second");
      return continueAsNew({ round: input.round + 1 });
    },
  });
  await using bench = await openBench([loop, child]);
  const { id } = await bench.engine.start(loop, { round: 0 });
  await bench.advance((ROUNDS + 1) * 1_000);
  expect(await bench.settled(id)).toMatchObject({ iteration: ROUNDS + 1, status: "waiting" });

  // The last child ended after the last iteration had begun.
  const pending = (await bench.store.readEvents(id)).filter((event) => event.stepKey === null);
  expect(pending).toEqual([]);
  expect((await bench.store.readEvents(id)).length).toBeLessThanOrEqual(1);
});
