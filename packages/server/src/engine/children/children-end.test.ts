import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { gate, HOUR, MINUTE, openBench, statuses, stepOf } from "../laws/bench.fixture.js";

/** A child that sleeps for a day, with something to undo where `undo` is given. */
function sleeper(undo?: () => unknown) {
  return defineWorkflow({
    name: "sleeper",
    run: async ({ step, sleep }) => {
      if (undo !== undefined) await step("a", () => 1, { compensate: undo });
      await sleep("a day", "1 day");
    },
  });
}

async function childOf(bench: TestBench, id: string, key = "child") {
  const { childId } = stepOf(await bench.engine.get(id), key);
  return bench.settled(childId ?? "");
}

describe("a running child of invoke", () => {
  it("is cancelled when its parent is, with the reason, and its own children too", async () => {
    const leaf = sleeper();
    const branch = defineWorkflow({
      name: "branch",
      run: async ({ invoke }) => invoke("leaf", leaf),
    });
    const tree = defineWorkflow({
      name: "tree",
      run: async ({ invoke }) => invoke("child", branch),
    });
    await using bench = await openBench([tree, branch, leaf]);
    const { id } = await bench.engine.start(tree);
    await bench.settled(id);
    await bench.engine.cancel(id, { actor: "ada", reason: "not needed" });

    expect((await bench.settled(id)).status).toBe("cancelled");
    const child = await childOf(bench, id);
    expect(child).toMatchObject({ status: "cancelled", cause: "cancel" });
    expect(await childOf(bench, child.id, "leaf")).toMatchObject({ status: "cancelled" });
    expect((await bench.engine.logs(child.id)).items).toMatchObject([
      { data: { action: "cancel", actor: "ada", reason: "not needed" } },
    ]);
  });

  it("is cancelled when its parent fails, times out, returns or continues as new", async () => {
    const child = sleeper();
    const parent = defineWorkflow({
      name: "parent",
      input: z.enum(["fails", "timesOut", "returns", "continues"]),
      timeout: "1 hour",
      run: async ({ input, run, invoke, step, sleep, continueAsNew }): Promise<string> => {
        if (run.iteration === 2) return "continued";
        const invoked = invoke("child", child);
        await sleep("a moment", "1 minute");
        if (input === "fails") throw new Error("no");
        if (input === "returns") return "returned";
        if (input === "continues") {
          await step("note", () => bench.engine.get(run.id).then((me) => (before = me.steps)));
          await continueAsNew("returns");
        }
        await invoked;
        return "never";
      },
    });
    let before: unknown = null;
    await using bench = await openBench([parent, child]);
    const ends = {
      fails: "failed",
      timesOut: "failed",
      returns: "completed",
      continues: "completed",
    } as const;
    for (const how of ["fails", "timesOut", "returns", "continues"] as const) {
      const { id } = await bench.engine.start(parent, how);
      await bench.runDue();
      const childId = stepOf(await bench.engine.get(id), "child").childId ?? "";
      await bench.advance(HOUR);
      expect((await bench.settled(id)).status, how).toBe(ends[how]);
      expect((await bench.settled(childId)).status, how).toBe("cancelled");
    }
    expect(before).not.toBeNull();
  });

  it("undoes itself before its parent does", async () => {
    const order: string[] = [];
    const hold = gate();
    const child = sleeper(async () => {
      order.push("child begins");
      await hold.promise;
      order.push("child ends");
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ step, invoke }) => {
        await step("mine", () => 1, { compensate: () => void order.push("parent") });
        await invoke("child", child);
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.runDue();
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating" });
    expect(order).toEqual(["child begins"]);
    hold.open();

    const run = await bench.settled(id);
    expect(order).toEqual(["child begins", "child ends", "parent"]);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(await childOf(bench, id)).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(statuses(run)).toEqual({ mine: "compensated", child: "abandoned" });
  });

  it("is waited for by its parent's undo over restarts, a child's back-off included", async () => {
    const order: string[] = [];
    const child = sleeper(() => {
      order.push("child");
      if (order.length === 1) throw new Error("not yet");
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ step, invoke }) => {
        await step("mine", () => 1, { compensate: () => void order.push("parent") });
        await Promise.all([
          invoke("child", child),
          step("fails", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } }),
        ]);
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.runDue();
    await bench.restart();
    await bench.runDue();
    await bench.restart();
    await bench.advance(10 * MINUTE);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", cause: "error", error: { message: "no" } });
    expect(order.at(-1)).toBe("parent");
  });

  it("is cancelled without undo where its parent is", async () => {
    const undone: string[] = [];
    const child = sleeper(() => undone.push("child"));
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", child, undefined),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.engine.cancel(id, { compensate: false });

    expect((await bench.settled(id)).status).toBe("cancelled");
    expect((await childOf(bench, id)).status).toBe("cancelled");
    expect(undone).toEqual([]);
  });

  it("leaves a parent that is paused with undo to do until `resume`", async () => {
    const order: string[] = [];
    const child = sleeper(() => order.push("child"));
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ step, invoke }) => {
        await step("mine", () => 1, { compensate: () => void order.push("parent") });
        await invoke("child", child);
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.engine.cancel(id);
    expect(await bench.settled(id)).toMatchObject({ status: "paused", cause: "cancel" });
    expect((await childOf(bench, id)).status).toBe("compensated");
    await bench.engine.resume(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(order).toEqual(["child", "parent"]);
  });
});

describe("a child of invoke that has `compensate`", () => {
  it("is undone by it where it completed, with its output, and not by itself", async () => {
    const undone: unknown[] = [];
    const child = defineWorkflow({
      name: "child",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => void undone.push("by itself") });
        return { booking: "b_1" };
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => {
        await invoke("child", child, undefined, {
          compensate: (output, { step }) => void undone.push([step.key, output]),
        });
        throw new Error("no");
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(statuses(run)).toEqual({ child: "compensated" });
    expect(undone).toEqual([["child", { booking: "b_1" }]]);
    expect((await childOf(bench, id)).status).toBe("completed");
  });

  it("is undone by it after the child was cancelled, without an output", async () => {
    const undone: unknown[] = [];
    const child = sleeper(() => undone.push("by itself"));
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => {
        await invoke("child", child, undefined, {
          compensate: (output) => void undone.push(["by its parent", output]),
        });
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.engine.cancel(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["by itself", ["by its parent", undefined]]);
  });
});
