import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { NonRetryableError, RetryAfterError } from "../../core/errors.js";
import type { RetryOptions } from "../../core/retry.js";
import type { StepContext } from "../../core/step-types.js";
import { closedBench, HOUR, MINUTE, openBench, SECOND, START, stepOf } from "./bench.fixture.js";

/** A workflow of one step, and when its attempts began. */
function flaky(
  retry: RetryOptions | undefined,
  attempt: (context: StepContext) => unknown,
  defaults?: RetryOptions,
) {
  const attempts: number[] = [];
  const clock = { now: () => 0 };
  const flow = defineWorkflow({
    name: "flow",
    retry: defaults,
    run: async ({ step }) =>
      step(
        "call",
        (context) => {
          attempts.push((clock.now() - START) / SECOND);
          return attempt(context);
        },
        { retry },
      ),
  });
  const open = async () => {
    const bench = await openBench([flow]);
    clock.now = bench.clock.now;
    return bench;
  };
  return { flow, attempts, open };
}

const fail = ({ attempt }: StepContext): never => {
  throw new Error(`attempt ${attempt} failed`);
};

describe("attempts", () => {
  it("are three unless something else is said, the delay doubling from a second", async () => {
    const { flow, attempts, open } = flaky({ jitter: false }, fail);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", error: { message: "attempt 3 failed" } });
    expect(attempts).toEqual([0, 1, 3]);
    expect(stepOf(run, "call")).toMatchObject({ status: "failed", attempt: 3 });
  });

  it("are those of the workflow where the step says nothing, option by option", async () => {
    const defaults = { attempts: 4, delay: "10s", factor: 1, jitter: false } as const;
    const { flow, attempts, open } = flaky({ attempts: 2 }, fail, defaults);
    await using bench = await open();
    await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toEqual([0, 10]);
  });

  it("wait at most maxDelay, and by factor", async () => {
    const policy = { attempts: 5, delay: "1s", factor: 3, maxDelay: "5s", jitter: false } as const;
    const { flow, attempts, open } = flaky(policy, fail);
    await using bench = await open();
    await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toEqual([0, 1, 4, 9, 14]);
  });

  it("are spread by jitter, never beyond the delay", async () => {
    const { flow, attempts, open } = flaky({ attempts: 2, delay: "10s" }, fail);
    await using bench = await open();
    await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toHaveLength(2);
    expect(attempts[1]).toBeGreaterThanOrEqual(5);
    expect(attempts[1]).toBeLessThanOrEqual(10);
  });

  it("end with the first success, and the history of attempts is kept", async () => {
    const { flow, open } = flaky({ delay: "1s", jitter: false }, (context) =>
      context.attempt < 3 ? fail(context) : "done",
    );
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run.output).toBe("done");
    expect(stepOf(run, "call")).toMatchObject({
      status: "completed",
      attempt: 3,
      error: null,
      attempts: [
        {
          attempt: 1,
          startedAt: new Date(START),
          endedAt: new Date(START),
          error: { message: "attempt 1 failed" },
        },
        { attempt: 2, startedAt: new Date(START + SECOND), error: { message: "attempt 2 failed" } },
        { attempt: 3, startedAt: new Date(START + 3 * SECOND), error: null },
      ],
    });
  });

  it.each([0, -1, 1.5, Infinity, NaN])("may not be %d", async (attempts) => {
    const { flow, open } = flaky({ attempts }, fail);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { name: "InvalidArgumentError" },
      steps: [],
    });
  });
});

describe("an error that ends the attempts", () => {
  it("is NonRetryableError", async () => {
    const { flow, attempts, open } = flaky({ attempts: 5 }, () => {
      throw new NonRetryableError("no such card");
    });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toEqual([0]);
    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { name: "NonRetryableError", message: "no such card" },
    });
  });

  it("is what retryIf refuses, which sees each error as it was thrown", async () => {
    class CardError extends Error {}
    const seen: unknown[] = [];
    const retryIf = (error: unknown): boolean => {
      seen.push(error);
      return !(error instanceof CardError);
    };
    const { flow, attempts, open } = flaky({ attempts: 5, delay: 0, retryIf }, ({ attempt }) => {
      throw attempt === 2 ? new CardError("declined") : new Error("down");
    });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { message: "declined" },
    });
    expect(attempts).toHaveLength(2);
    expect(seen).toContainEqual(expect.any(CardError));
  });

  it("is any of which retryIf itself throws", async () => {
    const policy: RetryOptions = {
      attempts: 5,
      retryIf: () => {
        throw new Error("a bug in retryIf");
      },
    };
    const { flow, attempts, open } = flaky(policy, fail);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { message: "attempt 1 failed" },
    });
    expect(attempts).toEqual([0]);
  });
});

