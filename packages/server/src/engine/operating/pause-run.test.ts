import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  gate,
  HOUR,
  MINUTE,
  openBench,
  statuses,
  stepOf,
} from "../laws/bench.fixture.js";

describe("pause", () => {
  it("lets the step in flight end and be recorded, and starts no other until `resume`", async () => {
    const ran: string[] = [];
    const hold = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", async ({ signal }) => {
          const value = await hold.promise;
          return signal.aborted ? "aborted" : value;
        });
        return step("b", () => (ran.push("b"), `${a} b`));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.pause(id, { actor: "ada", reason: "a look first" });
    await bench.runDue();
    expect((await bench.engine.get(id)).status).toBe("paused");
    hold.open("a");

    const paused = await bench.settled(id);
    expect(paused).toMatchObject({ status: "paused", cause: null });
    expect(stepOf(paused, "a")).toMatchObject({ status: "completed", output: "a" });
    expect(ran).toEqual([]);
    expect(bench.isBusy).toBe(false);
    await bench.restart();
    await bench.advance(HOUR);
    expect(ran).toEqual([]);
    await bench.engine.resume(id, { actor: "bob" });

    expect((await bench.settled(id)).output).toBe("a b");
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { message: "paused", data: { action: "pause", actor: "ada", reason: "a look first" } },
      { message: "resumed", data: { action: "resume", actor: "bob", reason: null } },
    ]);
  });

  it("lets events queue and timers pass, which are seen in their order after `resume`", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { note: z.string() },
      run: async ({ waitForEvent, sleep }) => {
        const order: string[] = [];
        await Promise.all([
          sleep("an hour", "1 hour").then(() => order.push("an hour")),
          waitForEvent("note").then((note) => order.push(note)),
          waitForEvent("note", { key: "timed", timeout: "30 minutes" }).then((note) =>
            order.push(String(note)),
          ),
        ]);
        return order;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.advance(10 * MINUTE);
    await bench.engine.sendEvent(id, "note", "first");
    await bench.advance(2 * HOUR);
    expect(await bench.settled(id)).toMatchObject({ status: "paused", waitingFor: null });
    await bench.engine.resume(id);

    expect((await bench.settled(id)).output).toEqual(["first", "null", "an hour"]);
  });

  it("holds a run that has not begun", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({ name: "flow", run: async () => void ran.push("flow") });
    await using bench = closedBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.engine.pause(id);
    await bench.startWorker();
    await bench.advance(HOUR);
    expect((await bench.settled(id)).status).toBe("paused");
    expect(ran).toEqual([]);
    await bench.engine.resume(id);

    expect((await bench.settled(id)).status).toBe("completed");
  });

  it("does nothing twice, and `resume` nothing to a run on no hold", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => sleep("an hour", "1 hour"),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const { revision } = await bench.settled(id);
    await bench.engine.resume(id);
    expect((await bench.engine.get(id)).revision).toBe(revision);
    await bench.engine.pause(id);
    const paused = await bench.engine.get(id);
    await bench.engine.pause(id);

    expect(await bench.engine.get(id)).toEqual(paused);
    expect((await bench.engine.logs(id)).items).toHaveLength(1);
  });

  it("is refused with `resume` where the run has ended, or is unknown", async () => {
    const flow = defineWorkflow({ name: "flow", run: async () => {} });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    for (const operate of [bench.engine.pause, bench.engine.resume]) {
      const refused = { name: "RunEndedError", code: "RUN_ENDED", status: "completed" };
      await expect(operate(id)).rejects.toMatchObject(refused);
      await expect(operate("nobody")).rejects.toMatchObject({ name: "RunNotFoundError" });
    }
  });

  it("keeps a back-off that is over from its next attempt", async () => {
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step(
          "a",
          () => {
            attempts += 1;
            if (attempts === 1) throw new Error("no");
            return attempts;
          },
          { retry: { delay: "10 minutes" } },
        ),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.advance(HOUR);
    expect(attempts).toBe(1);
    await bench.engine.resume(id);

    const run = await bench.settled(id);
    expect(run.output).toBe(2);
    expect(statuses(run)).toEqual({ a: "completed" });
  });
});
