import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  gate,
  HOUR,
  MINUTE,
  openBench,
  SECOND,
  START,
  statuses,
  stepOf,
} from "./bench.fixture.js";

const timedOut = {
  status: "failed",
  cause: "timeout",
  error: { name: "RunTimeoutError" },
} as const;

const sleeper = defineWorkflow({
  name: "sleeper",
  timeout: "1 hour",
  run: async ({ sleep }) => {
    for (;;) await sleep("nap", "25 minutes");
  },
});

describe("a run's timeout", () => {
  it("counts from creation, sleeping included, and ends a run that nobody has in memory", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    expect((await bench.settled(id)).deadlineAt).toEqual(new Date(START + HOUR));
    await bench.advance(HOUR - 1);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(1);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ ...timedOut, endedAt: new Date(START + HOUR) });
    expect(run.error?.message).toContain(id);
    expect(stepOf(run, "nap#3").status).toBe("abandoned");
  });

  it("counts on through crashes and while no worker lives", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.advance(20 * MINUTE);
    await bench.restart();
    await bench.advance(20 * MINUTE);
    bench.kill();
    await bench.advance(2 * HOUR);
    expect((await bench.engine.get(id)).status).toBe("waiting");
    await bench.startWorker();

    expect(await bench.settled(id)).toMatchObject(timedOut);
  });

  it("counts from startAt where the run begins later", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper, undefined, { delay: "2 hours" });
    await bench.advance(3 * HOUR - 1);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(1);

    expect(await bench.settled(id)).toMatchObject(timedOut);
  });

  it("is enforced by a worker that does not have the run's code", async () => {
    const other = defineWorkflow({ name: "other", run: async () => 1 });
    await using bench = closedBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await using workers = await openBesideOf(bench, other);
    await workers.advance(HOUR);

    expect(await bench.engine.get(id)).toMatchObject(timedOut);
  });

  it("ends a run that waits for an event without a timeout", async () => {
    const forgotten = defineWorkflow({
      name: "forgotten",
      timeout: "1 day",
      events: { never: z.null() },
      run: async ({ waitForEvent }) => waitForEvent("never"),
    });
    await using bench = await openBench([forgotten]);
    const { id } = await bench.engine.start(forgotten);
    await bench.advance(24 * HOUR);

    const run = await bench.settled(id);
    expect(run).toMatchObject(timedOut);
    expect(statuses(run)).toEqual({ never: "abandoned" });
  });

  it("goes on while the run is paused", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.settled(id);
    await bench.engine.pause(id);
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject(timedOut);
  });

  it("leaves a run that ended before it alone", async () => {
    const quick = defineWorkflow({ name: "quick", timeout: "1s", run: async () => "done" });
    await using bench = await openBench([quick]);
    const { id } = await bench.engine.start(quick);
    await bench.settled(id);
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "done" });
  });
});

describe("past the deadline", () => {
  it("the signals of handler and steps are aborted, and nothing is thrown into the handler", async () => {
    const signals: AbortSignal[] = [];
    const thrown: unknown[] = [];
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      timeout: "10s",
      run: async ({ step, signal }) => {
        signals.push(signal);
        await step("slow", (context) => {
          signals.push(context.signal);
          return stuck.promise;
        }).catch((error: unknown) => thrown.push(error));
        await step("more", () => thrown.push("more"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(10 * SECOND - 1);
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false]);
    await bench.advance(1);

    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
    stuck.open();
    const run = await bench.settled(id);
    expect(run).toMatchObject(timedOut);
    expect(run.steps).toMatchObject([{ key: "slow" }]);
    expect(thrown).toEqual([]);
  });

  it("a step in flight that can be undone is recorded, and nothing but undo starts", async () => {
    const ran: string[] = [];
    const stuck = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      timeout: "10s",
      run: async ({ step }) => {
        await step("book", () => stuck.promise, {
          compensate: (output) => void ran.push(`undo ${output}`),
        });
        await step("more", () => ran.push("more"));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(12 * SECOND);
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating", cause: "timeout" });
    stuck.open("seat");

    expect(await bench.settled(id)).toMatchObject({ status: "compensated", cause: "timeout" });
    expect(ran).toEqual(["undo seat"]);
  });

  it("a handler cannot complete, though it was busy while the time passed", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "10s",
      run: async ({ step }) => step("busy", () => clock.moveTo(START + 11 * SECOND)),
    });
    await using bench = await openBench([flow]);
    const { clock } = bench;
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({ ...timedOut, output: null });
  });

  it("what fell due before it while nobody looked is recorded, and completes no run", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "10s",
      run: async ({ sleep }) => sleep("nap", "5s"),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(MINUTE);
    await bench.startWorker();

    expect(await bench.settled(id)).toMatchObject(timedOut);
  });

  it("a retry gives the run its whole time again", async () => {
    await using bench = await openBench([sleeper]);
    const { id } = await bench.engine.start(sleeper);
    await bench.advance(2 * HOUR);
    await bench.engine.retry(id);
    expect(await bench.settled(id)).toMatchObject({
      status: "waiting",
      deadlineAt: new Date(START + 3 * HOUR),
    });
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject(timedOut);
  });
});

/** A second process with a worker on the same database. */
async function openBesideOf(bench: ReturnType<typeof closedBench>, ...workflows: unknown[]) {
  const beside = closedBench(workflows, {}, bench);
  await beside.startWorker();
  return beside;
}
