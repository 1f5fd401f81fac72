import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { NonRetryableError, RetryAfterError } from "../../core/errors.js";
import { gate, HOUR, MINUTE, openBench, SECOND, statuses, stepOf } from "../laws/bench.fixture.js";

const once = { attempts: 1 };

function fail(message: string): never {
  throw new Error(message);
}

describe("an undo that fails", () => {
  it("does not stop the others, and is said in the step and in the run", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await step("b", () => 1, { compensate: { run: () => fail("stuck"), retry: once } });
        await step("c", () => 1, { compensate: () => void undone.push("c") });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(undone).toEqual(["c", "a"]);
    expect(run).toMatchObject({
      status: "failed",
      cause: "error",
      error: { message: "the reason" },
    });
    expect(statuses(run)).toEqual({
      a: "compensated",
      b: "compensationFailed",
      c: "compensated",
    });
    expect(stepOf(run, "b").undo).toMatchObject({ status: "failed", error: { message: "stuck" } });
    await expect(bench.engine.getHandle(id).result()).rejects.toMatchObject({
      name: "RunFailedError",
      cause: { message: "the reason" },
    });
  });

  it("fails a cancelled run too, whose cause stays and whose error is the undo's", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: { run: () => fail("stuck"), retry: once } });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      cause: "cancel",
      error: { message: "stuck" },
    });
  });

  it("is tried again by its own policy, parked in between, over restarts too", async () => {
    const attempts: number[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          retry: { attempts: 7 },
          compensate: {
            retry: { attempts: 3, delay: "10 minutes", factor: 1, jitter: false },
            run: () => {
              attempts.push(bench.clock.now() - startedAt);
              if (attempts.length < 3) fail("not yet");
            },
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const startedAt = bench.clock.now();
    const { id } = await bench.engine.start(flow);

    const parked = await bench.settled(id);
    expect(parked.status).toBe("compensating");
    expect(stepOf(parked, "a").undo).toMatchObject({
      status: "waiting",
      attempt: 1,
      error: { message: "not yet" },
    });
    expect(bench.isBusy).toBe(false);
    await bench.restart();
    await bench.advance(9 * MINUTE);
    expect(attempts).toEqual([0]);
    await bench.advance(MINUTE);
    await bench.restart();
    await bench.advance(HOUR);

    expect(attempts).toEqual([0, 10 * MINUTE, 20 * MINUTE]);
    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(stepOf(run, "a").undo).toMatchObject({ status: "completed", attempt: 3, error: null });
  });

  it("takes the policy of its step where it has none", async () => {
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          retry: { attempts: 2, delay: "1s" },
          compensate: () => {
            attempts += 1;
            fail("stuck");
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).status).toBe("failed");
    expect(attempts).toBe(2);
  });

  it("ends its attempts with NonRetryableError, and takes its delay from RetryAfterError", async () => {
    const at: number[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          compensate: () => {
            at.push(bench.clock.now() - startedAt);
            if (at.length === 1) throw new RetryAfterError("busy", "5 minutes");
            throw new NonRetryableError("never");
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const startedAt = bench.clock.now();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(at).toEqual([0, 5 * MINUTE]);
    expect(stepOf(await bench.settled(id), "a").undo).toMatchObject({
      status: "failed",
      attempt: 2,
      error: { name: "NonRetryableError" },
    });
  });

  it("is aborted past its own timeout, and the next attempt waits until it has ended", async () => {
    const hold = gate();
    const seen: string[] = [];
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          compensate: {
            timeout: "10 seconds",
            retry: { attempts: 2, delay: 0 },
            run: async (_output, { signal }) => {
              attempts += 1;
              if (attempts === 2) return;
              signal.addEventListener("abort", () => seen.push((signal.reason as Error).name));
              await hold.promise;
            },
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(11 * SECOND);
    expect(seen).toEqual(["StepTimeoutError"]);
    expect(attempts).toBe(1);
    hold.open();
    await bench.advance(SECOND);

    expect(attempts).toBe(2);
    expect((await bench.settled(id)).status).toBe("compensated");
  });

  it("is left to itself once it did not end within `settle` of its timeout", async () => {
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, {
          compensate: {
            timeout: "10 seconds",
            retry: { attempts: 2, delay: 0 },
            run: () => ((attempts += 1) === 1 ? new Promise(() => {}) : undefined),
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow], { settle: "5 seconds" });
    const { id } = await bench.engine.start(flow);
    await bench.advance(14 * SECOND);
    expect(attempts).toBe(1);
    await bench.advance(2 * SECOND);

    expect(attempts).toBe(2);
    expect((await bench.settled(id)).status).toBe("compensated");
  });

  it("may not use the handler's own, but for log, emit and progress", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep, log }) => {
        await step("a", () => 1, {
          compensate: {
            retry: once,
            run: async () => {
              log.warn("undoing a", { cents: 5 });
              await sleep("inside", "1 second");
            },
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(stepOf(run, "a").undo).toMatchObject({ error: { name: "NestedStepError" } });
    expect(run.steps).toHaveLength(1);
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { level: "warn", message: "undoing a", data: { cents: 5 }, step: "a" },
    ]);
  });

  it("goes on at `retry` with what failed, and with nothing that is undone", async () => {
    const undone: string[] = [];
    let isBroken = true;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await step("b", () => 1, {
          compensate: {
            retry: once,
            run: () => (isBroken ? fail("stuck") : void undone.push("b")),
          },
        });
        fail("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    isBroken = false;
    await bench.engine.retry(id, { actor: "ada" });

    const run = await bench.settled(id);
    expect(undone).toEqual(["a", "b"]);
    expect(run).toMatchObject({
      status: "compensated",
      cause: "error",
      error: { message: "the reason" },
      attempt: 2,
    });
    expect(statuses(run)).toEqual({ a: "compensated", b: "compensated" });
  });
});
