import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { StepOptions } from "../../core/step-types.js";
import { fakePrisma, gate, MINUTE, openBench, SECOND, START, stepOf } from "./bench.fixture.js";

type Options = StepOptions<unknown, boolean, undefined>;

/** A workflow of one step whose attempts end when their gates open. */
function slow(options: Options) {
  const attempts: { at: number; signal: AbortSignal; gate: ReturnType<typeof gate<unknown>> }[] =
    [];
  const clock = { now: () => 0 };
  const flow = defineWorkflow({
    name: "flow",
    run: async ({ step }) =>
      step(
        "slow",
        ({ signal }) => {
          const attempt = { at: (clock.now() - START) / SECOND, signal, gate: gate<unknown>() };
          attempts.push(attempt);
          return attempt.gate.promise;
        },
        options,
      ),
  });
  return {
    flow,
    attempts,
    open: async () => {
      const bench = await openBench([flow]);
      clock.now = bench.clock.now;
      return bench;
    },
  };
}

const twice = { retry: { attempts: 2, delay: 0 }, timeout: "10s" } as const;

describe("an attempt past its timeout", () => {
  it("has its signal aborted, and fails the step with StepTimeoutError", async () => {
    const { flow, attempts, open } = slow({ timeout: "10s", retry: { attempts: 1 } });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(10 * SECOND - 1);
    expect(attempts[0]?.signal.aborted).toBe(false);
    await bench.advance(1);

    expect(attempts[0]?.signal.aborted).toBe(true);
    expect(attempts[0]?.signal.reason).toMatchObject({ name: "StepTimeoutError" });
    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "StepTimeoutError", code: "STEP_TIMEOUT" },
      endedAt: new Date(START + 10 * SECOND),
    });
    expect(stepOf(run, "slow")).toMatchObject({ status: "failed", timedOut: true });
  });

  it("is followed by the next once it has ended", async () => {
    const { flow, attempts, open } = slow(twice);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(15 * SECOND);
    expect(attempts).toHaveLength(1);

    attempts[0]?.gate.fail(new Error("aborted"));
    await bench.runDue();
    expect(attempts.map(({ at }) => at)).toEqual([0, 15]);
    attempts[1]?.gate.open("done");
    expect((await bench.settled(id)).output).toBe("done");
  });

  it("is followed by the next after settle, where it does not end", async () => {
    const { flow, attempts, open } = slow(twice);
    await using bench = await open();
    await bench.engine.start(flow);
    await bench.advance(40 * SECOND - 1);
    expect(attempts).toHaveLength(1);

    await bench.advance(1);
    expect(attempts.map(({ at }) => at)).toEqual([0, 40]);
  });

  it("is over: a late success counts for nothing", async () => {
    const { flow, attempts, open } = slow(twice);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(15 * SECOND);
    attempts[0]?.gate.open("too late");
    await bench.runDue();
    attempts[1]?.gate.open("in time");

    expect((await bench.settled(id)).output).toBe("in time");
    expect(stepOf(await bench.settled(id), "slow").attempts).toMatchObject([
      { error: { name: "StepTimeoutError" } },
      { error: null },
    ]);
  });

  it("raises no unhandled rejection when it rejects late", async () => {
    const rejections: unknown[] = [];
    const listen = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", listen);
    const { flow, attempts, open } = slow({ timeout: "1s", retry: { attempts: 1 } });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE);
    attempts[0]?.gate.fail(new Error("late"));
    await bench.settled(id);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);

    expect(rejections).toEqual([]);
  });

  it("counts its time from the start of the attempt, not of the step", async () => {
    const { flow, attempts, open } = slow({
      retry: { attempts: 2, delay: "1 minute", jitter: false },
      timeout: "10s",
    });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    attempts[0]?.gate.fail(new Error("down"));
    await bench.advance(MINUTE + 9 * SECOND);
    expect(attempts[1]?.signal.aborted).toBe(false);
    await bench.advance(SECOND);
    expect(attempts[1]?.signal.aborted).toBe(true);
    expect((await bench.settled(id)).status).toBe("failed");
  });

  it("of a transaction aborts it after 5 seconds unless something else is said", async () => {
    const signals: AbortSignal[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ transaction }) =>
        transaction(
          "save",
          (_tx, { signal }) => {
            signals.push(signal);
            return new Promise(() => {});
          },
          { retry: { attempts: 1 } },
        ),
    });
    await using bench = await openBench([flow], { prisma: fakePrisma() });
    const { id } = await bench.engine.start(flow);
    await bench.advance(5 * SECOND);

    expect(signals[0]?.aborted).toBe(true);
    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { name: "StepTimeoutError" },
    });
  });
});

describe("a step without a timeout", () => {
  it("takes as long as it takes, over renewals of its lease", async () => {
    const { flow, attempts, open } = slow({});
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(2 * MINUTE);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.signal.aborted).toBe(false);

    attempts[0]?.gate.open("done");
    expect((await bench.settled(id)).output).toBe("done");
  });
});
