import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { HOUR, MINUTE, openBench, stepOf } from "../laws/bench.fixture.js";

const DAY = 24 * HOUR;

describe("prune", () => {
  it("deletes runs that ended before then with all that belongs to them, and tells how many", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.string() },
      streams: { tokens: z.string() },
      run: async ({ step, waitForEvent, log, emit }) => {
        await step("a", () => 1);
        log.info("hello");
        emit("tokens", "token");
        return waitForEvent("go");
      },
    });
    await using bench = await openBench([flow]);
    const options = { idempotencyKey: "order-1" };
    const old = await bench.engine.start(flow, undefined, options);
    await bench.engine.sendEvent(old.id, "go", "one", { dedupeKey: "d" });
    expect((await bench.settled(old.id)).status).toBe("completed");
    await bench.advance(2 * DAY);
    const young = await bench.engine.start(flow);
    const live = await bench.engine.start(flow);
    await bench.engine.sendEvent(young.id, "go", "two");
    await bench.settled(young.id);

    expect(await bench.engine.prune({ olderThan: "1 day" })).toBe(1);
    expect(await bench.engine.prune({ olderThan: "1 day" })).toBe(0);
    await expect(bench.engine.get(old.id)).rejects.toMatchObject({ name: "RunNotFoundError" });
    await expect(bench.engine.logs(old.id)).rejects.toMatchObject({ name: "RunNotFoundError" });
    await expect(bench.engine.export(old.id)).rejects.toMatchObject({ name: "RunNotFoundError" });
    expect(await bench.store.readLogs(old.id, { step: null, after: 0, limit: 9 })).toEqual([]);
    expect(await bench.store.readEvents(old.id)).toEqual([]);
    const parts = { stream: "tokens", after: 0, limit: 9 };
    expect(await bench.store.readStream(old.id, parts)).toEqual([]);
    expect((await bench.settled(young.id)).status).toBe("completed");
    expect((await bench.settled(live.id)).status).toBe("waiting");

    const again = await bench.engine.start(flow, undefined, options);
    expect(again.created).toBe(true);
    expect(again.id).not.toBe(old.id);
  });

  it("takes a date, and one status or several", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.boolean(),
      run: async ({ input }) => {
        if (input) throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const failed = await bench.engine.start(flow, true);
    const completed = await bench.engine.start(flow, false);
    for (const { id } of [failed, completed]) await bench.settled(id);
    await bench.advance(MINUTE);
    const olderThan = new Date(bench.clock.now());

    expect(await bench.engine.prune({ olderThan, status: "cancelled" })).toBe(0);
    expect(await bench.engine.prune({ olderThan, status: ["failed", "compensated"] })).toBe(1);
    await expect(bench.engine.get(failed.id)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    expect((await bench.engine.get(completed.id)).status).toBe("completed");
    for (const wrong of [{ olderThan, status: "running" }, { olderThan: new Date(Number.NaN) }]) {
      await expect(bench.engine.prune(wrong as never)).rejects.toMatchObject({
        name: "InvalidArgumentError",
      });
    }
  });

  it("keeps the children of a live parent, but not what it spawned, until the parent has ended", async () => {
    const child = defineWorkflow({ name: "child", run: async () => "done" });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke, spawn, sleep }) => {
        await invoke("invoked", child);
        await spawn("spawned", child);
        await sleep("a week", "7 days");
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    const run = await bench.settled(id);
    const childId = (key: string): string => stepOf(run, key).childId ?? "";
    await bench.settled(childId("spawned"));
    await bench.advance(2 * DAY);
    expect(await bench.engine.prune({ olderThan: "1 day" })).toBe(1);
    await expect(bench.engine.get(childId("spawned"))).rejects.toThrow();
    expect((await bench.engine.get(childId("invoked"))).status).toBe("completed");
    await bench.engine.cancel(id);

    expect(await bench.engine.prune({ olderThan: "1 day" })).toBe(1);
    expect((await bench.engine.get(id)).status).toBe("cancelled");
  });
});
