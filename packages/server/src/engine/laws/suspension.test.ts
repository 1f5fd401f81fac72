import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, MINUTE, openBench, SECOND, statuses } from "./bench.fixture.js";

/** Notes what its `try`, `catch` and `finally` see around `wait`. */
function watching(wait: (args: never) => Promise<unknown>, seen: string[]) {
  return defineWorkflow({
    name: "flow",
    events: { go: z.unknown() },
    run: async (args) => {
      try {
        await wait(args as never);
        seen.push("went on");
      } catch (error) {
        seen.push(`caught ${String(error)}`);
      } finally {
        seen.push("finally");
      }
    },
  });
}

interface Waits {
  sleep: (name: string, ms: number) => Promise<void>;
  waitForEvent: (event: string) => Promise<unknown>;
  step: (name: string, fn: () => unknown, options?: object) => Promise<unknown>;
  continueAsNew: (input?: unknown) => Promise<never>;
}

describe("an execution that ends to wait", () => {
  it.each([
    ["a sleep", ({ sleep }: Waits) => sleep("nap", HOUR)],
    ["a wait", ({ waitForEvent }: Waits) => waitForEvent("go")],
    [
      "a back-off",
      ({ step }: Waits) =>
        step("call", () => Promise.reject(new Error("down")), {
          retry: { attempts: 2, delay: "1 hour", jitter: false },
        }),
    ],
  ])("for %s is seen by no try, catch or finally", async (_, wait) => {
    const seen: string[] = [];
    const flow = watching(wait as never, seen);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).status).toBe("waiting");
    expect(seen).toEqual([]);
    await bench.restart();
    await bench.settled(id);
    expect(seen).toEqual([]);
  });

  it("for good, by continueAsNew, is seen by none either", async () => {
    const seen: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, continueAsNew }) => {
        if (run.iteration === 2) return "second";
        try {
          return await continueAsNew();
        } catch {
          seen.push("caught");
          throw new Error("caught");
        } finally {
          seen.push("finally");
        }
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).output).toBe("second");
    expect(seen).toEqual([]);
  });

  it("goes on behind the wait as if nothing had happened", async () => {
    const seen: string[] = [];
    const flow = watching(({ sleep }: Waits) => sleep("nap", HOUR), seen);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).status).toBe("completed");
    expect(seen).toEqual(["went on", "finally"]);
  });
});

describe("a handler that parked", () => {
  it("is taken back when it goes on by itself", async () => {
    const own = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep, step }) => {
        const nap = sleep("nap", "1 hour").then(() => "nap");
        const late = own.promise.then(() => step("late", () => "late"));
        return Promise.all([late, Promise.race([nap, late])]);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("waiting");
    own.open();
    await bench.runDue();

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: ["late", "late"] });
    expect(statuses(run)).toEqual({ nap: "abandoned", late: "completed" });
  });

  it("is taken back when it ends by itself", async () => {
    const own = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => {
        void sleep("nap", "1 hour");
        await own.promise;
        return "ended";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("waiting");
    own.open();
    await bench.runDue();

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "ended" });
  });

  it("does nothing any more once another execution has the run", async () => {
    const own = gate();
    let ran = 0;
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.unknown() },
      run: async ({ sleep, step, waitForEvent }) => {
        const late = own.promise.then(() => step("late", () => (ran += 1)));
        await waitForEvent("go");
        await sleep("nap", "1 hour");
        return late;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    // This wakes a second execution, which waits for `own` as the first one does.
    await bench.engine.sendEvent(id, "go", 1);
    expect((await bench.settled(id)).waitingFor?.name).toBe("nap");
    own.open();
    await bench.runDue();
    expect(ran).toBe(1);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe(1);
    expect(ran).toBe(1);
  });

  it("is not held back by a branch that awaits something of its own", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => {
        await Promise.race([sleep("nap", "1 minute"), new Promise(() => {})]);
        return "awake";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(MINUTE);

    expect((await bench.settled(id)).output).toBe("awake");
  });
});

describe("a promise of the library", () => {
  it("that nobody awaits raises no unhandled rejection", async () => {
    const rejections: unknown[] = [];
    const listen = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", listen);
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.unknown() },
      run: async ({ step, sleep, waitForEvent, invoke }) => {
        void step("fails", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } });
        void step("bad#name", () => 1);
        void sleep("bad", "soon" as never);
        void waitForEvent("go");
        void waitForEvent("go");
        void waitForEvent("unknown" as never);
        void invoke("child", "nothing" as never, undefined as never);
        await sleep("a moment", "1s");
        return "fine";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(SECOND);
    const run = await bench.settled(id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", listen);

    expect(run.output).toBe("fine");
    expect(rejections).toEqual([]);
  });
});

/** The listeners of the test runner would report it as an error of the test. */
async function withoutListeners<T>(fn: () => Promise<T>): Promise<T> {
  const all = process.listeners("unhandledRejection");
  const theirs = all.filter((listener) => listener.name !== "onStrayRejection");
  for (const listener of theirs) process.off("unhandledRejection", listener);
  try {
    return await fn();
  } finally {
    for (const listener of theirs) process.on("unhandledRejection", listener);
  }
}

describe("a rejection of the handler's own that nothing handles", () => {
  it.each([
    ["while the run waits", 0],
    ["after its first step", 1],
  ])("fails its run and no other, %s", async (_, steps) => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.boolean(),
      run: async ({ input, step, sleep }) => {
        for (let n = 0; n < steps; n += 1) await step("first", () => 1);
        if (input) void Promise.reject(new RangeError("a bug"));
        await sleep("nap", "1 minute");
        return "fine";
      },
    });
    await withoutListeners(async () => {
      await using bench = await openBench([flow]);
      const [bad, good] = [
        await bench.engine.start(flow, true),
        await bench.engine.start(flow, false),
      ];
      await bench.runDue();
      await new Promise((resolve) => setTimeout(resolve, 5));

      expect(await bench.settled(bad.id)).toMatchObject({
        status: "failed",
        error: { name: "RangeError", message: "a bug" },
      });
      await bench.advance(MINUTE);
      expect((await bench.settled(good.id)).output).toBe("fine");
    });
  });
});

describe("the handler's signal", () => {
  it("is that of this execution: not aborted while it waits, aborted when its worker is gone", async () => {
    const signals: AbortSignal[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ signal, sleep }) => {
        signals.push(signal);
        await sleep("nap", "1 hour");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    expect(signals[0]?.aborted).toBe(false);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).status).toBe("completed");
    expect(signals).toHaveLength(2);
    expect(signals[1]?.aborted).toBe(true);
  });
});
