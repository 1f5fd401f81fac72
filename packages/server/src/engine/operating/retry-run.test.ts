import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";

const once = { retry: { attempts: 1 } };

/** Counts the calls of functions by name, and fails those that are broken. */
function createWorld() {
  const calls: Record<string, number> = {};
  const keys: Record<string, string[]> = {};
  const broken = new Set<string>();
  const act =
    (name: string) =>
    ({ idempotencyKey }: { idempotencyKey: string }) => {
      const count = (calls[name] = (calls[name] ?? 0) + 1);
      (keys[name] ??= []).push(idempotencyKey);
      if (broken.has(name)) throw new Error(`${name} is broken`);
      return `${name} ${count}`;
    };
  return { calls, keys, broken, act };
}

describe("retry", () => {
  it("forgets the failure that ended the run, keeps all else, and goes on there", async () => {
    const { calls, keys, broken, act } = createWorld();
    broken.add("b");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", act("a"));
        const b = await step("b", act("b"), once);
        return [a, b, await step("c", act("c"))];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const failed = await bench.settled(id);
    expect(failed.status).toBe("failed");
    broken.clear();
    await bench.engine.retry(id, { actor: "ada", reason: "b is mended" });

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "completed",
      output: ["a 1", "b 2", "c 1"],
      attempt: 2,
      error: null,
      cause: null,
    });
    expect(run.revision).toBeGreaterThan(failed.revision);
    expect(calls).toEqual({ a: 1, b: 2, c: 1 });
    // A failure may be answered from what it did before: it keeps its key.
    expect(new Set(keys["b"]).size).toBe(1);
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { message: "retried", data: { action: "retry", actor: "ada", reason: "b is mended" } },
    ]);
  });

  it("counts the attempts of the forgotten step anew", async () => {
    const { calls, broken, act } = createWorld();
    broken.add("a");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => step("a", act("a"), { retry: { attempts: 2, delay: "1s" } }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);
    await bench.engine.retry(id);
    await bench.advance(HOUR);

    expect(calls).toEqual({ a: 4 });
    expect(stepOf(await bench.settled(id), "a").attempts.map((each) => each.attempt)).toEqual([
      1, 2,
    ]);
  });

  it("follows the run's error through `cause` and `errors` to the failures that it came from", async () => {
    const { calls, broken, act } = createWorld();
    for (const name of ["b", "c", "d"]) broken.add(name);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        // A failure that the run's error does not carry.
        await step("d", act("d"), once).catch(() => {});
        const both = await Promise.allSettled([
          step("b", act("b"), once),
          step("c", act("c"), once),
        ]);
        const errors = both.flatMap((one) =>
          one.status === "rejected" ? [one.reason as Error] : [],
        );
        if (errors.length === 0) return "fine";
        throw new Error("both failed", { cause: new AggregateError(errors) });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    broken.clear();
    await bench.engine.retry(id);

    const run = await bench.settled(id);
    expect(run.error).toBeNull();
    expect(run).toMatchObject({ status: "completed", output: "fine" });
    expect(calls).toEqual({ b: 2, c: 2, d: 1 });
    expect(statuses(run)).toMatchObject({ d: "failed", b: "completed", c: "completed" });
  });

  it("forgets nothing where the handler's own code threw", async () => {
    const { calls, act } = createWorld();
    let isBroken = true;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", act("a"));
        if (isBroken) throw new TypeError("a fault of the code");
        return a;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    isBroken = false;
    await bench.engine.retry(id);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "a 1" });
    expect(calls).toEqual({ a: 1 });
  });

  it("forgets what the handler first asked for after the failure", async () => {
    const { calls, keys, broken, act } = createWorld();
    broken.add("fails");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        try {
          return await step("fails", act("fails"), once);
        } catch (error) {
          await step("report", act("report"));
          throw error;
        }
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.retry(id);
    expect(statuses(await bench.settled(id))).toEqual({ fails: "failed", report: "completed" });
    expect(calls).toEqual({ fails: 2, report: 2 });
    expect(new Set(keys["report"]).size).toBe(2);
    broken.clear();
    await bench.engine.retry(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: "fails 3" });
    expect(statuses(run)).toEqual({ fails: "completed" });
  });

  it("does not run a parallel step again that ended after the failure", async () => {
    const { calls, broken, act } = createWorld();
    const hold = gate();
    broken.add("fails");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const slow = async (context: { idempotencyKey: string }) => {
          await hold.promise;
          return act("slow")(context);
        };
        const [failing] = await Promise.allSettled([
          step("fails", act("fails"), once),
          step("slow", slow),
        ]);
        if (failing.status === "rejected") throw failing.reason;
        return failing.value;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    hold.open();
    expect((await bench.settled(id)).status).toBe("failed");
    broken.clear();
    await bench.engine.retry(id);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "fails 2" });
    expect(calls).toEqual({ fails: 2, slow: 1 });
  });

  it("forgets `from` with what came after it, under new keys where it had succeeded", async () => {
    const { calls, keys, act } = createWorld();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", act("a"));
        const b = await step("b", act("b"));
        const c = await step("c", act("c"));
        if (calls["b"] === 1) throw new Error("no");
        return [a, b, c];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.retry(id, { from: "b" });

    expect((await bench.settled(id)).output).toEqual(["a 1", "b 2", "c 2"]);
    expect(calls).toEqual({ a: 1, b: 2, c: 2 });
    expect(new Set(keys["b"]).size).toBe(2);
    expect(new Set(keys["c"]).size).toBe(2);
  });

  it("forgets what was undone, with new keys for it and for its undo", async () => {
    const { calls, keys, broken, act } = createWorld();
    const undoKeys: string[] = [];
    broken.add("last");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("plain", act("plain"));
        await step("a", act("a"), {
          compensate: (_output, { idempotencyKey }) => void undoKeys.push(idempotencyKey),
        });
        return step("last", act("last"), once);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("compensated");
    await bench.engine.retry(id);
    expect((await bench.settled(id)).status).toBe("compensated");
    broken.clear();
    await bench.engine.retry(id);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", attempt: 3 });
    expect(calls).toEqual({ plain: 1, a: 3, last: 3 });
    expect(new Set(keys["a"]).size).toBe(3);
    expect(new Set(undoKeys).size).toBe(2);
  });

  it("puts a cancelled run back to work where it stood, its sleep with its own time", async () => {
    const { calls, act } = createWorld();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", act("a"));
        await sleep("two hours", "2 hours");
        return step("b", act("b"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);
    await bench.advance(HOUR);
    await bench.engine.retry(id);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "b 1" });
    expect(calls).toEqual({ a: 1, b: 1 });
  });

  it("gives the events that forgotten waits took to the new ones", async () => {
    const { broken, act } = createWorld();
    broken.add("use");
    const flow = defineWorkflow({
      name: "flow",
      events: { note: z.string() },
      run: async ({ step, waitForEvent }) => {
        const first = await waitForEvent("note");
        await step("between", act("between"));
        const second = await waitForEvent("note");
        await step("use", act("use"), once);
        return [first, second];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    for (const note of ["one", "two"]) await bench.engine.sendEvent(id, "note", note);
    expect((await bench.settled(id)).status).toBe("failed");
    broken.clear();
    await bench.engine.retry(id, { from: "between" });

    expect((await bench.settled(id)).output).toEqual(["one", "two"]);
  });

  it("goes on with an undo that is not finished, unless told where from", async () => {
    const world = { isBroken: true, isStuck: true };
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step }) => {
        await step("a", () => 1, {
          compensate: {
            ...once,
            run: () => {
              if (world.isStuck) throw new Error("stuck");
              undone.push(run.id);
            },
          },
        });
        if (world.isBroken) throw new Error("no");
        return "fine";
      },
    });
    await using bench = await openBench([flow]);
    const first = await bench.engine.start(flow);
    const second = await bench.engine.start(flow);
    for (const { id } of [first, second]) expect((await bench.settled(id)).status).toBe("failed");
    world.isBroken = false;
    await bench.engine.retry(first.id, { from: "a" });
    expect(await bench.settled(first.id)).toMatchObject({ status: "completed", output: "fine" });
    expect(undone).toEqual([]);
    world.isStuck = false;
    await bench.engine.retry(second.id);

    expect((await bench.settled(second.id)).status).toBe("compensated");
    expect(undone).toEqual([second.id]);
  });

  it("is refused for a live or completed run, an unknown step and an unknown run", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => sleep("an hour", "1 hour"),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    const refused = { name: "RunNotEndedError", code: "RUN_NOT_ENDED", runId: id };
    await expect(bench.engine.retry(id)).rejects.toMatchObject({ ...refused, status: "waiting" });
    await bench.advance(HOUR);
    await expect(bench.engine.retry(id)).rejects.toMatchObject({ ...refused, status: "completed" });
    await expect(bench.engine.retry("nobody")).rejects.toMatchObject({ name: "RunNotFoundError" });

    const cancelled = await bench.engine.start(flow);
    await bench.settled(cancelled.id);
    await bench.engine.cancel(cancelled.id);
    await expect(bench.engine.retry(cancelled.id, { from: "nothing" })).rejects.toMatchObject({
      name: "UnknownStepError",
    });
    expect((await bench.engine.get(cancelled.id)).status).toBe("cancelled");
  });

  it("is seen by watchers and callers of `result` that come after it", async () => {
    const { broken, act } = createWorld();
    broken.add("a");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => step("a", act("a"), once),
    });
    await using bench = await openBench([flow]);
    const handle = await bench.engine.start(flow);
    await bench.settled(handle.id);
    await expect(handle.result()).rejects.toMatchObject({ name: "RunFailedError" });
    broken.clear();
    await bench.engine.retry(handle.id);
    await bench.settled(handle.id);

    expect(await handle.result()).toBe("a 2");
  });
});
