import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { closedBench, gate, HOUR, MINUTE, openBench, SECOND } from "../laws/bench.fixture.js";

const TIMED_OUT = { cause: "timeout", error: { name: "RunTimeoutError", code: "RUN_TIMEOUT" } };

describe("the timeout of a run", () => {
  it("ends a sleeping run at its time, counted from its creation", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ sleep }) => sleep("a day", "1 day"),
    });
    await using bench = await openBench([flow]);
    const { id, result } = await bench.engine.start(flow);
    const createdAt = bench.clock.now();
    await bench.advance(HOUR - 1);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(1);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", ...TIMED_OUT });
    expect(run.deadlineAt).toEqual(new Date(createdAt + HOUR));
    expect(run.endedAt).toEqual(run.deadlineAt);
    await expect(result()).rejects.toMatchObject({
      name: "RunFailedError",
      cause: { name: "RunTimeoutError" },
    });
  });

  it("counts from `startAt`, and is not begun anew by a restart or a wait", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ sleep }) => {
        for (let n = 0; ; n += 1) await sleep("a while", "25 minutes");
      },
    });
    await using bench = await openBench([flow]);
    const startAt = new Date(bench.clock.now() + HOUR);
    const { id } = await bench.engine.start(flow, undefined, { startAt });
    await bench.advance(HOUR + 30 * MINUTE);
    await bench.restart();
    await bench.advance(29 * MINUTE);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(MINUTE);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", ...TIMED_OUT });
    expect(run.endedAt).toEqual(new Date(startAt.getTime() + HOUR));
    expect(run.steps).toHaveLength(3);
  });

  it("ends a run in a step, whose signal is aborted", async () => {
    const hold = gate();
    let reason: unknown = null;
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 minute",
      run: async ({ step }) => {
        await step("a", async ({ signal }) => {
          signal.addEventListener("abort", () => (reason = signal.reason));
          await hold.promise;
        });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE);
    expect(reason).toBeInstanceOf(Error);
    hold.open();
    const run = await bench.settled(id);

    expect(run).toMatchObject({ status: "failed", ...TIMED_OUT });
    await bench.advance(MINUTE);
    expect(await bench.engine.get(id)).toEqual(run);
  });

  it("undoes what the run did, and waits for its step first", async () => {
    const undone: unknown[] = [];
    const hold = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 minute",
      run: async ({ step }) => {
        await step("a", () => "a", { compensate: (output) => void undone.push(output) });
        await step("b", () => hold.promise, { compensate: (output) => void undone.push(output) });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE + SECOND);
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating", ...TIMED_OUT });
    hold.open("b");

    expect(await bench.settled(id)).toMatchObject({ status: "compensated", ...TIMED_OUT });
    expect(undone).toEqual(["b", "a"]);
  });

  it("ends a paused run, one that waits for an event, and one in a back-off", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      events: { go: z.object({}) },
      run: async ({ waitForEvent }) => waitForEvent("go", { timeout: "1 day" }),
    });
    const backOff = defineWorkflow({
      name: "backOff",
      timeout: "1 hour",
      run: async ({ step }) =>
        step("a", () => Promise.reject(new Error("no")), { retry: { delay: "1 day" } }),
    });
    await using bench = await openBench([flow, backOff]);
    const paused = await bench.engine.start(flow);
    const waiting = await bench.engine.start(flow);
    const retrying = await bench.engine.start(backOff);
    await bench.runDue();
    await bench.engine.pause(paused.id);
    await bench.advance(HOUR);

    for (const { id } of [paused, waiting, retrying]) {
      const run = await bench.settled(id);
      expect(run).toMatchObject({ status: "failed", ...TIMED_OUT });
      expect(run.endedAt).toEqual(run.deadlineAt);
    }
  });

  it("ends a run that no worker has begun, by a worker that does not know it", async () => {
    const flow = defineWorkflow({ name: "flow", timeout: "1 hour", run: async () => "done" });
    const other = defineWorkflow({ name: "other", run: async () => {} });
    await using bench = closedBench([flow]);
    const { id } = await bench.engine.start(flow);
    await using stranger = closedBench([other], {}, bench);
    await stranger.startWorker();
    await stranger.advance(HOUR);

    expect(await bench.engine.get(id)).toMatchObject({ status: "failed", ...TIMED_OUT });
  });

  it("passes while nobody looks: what returns only afterwards comes too late", async () => {
    const flow = defineWorkflow({ name: "flow", timeout: "1 hour", run: async () => "done" });
    await using bench = closedBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(2 * HOUR);
    await bench.startWorker();

    expect(await bench.settled(id)).toMatchObject({ status: "failed", ...TIMED_OUT });
  });

  it("passes while nobody looks: what a timer before it leads to does not start", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ step, sleep }) => {
        await sleep("a while", "30 minutes");
        await step("late", () => ran.push("late"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(2 * HOUR);
    await bench.startWorker();

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", ...TIMED_OUT });
    expect(ran).toEqual([]);
  });

  it("does not concern a run that ended before it", async () => {
    const flow = defineWorkflow({ name: "flow", timeout: "1 hour", run: async () => "done" });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const run = await bench.settled(id);
    await bench.advance(2 * HOUR);

    expect(run.status).toBe("completed");
    expect(await bench.engine.get(id)).toEqual(run);
  });

  it("counts anew at `retry`", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ sleep }) => sleep("a while", "90 minutes"),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);
    expect((await bench.settled(id)).status).toBe("failed");
    await bench.engine.retry(id);
    const run = await bench.settled(id);
    expect(run.deadlineAt).toEqual(new Date(bench.clock.now() + HOUR));
    await bench.advance(30 * MINUTE);

    // The sleep was kept, with the time at which it began.
    expect((await bench.settled(id)).status).toBe("completed");
  });
});
