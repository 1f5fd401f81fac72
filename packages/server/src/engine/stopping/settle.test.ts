import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, MINUTE, openBench, SECOND } from "../laws/bench.fixture.js";

describe("a run that is being ended", () => {
  it("waits for its steps no longer than `settle`", async () => {
    const undone: unknown[] = [];
    const hold = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await Promise.all([
          step("quick", () => "quick", { compensate: (output) => void undone.push(output) }),
          step("stuck", () => hold.promise, { compensate: (output) => void undone.push(output) }),
        ]);
      },
    });
    await using bench = await openBench([flow], { settle: "10 seconds" });
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.advance(9 * SECOND);
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating" });
    expect(undone).toEqual([]);
    await bench.advance(SECOND);
    hold.open("too late");

    const run = await bench.settled(id);
    expect(undone).toEqual([undefined, "quick"]);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(run.steps).toMatchObject([
      { key: "quick", output: "quick" },
      { key: "stuck", output: null, endedAt: null },
    ]);
  });

  it("records what ends within `settle`, a failure as one that is not tried again", async () => {
    const hold = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await Promise.all([
          step("succeeds", () => hold.promise, { compensate: () => {} }),
          step("fails", async () => {
            await hold.promise;
            throw new Error("no");
          }),
        ]);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.advance(5 * SECOND);
    hold.open("just in time");

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(run.steps).toMatchObject([
      { key: "succeeds", status: "compensated", output: "just in time" },
      { key: "fails", status: "failed", error: { message: "no" }, attempt: 1 },
    ]);
    await bench.advance(MINUTE);
    expect((await bench.engine.get(id)).revision).toBe(run.revision);
  });

  it("waits for the other branches when one fails with undo to do", async () => {
    const undone: unknown[] = [];
    const hold = gate<string>();
    let aborted = false;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await Promise.all([
          step(
            "slow",
            ({ signal }) => {
              signal.addEventListener("abort", () => (aborted = true));
              return hold.promise;
            },
            { compensate: (output) => void undone.push(output) },
          ),
          step("fails", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } }),
        ]);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    expect(aborted).toBe(true);
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating", cause: "error" });
    hold.open("ch_1");

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["ch_1"]);
  });
});
