import { expect, it, vi } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { openBench } from "../laws/bench.fixture.js";

// A worker's heartbeat renews all leases in its row: one that no execution has any more never lapsed.
it("gives up the lease of an execution that broke off, while its worker lives on", async () => {
  const flow = defineWorkflow({ name: "flow", run: ({ step }) => step("a", () => "done") });
  let refusals = 2;
  await using bench = await openBench([flow], {
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    wrapStore: (store) => ({
      ...store,
      record: async (records) => {
        // The outcome, and then that the run is blocked because of it.
        if (refusals-- > 0) throw new Error("The database refuses this for no good reason.");
        return store.record(records);
      },
    }),
  });
  const { id } = await bench.engine.start(flow);

  await vi.waitFor(
    async () => {
      await bench.runDue();
      expect(await bench.engine.get(id)).toMatchObject({ status: "completed", output: "done" });
    },
    { timeout: 10_000, interval: 100 },
  );
});
