import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { closedBench, gate, HOUR, openBench, statuses } from "../laws/bench.fixture.js";

const sleeper = defineWorkflow({
  name: "sleeper",
  run: async ({ step, sleep }) => {
    await step("a", () => 1);
    await sleep("a day", "1 day");
  },
});

describe("cancel", () => {
  it("ends a run that no worker has taken yet", async () => {
    await using bench = closedBench([sleeper]);
    const { id, result } = await bench.engine.start(sleeper);
    await bench.engine.cancel(id, { actor: "ada", reason: "ordered twice" });

    const run = await bench.engine.get(id);
    expect(run).toMatchObject({ status: "cancelled", cause: "cancel", error: null, steps: [] });
    expect(run.endedAt).toEqual(new Date(bench.clock.now()));
    await expect(result()).rejects.toMatchObject({ name: "RunCancelledError", run: { id } });
    await bench.startWorker();
    expect((await bench.settled(id)).status).toBe("cancelled");
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { message: "cancelled", data: { action: "cancel", actor: "ada", reason: "ordered twice" } },
    ]);
  });

  it("ends a delayed run, which never begins", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({ name: "flow", run: async () => void ran.push("flow") });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, undefined, { delay: "1 hour" });
    await bench.engine.cancel(id);
    await bench.advance(2 * HOUR);

    expect((await bench.settled(id)).status).toBe("cancelled");
    expect(ran).toEqual([]);
  });

  it("ends a sleeping run, whose sleep is abandoned and wakes nobody", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.settled(id);
    await bench.engine.cancel(id);
    expect(statuses(await bench.engine.get(id))).toEqual({ a: "completed", "a day": "abandoned" });
    const { revision } = await bench.engine.get(id);
    await bench.advance(48 * HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "cancelled", revision });
  });

  it("ends a paused run by itself where it has nothing to undo", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.engine.cancel(id);

    expect(await bench.engine.get(id)).toMatchObject({ status: "cancelled", cause: "cancel" });
  });

  it("ends a blocked run by itself where it has nothing to undo", async () => {
    const changed = defineWorkflow({
      name: "sleeper",
      run: async ({ step }) => void (await step("renamed", () => 1)),
    });
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.settled(id);
    await bench.restartWith([changed]);
    await bench.advance(24 * HOUR);
    expect((await bench.settled(id)).status).toBe("blocked");
    await bench.engine.cancel(id);

    expect(await bench.engine.get(id)).toMatchObject({ status: "cancelled", blockedBy: null });
  });

  it("ends a run in a back-off", async () => {
    let attempts = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step(
          "a",
          () => {
            attempts += 1;
            throw new Error("no");
          },
          { retry: { attempts: 5, delay: "1 hour" } },
        );
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).waitingFor).toMatchObject({ kind: "retry", name: "a" });
    await bench.engine.cancel(id);
    await bench.advance(10 * HOUR);

    expect((await bench.settled(id)).status).toBe("cancelled");
    expect(attempts).toBe(1);
  });

  it("aborts the signals of the step and of the handler, and ends without waiting for the step", async () => {
    const seen: string[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, signal: own }) => {
        own.addEventListener("abort", () => seen.push("handler"));
        await step("a", async ({ signal }) => {
          signal.addEventListener("abort", () => seen.push("step"));
          await hold.promise;
          return signal.aborted;
        });
        seen.push("went on");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.runDue();
    expect(seen.toSorted()).toEqual(["handler", "step"]);
    hold.open();

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "cancelled",
      cause: "cancel",
      steps: [{ status: "abandoned", output: null }],
    });
    // The replay that looks for undos is not made where there are none.
    expect(seen).not.toContain("went on");
  });

  it("records what a step comes to that heeds its signal", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", ({ signal }) => {
          return new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve("stopped"));
          });
        });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    expect(await bench.settled(id)).toMatchObject({
      status: "cancelled",
      steps: [{ status: "completed", output: "stopped" }],
    });
  });

  it("reaches a step in another process", async () => {
    const hold = gate();
    let aborted = false;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", async ({ signal }) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            hold.open();
          });
          await hold.promise;
        });
      },
    });
    await using bench = await openBench([flow]);
    await using other = closedBench([flow], {}, bench);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await other.engine.cancel(id);
    expect(aborted).toBe(false);
    // The look at the database that is due once a second.
    await bench.runDue();

    expect(aborted).toBe(true);
    expect((await bench.settled(id)).status).toBe("cancelled");
  });

  it("undoes what a step did that came to its end after the cancel", async () => {
    const undone: unknown[] = [];
    const hold = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => hold.promise, { compensate: (output) => void undone.push(output) });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.runDue();
    hold.open("ch_1");

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["ch_1"]);
  });

  it("undoes what failed, and what is recorded from before a restart", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const undo = { compensate: () => void undone.push("undo") };
        await step("a", () => 1, undo);
        await step("b", () => Promise.reject(new Error("no")), {
          retry: { attempts: 1 },
          ...undo,
        }).catch(() => {});
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.engine.cancel(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel", error: null });
    expect(statuses(run)).toEqual({ a: "compensated", b: "compensated", "a day": "abandoned" });
    expect(undone).toHaveLength(2);
  });

  it("undoes nothing with `compensate: false`, of a waiting run and of one in a step", async () => {
    const undone: string[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await sleep("a day", "1 day");
      },
    });
    const busy = defineWorkflow({
      name: "busy",
      run: async ({ step }) => {
        await step("b", () => hold.promise, { compensate: () => void undone.push("b") });
      },
    });
    await using bench = await openBench([flow, busy]);
    const waiting = await bench.engine.start(flow);
    const running = await bench.engine.start(busy);
    await bench.runDue();
    await bench.engine.cancel(waiting.id, { compensate: false });
    expect((await bench.engine.get(waiting.id)).status).toBe("cancelled");
    await bench.engine.cancel(running.id, { compensate: false });
    hold.open();

    const run = await bench.settled(running.id);
    expect(run).toMatchObject({ status: "cancelled", steps: [{ key: "b", undo: null }] });
    expect(undone).toEqual([]);
  });

  it("does nothing to a run that undoes itself", async () => {
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => hold.promise });
        throw new Error("the reason");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    const before = await bench.engine.get(id);
    expect(before.status).toBe("compensating");
    await bench.engine.cancel(id, { compensate: false });
    expect((await bench.engine.get(id)).revision).toBe(before.revision);
    hold.open();

    expect(await bench.settled(id)).toMatchObject({
      status: "compensated",
      cause: "error",
      error: { message: "the reason" },
    });
  });

  it("is refused where the run has ended, or is unknown", async () => {
    const flow = defineWorkflow({ name: "flow", run: async () => "done" });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    const before = await bench.engine.get(id);

    await expect(bench.engine.cancel(id)).rejects.toMatchObject({
      name: "RunEndedError",
      code: "RUN_ENDED",
      status: "completed",
      runId: id,
    });
    await expect(bench.engine.cancel("nobody")).rejects.toMatchObject({ name: "RunNotFoundError" });
    await expect(bench.engine.cancel("no id!")).rejects.toMatchObject({ name: "RunNotFoundError" });
    expect(await bench.engine.get(id)).toEqual(before);
  });

  it("hands nothing to the handler, whose `finally` and `catch` start nothing more", async () => {
    const ran: string[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        try {
          const fn = async ({ signal }: { signal: AbortSignal }) => {
            await hold.promise;
            signal.throwIfAborted();
          };
          await step("a", fn, { compensate: (_output, { step: of }) => void ran.push(of.key) });
        } finally {
          await step("clean up", () => ran.push("clean up"));
        }
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.runDue();
    hold.open();

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(run.steps).toMatchObject([{ key: "a", status: "compensated", attempt: 1 }]);
    expect(ran).toEqual(["a"]);
  });
});
