import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { closedBench, gate, HOUR, openBench, SECOND, START, stepOf } from "./bench.fixture.js";

/** A workflow whose step hangs in all but the last of `processes`, and when each began it. */
function hanging(processes: number) {
  const calls: { at: number; signal: AbortSignal; stuck: ReturnType<typeof gate<string>> }[] = [];
  const clock = { now: () => START };
  const flow = defineWorkflow({
    name: "flow",
    run: async ({ step }) =>
      step("work", ({ signal }) => {
        const stuck = gate<string>();
        calls.push({ at: (clock.now() - START) / SECOND, signal, stuck });
        return calls.length === processes ? "done" : stuck.promise;
      }),
  });
  return { flow, calls, clock };
}

/** A second process with a worker; the others do not beat while its clock is moved. */
async function openBeside(bench: TestBench, flow: unknown): Promise<TestBench> {
  const beside = closedBench([flow], {}, bench);
  await beside.startWorker();
  return beside;
}

describe("a worker that beats no more", () => {
  it("loses its run when the lease has passed, and not before", async () => {
    const { flow, calls, clock } = hanging(2);
    await using bench = await openBench([flow]);
    clock.now = bench.clock.now;
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await using other = await openBeside(bench, flow);
    await other.advance(14 * SECOND);
    expect(calls).toHaveLength(1);
    await other.advance(3 * SECOND);

    expect(calls).toHaveLength(2);
    expect((await other.settled(id)).output).toBe("done");
  });

  it("records nothing any more, and sees its signals aborted", async () => {
    const { flow, calls } = hanging(2);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await using other = await openBeside(bench, flow);
    await other.advance(20 * SECOND);
    const ended = await other.settled(id);
    expect(ended.output).toBe("done");

    calls[0]?.stuck.open("too late");
    await bench.runDue();
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(await other.settled(id)).toEqual(ended);
  });

  it("starts no further step", async () => {
    const ran: string[] = [];
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("first", () => {
          ran.push("first");
          return ran.length === 1 ? stuck.promise : undefined;
        });
        await step("second", () => void ran.push("second"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await using other = await openBeside(bench, flow);
    await other.advance(20 * SECOND);
    await other.settled(id);
    stuck.open();
    await bench.runDue();

    expect(ran).toEqual(["first", "first", "second"]);
  });

  it("records after all where nobody else made a claim: time alone makes no token stale", async () => {
    const { flow, calls } = hanging(2);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    bench.clock.moveTo(START + HOUR);
    calls[0]?.stuck.open("late, and fine");

    expect((await bench.settled(id)).output).toBe("late, and fine");
    expect(calls).toHaveLength(1);
  });
});

describe("a takeover", () => {
  it("with nothing recorded since the one before doubles the lease", async () => {
    const { flow, calls, clock } = hanging(4);
    await using bench = await openBench([flow]);
    clock.now = bench.clock.now;
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await using second = await openBeside(bench, flow);
    await second.advance(20 * SECOND);
    await using third = await openBeside(second, flow);
    await third.advance(40 * SECOND);
    await using fourth = await openBeside(third, flow);
    await fourth.advance(70 * SECOND);

    expect((await fourth.settled(id)).output).toBe("done");
    const gaps = calls.slice(1).map(({ at }, n) => at - (calls[n]?.at ?? 0));
    for (const [n, lease] of [15, 30, 60].entries()) {
      expect(gaps[n]).toBeGreaterThanOrEqual(lease);
      expect(gaps[n]).toBeLessThanOrEqual(lease + 20);
    }
  });

  it("goes on after the last recorded step", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("first", () => void ran.push("first"));
        await step("second", () => {
          ran.push("second");
          return ran.length === 2 ? new Promise(() => {}) : undefined;
        });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await using other = await openBeside(bench, flow);
    await other.advance(20 * SECOND);

    expect((await other.settled(id)).status).toBe("completed");
    expect(ran).toEqual(["first", "second", "second"]);
  });
});

describe("takeovers in a row with nothing recorded", () => {
  it("beyond maxRecoveries fail the run, with no undo; a retry goes on where it stopped", async () => {
    const undone: string[] = [];
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("book", () => "seat", { compensate: () => void undone.push("book") });
        return step("hang", () => ((calls += 1) <= 4 ? new Promise(() => {}) : "done"));
      },
    });
    await using bench = await openBench([flow], { maxRecoveries: 2 });
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    for (let n = 0; n < 4; n += 1) {
      await bench.restart();
      await bench.runDue();
    }

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "RecoveryLimitError", code: "RECOVERY_LIMIT" },
    });
    expect(undone).toEqual([]);
    await bench.engine.retry(id);
    const retried = await bench.settled(id);
    expect(retried).toMatchObject({ status: "completed", output: "done", attempt: 2 });
    expect(stepOf(retried, "book").undo).toBeNull();
  });

  it("are twenty unless something else is said", async () => {
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step("hang", () => {
          calls += 1;
          return new Promise(() => {});
        }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    for (let n = 0; n < 25; n += 1) {
      await bench.restart();
      await bench.runDue();
      if ((await bench.engine.get(id)).endedAt !== null) break;
    }

    expect(calls).toBe(21);
    expect((await bench.engine.get(id)).error).toMatchObject({ name: "RecoveryLimitError" });
  });

  it("are not those between which something was recorded", async () => {
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        for (let n = 0; n < 5; n += 1) {
          await step("done", () => n);
          await step("hang", () => ((calls += 1) % 2 === 1 ? new Promise(() => {}) : undefined));
        }
      },
    });
    await using bench = await openBench([flow], { maxRecoveries: 1 });
    const { id } = await bench.engine.start(flow);
    for (let n = 0; n < 5; n += 1) {
      await bench.runDue();
      await bench.restart();
    }

    expect((await bench.settled(id)).status).toBe("completed");
    expect(calls).toBe(10);
  });

  it("are not drained stops", async () => {
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step("hang", () => ((calls += 1) === 1 ? new Promise(() => {}) : "done")),
    });
    const bench = await openBench([flow], { maxRecoveries: 0 });
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.stop();
    expect((await bench.engine.get(id)).status).toBe("pending");
    await using other = closedBench([flow], { maxRecoveries: 0 }, bench);
    await other.startWorker();

    expect((await other.settled(id)).output).toBe("done");
  });
});

describe("a lease that was not renewed within its time", () => {
  it("is renewed before another step starts on it", async () => {
    const order: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("blocks", () => {
          order.push("blocks");
          const until = performance.now() + 120;
          while (performance.now() < until);
        });
        await step("next", () => void order.push("next"));
      },
    });
    await using bench = await openBench([flow], {
      lease: "100ms",
      wrapStore: (store) => ({
        ...store,
        sweep: async (request) => {
          const result = await store.sweep(request);
          order.push("renewed");
          return result;
        },
      }),
    });
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);

    const [begun, ended] = [order.indexOf("blocks"), order.indexOf("next")];
    expect(order.slice(begun, ended)).toContain("renewed");
  });
});
