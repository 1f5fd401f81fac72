import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, MINUTE, openBench, statuses } from "../laws/bench.fixture.js";

describe("wake", () => {
  it("ends the sleep that would end first, or the one that is named", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => {
        const order: string[] = [];
        await Promise.all(
          ["three", "one", "two"].map((name, index) =>
            sleep(name, `${[3, 1, 2][index] ?? 0} days`).then(() => order.push(name)),
          ),
        );
        return order;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.wake(id, { actor: "ada", reason: "no time" });
    expect(statuses(await bench.settled(id))).toMatchObject({ one: "completed", two: "waiting" });
    await bench.engine.wake(id, { step: "three" });
    await bench.settled(id);
    await bench.engine.wake(id);

    expect((await bench.settled(id)).output).toEqual(["one", "three", "two"]);
    expect((await bench.engine.logs(id)).items[0]).toMatchObject({
      data: { action: "wake", step: "one", actor: "ada", reason: "no time" },
    });
  });

  it("ends a back-off: the next attempt is made at once", async () => {
    const at: number[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step(
          "a",
          ({ attempt }) => {
            at.push(bench.clock.now() - startedAt);
            if (attempt < 3) throw new Error("no");
            return attempt;
          },
          { retry: { attempts: 3, delay: "1 hour", factor: 1, jitter: false } },
        ),
    });
    await using bench = await openBench([flow]);
    const startedAt = bench.clock.now();
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.advance(MINUTE);
    await bench.engine.wake(id);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: 3 });
    expect(at).toEqual([0, MINUTE, MINUTE + HOUR]);
  });

  it("reaches a run in execution", async () => {
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const order: string[] = [];
        await Promise.all([
          step("slow", () => hold.promise).then(() => order.push("slow")),
          sleep("a day", "1 day").then(() => order.push("slept")),
        ]);
        return order;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.wake(id);
    await bench.runDue();
    hold.open();

    expect((await bench.settled(id)).output).toEqual(["slept", "slow"]);
  });

  it("of a paused run is seen after `resume`", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => sleep("a day", "1 day"),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.engine.wake(id);
    expect((await bench.settled(id)).status).toBe("paused");
    await bench.engine.resume(id);

    expect((await bench.settled(id)).status).toBe("completed");
  });

  it("is refused where nothing sleeps, and does not end a wait for an event", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.object({}) },
      run: async ({ step, waitForEvent }) => {
        await step("a", () => 1);
        await waitForEvent("go", { timeout: "1 day" });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const before = await bench.settled(id);
    const { wake } = bench.engine;
    const refused = { name: "StepEndedError", code: "STEP_ENDED", runId: id };
    await expect(wake(id)).rejects.toMatchObject(refused);
    await expect(wake(id, { step: "go" })).rejects.toMatchObject(refused);
    await expect(wake(id, { step: "a" })).rejects.toMatchObject(refused);
    await expect(wake(id, { step: "b" })).rejects.toMatchObject({ name: "UnknownStepError" });
    await expect(wake("nobody")).rejects.toMatchObject({ name: "RunNotFoundError" });
    expect(await bench.engine.get(id)).toEqual(before);
    await bench.engine.sendEvent(id, "go", {});
    await bench.settled(id);
    await expect(wake(id)).rejects.toMatchObject({ name: "RunEndedError" });
  });
});