describe("RetryAfterError", () => {
  it("overrides the next delay, beyond maxDelay and without jitter", async () => {
    const { flow, attempts, open } = flaky(
      { attempts: 3, delay: "1s", maxDelay: "2s" },
      ({ attempt }) => {
        if (attempt < 3) throw new RetryAfterError("too many requests", "90s");
        return "done";
      },
    );
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toEqual([0, 90, 180]);
    expect((await bench.settled(id)).output).toBe("done");
  });

  it("makes no attempt beyond the last", async () => {
    const { flow, attempts, open } = flaky({ attempts: 1 }, () => {
      throw new RetryAfterError("too many requests", "1s");
    });
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(attempts).toEqual([0]);
    expect(await bench.settled(id)).toMatchObject({ error: { name: "RetryAfterError" } });
  });
});

describe("a back-off", () => {
  it("parks the run and says for what it waits", async () => {
    const { flow, open } = flaky({ attempts: 2, delay: "1 hour", jitter: false }, fail);
    await using bench = await open();
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    const until = new Date(START + HOUR);
    expect(run).toMatchObject({
      status: "waiting",
      waitingFor: { kind: "retry", name: "call", until },
    });
    expect(stepOf(run, "call")).toMatchObject({ status: "waiting", attempt: 1, until });
  });

  it("holds no slot: with one slot another run goes on meanwhile", async () => {
    const { flow, attempts } = flaky({ attempts: 2, delay: "1 hour" }, fail);
    await using bench = closedBench([flow]);
    await bench.engine.startWorker({ concurrency: 1 });
    const ids = [(await bench.engine.start(flow)).id, (await bench.engine.start(flow)).id];
    for (const id of ids) expect((await bench.settled(id)).status).toBe("waiting");

    expect(attempts).toHaveLength(2);
  });

  it("survives a restart with its attempt count and its time", async () => {
    const { flow, attempts, open } = flaky(
      { attempts: 3, delay: "10 minutes", jitter: false },
      fail,
    );
    await using bench = await open();
    const { id } = await bench.engine.start(flow);
    await bench.advance(5 * MINUTE);
    await bench.restart();
    await bench.advance(5 * MINUTE);
    await bench.restart();
    await bench.advance(20 * MINUTE);

    expect(attempts).toEqual([0, 600, 1800]);
    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: { message: "attempt 3 failed" },
    });
  });

  it("does not hold up what runs beside it", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const retry = { attempts: 2, delay: "1 hour", jitter: false } as const;
        const slow = step(
          "slow",
          ({ attempt }) => (attempt === 1 ? fail({ attempt } as never) : "slow"),
          {
            retry,
          },
        );
        await sleep("short", "1 minute");
        const quick = await step("quick", () => "quick");
        return [quick, await slow];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE);
    expect(stepOf(await bench.settled(id), "quick").status).toBe("completed");

    await bench.advance(HOUR);
    expect((await bench.settled(id)).output).toEqual(["quick", "slow"]);
  });

  it("of an attempt that a crash cut off counts that attempt as not made", async () => {
    const seen: number[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step(
          "call",
          ({ attempt }) => {
            seen.push(attempt);
            return seen.length === 1 ? new Promise(() => {}) : fail({ attempt } as never);
          },
          { retry: { attempts: 2, delay: 0 } },
        ),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();

    expect((await bench.settled(id)).status).toBe("failed");
    expect(seen).toEqual([1, 1, 2]);
  });
});

function throwRangeError({ attempt }: StepContext): never {
  const error = new RangeError(`attempt ${attempt}`, { cause: new Error("why") });
  throw Object.assign(error, { code: "E_RANGE" });
}

describe("exhausted attempts", () => {
  it("throw the last error itself into the handler, live and on replay", async () => {
    const seen: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        try {
          await step("call", throwRangeError, { retry: { attempts: 2, delay: 0 } });
        } catch (error) {
          const { name, message, code, cause } = error as Error & { code: string };
          seen.push({ name, message, code, cause: (cause as Error).message });
        }
        await sleep("a while", "1 hour");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).status).toBe("completed");
    const error = { name: "RangeError", message: "attempt 2", code: "E_RANGE", cause: "why" };
    expect(seen).toEqual([error, error]);
  });
});
