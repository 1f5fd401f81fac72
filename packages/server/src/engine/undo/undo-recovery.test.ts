import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, MINUTE, closedBench, openBench, statuses } from "../laws/bench.fixture.js";
import { drive } from "./crash-bench.fixture.js";

describe("an undo that takes its worker down", () => {
  it("is given up after `maxRecoveries`, and goes on at `retry` with the cause that it had", async () => {
    let kills = 0;
    let isDeadly = true;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, {
          compensate: () => {
            if (!isDeadly) return;
            if ((kills += 1) > 20) throw new Error("It goes on for ever.");
            bench.kill();
          },
        });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow], { maxRecoveries: 3 });
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    expect(await drive(bench, id)).toMatchObject({
      status: "failed",
      cause: "cancel",
      error: { name: "RecoveryLimitError" },
    });
    // The start of the undo was recorded under the first lease; then four found nothing new.
    expect(kills).toBe(5);
    isDeadly = false;
    await bench.engine.retry(id);

    const run = await drive(bench, id);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(statuses(run)).toMatchObject({ a: "compensated" });
  });
});

describe("a worker that lost its lease in an undo", () => {
  it("sees the undo's signal aborted, and records nothing of it", async () => {
    const holds = [gate(), gate()];
    const began: AbortSignal[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          compensate: async (_output, { signal }) => {
            const hold = holds[began.push(signal) - 1];
            await hold?.promise;
            if (began.length === 1) throw new Error("of the first worker");
          },
        });
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    await using other = closedBench([flow], {}, bench);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    expect(began).toHaveLength(1);
    await other.startWorker();
    await other.advance(MINUTE);
    expect(began).toHaveLength(2);
    await bench.runDue();
    expect(began.map((signal) => signal.aborted)).toEqual([true, false]);
    holds[0]?.open();
    await bench.runDue();
    expect((await other.engine.get(id)).status).toBe("compensating");
    holds[1]?.open();

    expect(await other.settled(id)).toMatchObject({ status: "compensated" });
  });
});

describe("a worker that lost its lease in a step", () => {
  it("sees the signals of the step and of the handler aborted", async () => {
    const began: AbortSignal[] = [];
    const handlers: AbortSignal[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, signal: own }) => {
        handlers.push(own);
        await step("a", async ({ signal }) => {
          began.push(signal);
          await hold.promise;
        });
      },
    });
    await using bench = await openBench([flow]);
    await using other = closedBench([flow], {}, bench);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await other.startWorker();
    await other.advance(MINUTE);
    await bench.runDue();

    expect(began.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(handlers.map((signal) => signal.aborted)).toEqual([true, false]);
    hold.open();
    expect((await other.settled(id)).status).toBe("completed");
  });
});
