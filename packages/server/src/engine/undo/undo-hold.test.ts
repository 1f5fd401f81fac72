import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, MINUTE, openBench, statuses } from "../laws/bench.fixture.js";

/** Three steps that can be undone, then a day of sleep; each undo passes the gate of its name. */
function threeSteps(undone: string[], gates: Record<string, Promise<unknown>> = {}) {
  return defineWorkflow({
    name: "flow",
    run: async ({ step, sleep }) => {
      for (const name of ["a", "b", "c"]) {
        await step(name, () => name, {
          compensate: async () => {
            await gates[name];
            undone.push(name);
          },
        });
      }
      await sleep("a day", "1 day");
    },
  });
}

describe("an undo on hold", () => {
  it("of a run that was cancelled while paused waits for `resume`, and the cause is there", async () => {
    const undone: string[] = [];
    const flow = threeSteps(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.engine.cancel(id);
    await bench.advance(HOUR);
    expect(await bench.settled(id)).toMatchObject({ status: "paused", cause: "cancel" });
    expect(undone).toEqual([]);
    await bench.restart();
    await bench.engine.resume(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["c", "b", "a"]);
  });

  it("waits for `resume` where the run was paused in a step and cancelled then", async () => {
    const undone: string[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await step("b", () => hold.promise, { compensate: () => void undone.push("b") });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.pause(id);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.runDue();
    hold.open();
    await bench.runDue();

    const held = await bench.settled(id);
    expect(held).toMatchObject({ status: "paused", cause: "cancel", endedAt: null });
    expect(statuses(held)).toEqual({ a: "completed", b: "completed" });
    expect(undone).toEqual([]);
    await bench.engine.resume(id);
    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["b", "a"]);
  });

  it("of a paused run whose time is up waits for `resume` as well", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      timeout: "10 minutes",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.advance(11 * MINUTE);
    expect(await bench.settled(id)).toMatchObject({
      status: "paused",
      cause: "timeout",
      error: { name: "RunTimeoutError" },
    });
    expect(undone).toEqual([]);
    await bench.engine.resume(id);

    expect(await bench.settled(id)).toMatchObject({ status: "compensated", cause: "timeout" });
    expect(undone).toEqual(["a"]);
  });

  it("ends the undo in flight at a pause, records it, and starts no other", async () => {
    const undone: string[] = [];
    const hold = gate();
    const flow = threeSteps(undone, { b: hold.promise });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.runDue();
    await bench.engine.pause(id);
    await bench.runDue();
    hold.open();

    const held = await bench.settled(id);
    expect(held).toMatchObject({ status: "paused", cause: "cancel" });
    expect(statuses(held)).toMatchObject({ a: "completed", b: "compensated", c: "compensated" });
    expect(undone).toEqual(["c", "b"]);
    expect(bench.isBusy).toBe(false);
    await bench.engine.resume(id);
    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["c", "b", "a"]);
  });

  it("goes on in another worker after a stop that let the undo in flight end", async () => {
    const undone: string[] = [];
    const hold = gate();
    const flow = threeSteps(undone, { b: hold.promise });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.runDue();
    const stopped = bench.engine.stop({ drain: "10s" });
    hold.open();
    await stopped;
    expect(undone).toEqual(["c", "b"]);
    expect((await bench.engine.get(id)).status).toBe("compensating");
    await bench.restart();

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["c", "b", "a"]);
  });

  it("goes on after a stop that came while the undos were being found", async () => {
    const undone: string[] = [];
    const hold = gate();
    let replays = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        replays += 1;
        if (replays === 2) await hold.promise;
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.runDue();
    expect(replays).toBe(2);
    await bench.engine.stop({ drain: "1s" });
    hold.open();
    await bench.restart();

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(undone).toEqual(["a"]);
  });

  it("goes on after a pause that came while the undos were being found", async () => {
    const undone: string[] = [];
    const hold = gate();
    let replays = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        replays += 1;
        if (replays === 2) await hold.promise;
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.runDue();
    await bench.engine.pause(id);
    await bench.runDue();
    hold.open();
    expect(await bench.settled(id)).toMatchObject({ status: "paused", cause: "cancel" });
    expect(undone).toEqual([]);
    await bench.engine.resume(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["a"]);
  });

  it("ends its back-off at `wake`, and counts as done at `skipStep`", async () => {
    const at: number[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          compensate: {
            retry: { attempts: 10, delay: "1 hour" },
            run: () => {
              at.push(bench.clock.now() - startedAt);
              throw new Error("stuck");
            },
          },
        });
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const startedAt = bench.clock.now();
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.advance(MINUTE);
    await bench.engine.wake(id);
    expect((await bench.settled(id)).status).toBe("compensating");
    expect(at).toEqual([0, MINUTE]);
    await bench.engine.skipStep(id, "a");

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", error: { message: "no" } });
    expect(statuses(run)).toEqual({ a: "compensated" });
    expect(at).toHaveLength(2);
  });
});
