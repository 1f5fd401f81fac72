import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  HOUR,
  MINUTE,
  openBench,
  SECOND,
  START,
  statuses,
  stepOf,
} from "./bench.fixture.js";

const approval = defineWorkflow({
  name: "approval",
  events: { approved: z.object({ by: z.string().trim() }) },
  run: async ({ waitForEvent }) => waitForEvent("approved", { timeout: "3 days" }),
});

describe("a wait's timeout", () => {
  it("resolves to null when it passes, recorded as the wait's outcome", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    await bench.advance(72 * HOUR - 1);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(1);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: null });
    expect(stepOf(run, "approved")).toMatchObject({
      status: "completed",
      output: null,
      timedOut: true,
      endedAt: new Date(START + 72 * HOUR),
    });
  });

  it("stays passed: an event that comes later is for a later wait", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent, sleep }) => {
        const first = await waitForEvent("message", { timeout: "1 minute" });
        await sleep("a while", "1 hour");
        return [first, await waitForEvent("message")];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE);
    await bench.engine.sendEvent(id, "message", "late");
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual([null, "late"]);
  });

  it("counts when the event was accepted, not when a worker looked", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    await bench.settled(id);
    bench.kill();
    await bench.advance(72 * HOUR);
    await bench.engine.sendEvent(id, "approved", { by: "just in time" });
    await bench.advance(HOUR);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual({ by: "just in time" });
  });

  it("that passed while nobody looked leaves a later event to the next wait", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => [
        await waitForEvent("message", { timeout: "1 minute" }),
        await waitForEvent("message"),
      ],
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(MINUTE + 1);
    await bench.engine.sendEvent(id, "message", "late");
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual([null, "late"]);
  });

  it("of none passes at once, unless an event is there", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => [
        await waitForEvent("message", { timeout: 0 }),
        await waitForEvent("message", { timeout: 0 }),
      ],
    });
    await using bench = closedBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.engine.sendEvent(id, "message", "there");
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["there", null]);
  });
});

describe("what fell due while nobody looked", () => {
  it("is recorded in the order of those times", async () => {
    const order: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      events: { a: z.string(), b: z.string() },
      run: async ({ waitForEvent, sleep, step }) => {
        await Promise.all([
          waitForEvent("a", { timeout: 30 * MINUTE }).then((value) => order.push(`a:${value}`)),
          sleep("nap", 20 * MINUTE).then(() => order.push("nap")),
          waitForEvent("b").then((value) => order.push(`b:${value}`)),
        ]);
        return step("order", () => [...order]);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(25 * MINUTE);
    await bench.engine.sendEvent(id, "b", "event");
    await bench.advance(HOUR);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["nap", "b:event", "a:null"]);
  });
});

/** Waits a second time, under this key, for what it still waits for. */
const waitTwice = (key?: string) =>
  defineWorkflow({
    name: "flow",
    events: { message: z.string(), other: z.string() },
    run: async ({ waitForEvent, sleep, step }) => {
      await Promise.race([waitForEvent("message"), sleep("a moment", "1s")]);
      try {
        return [await waitForEvent("message", { key })];
      } catch (error) {
        const { name } = error as Error;
        return [await step("refused", () => name), await waitForEvent("other")];
      }
    },
  });

describe("a second wait for an event", () => {
  it("while one is pending is refused, takes nothing and no place in the history", async () => {
    const racing = waitTwice();
    await using bench = await openBench([racing]);
    const { id } = await bench.engine.start(racing);
    await bench.advance(SECOND);
    expect(Object.keys(statuses(await bench.settled(id)))).toEqual([
      "message",
      "a moment",
      "refused",
      "other",
    ]);
    await bench.restart();
    await bench.engine.sendEvent(id, "other", "on");

    expect((await bench.settled(id)).output).toEqual(["PendingWaitError", "on"]);
  });

  it("under a key of its own is another wait: the oldest is served first", async () => {
    const keyed = waitTwice("second");
    await using bench = await openBench([keyed]);
    const { id } = await bench.engine.start(keyed);
    await bench.advance(SECOND);
    await bench.engine.sendEvent(id, "message", "for the first");
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.sendEvent(id, "message", "for the second");

    const run = await bench.settled(id);
    expect(run.output).toEqual(["for the second"]);
    expect(stepOf(run, "second")).toMatchObject({ name: "second", kind: "event" });
  });

  it("is fine once the first is over", async () => {
    const loop = defineWorkflow({
      name: "loop",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => {
        const all: (string | null)[] = [];
        for (let n = 0; n < 3; n += 1) all.push(await waitForEvent("message", { timeout: "1s" }));
        return all;
      },
    });
    await using bench = await openBench([loop]);
    const { id } = await bench.engine.start(loop);
    await bench.engine.sendEvent(id, "message", "first");
    await bench.settled(id);
    await bench.advance(SECOND);
    await bench.engine.sendEvent(id, "message", "last");

    const run = await bench.settled(id);
    expect(run.output).toEqual(["first", null, "last"]);
    expect(Object.keys(statuses(run))).toEqual(["message", "message#2", "message#3"]);
  });
});
