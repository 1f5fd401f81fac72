import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  HOUR,
  MINUTE,
  openBench,
  SECOND,
  START,
  statuses,
  stepOf,
} from "./bench.fixture.js";

const nap = defineWorkflow({
  name: "nap",
  run: async ({ step, sleep }) => {
    await sleep("nap", "1 hour");
    return step("after", () => "awake");
  },
});

describe("sleep", () => {
  it("ends when its time has passed, and not before", async () => {
    await using bench = await openBench([nap]);
    const { id } = await bench.engine.start(nap);
    await bench.advance(HOUR - 1);
    const until = new Date(START + HOUR);
    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "waiting",
      waitingFor: { kind: "sleep", name: "nap", until },
    });
    expect(stepOf(run, "nap")).toMatchObject({ kind: "sleep", status: "waiting", until });

    await bench.advance(1);
    expect(await bench.settled(id)).toMatchObject({ status: "completed", endedAt: until });
  });

  it("keeps its own wake time through any number of replays and crashes", async () => {
    await using bench = await openBench([nap]);
    const { id } = await bench.engine.start(nap);
    for (let n = 0; n < 5; n += 1) {
      await bench.advance(10 * MINUTE);
      await bench.restart();
    }
    await bench.advance(10 * MINUTE);

    expect(await bench.settled(id)).toMatchObject({
      status: "completed",
      endedAt: new Date(START + HOUR),
    });
  });

  it("that is over is not slept again, and later ones are", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep, now }) => {
        const times: number[] = [];
        for (let n = 0; n < 3; n += 1) {
          await sleep("nap", "1 hour");
          times.push((now().getTime() - START) / HOUR);
        }
        return times;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    for (let n = 0; n < 3; n += 1) {
      await bench.advance(HOUR);
      await bench.restart();
    }

    const run = await bench.settled(id);
    expect(run.output).toEqual([1, 2, 3]);
    expect(Object.keys(statuses(run))).toEqual(["nap", "nap#2", "nap#3"]);
  });

  it("holds no slot: with one slot any number sleep side by side", async () => {
    await using bench = closedBench([nap]);
    await bench.engine.startWorker({ concurrency: 1 });
    const ids = [];
    for (let n = 0; n < 10; n += 1) ids.push((await bench.engine.start(nap)).id);
    for (const id of ids) expect((await bench.settled(id)).status).toBe("waiting");
  });

  it("side by side ends in the order of the times, though nobody looked", async () => {
    const order: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => {
        const rest = (name: string, minutes: number) =>
          sleep(name, minutes * MINUTE).then(() => order.push(name));
        await Promise.all([rest("c", 30), rest("a", 10), rest("b", 20)]);
        return [...order];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    bench.kill();
    await bench.advance(HOUR);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["a", "b", "c"]);
  });

  it("of no time, and sleepUntil in the past, are due at once", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep, sleepUntil }) => {
        await sleep("none", 0);
        await sleepUntil("past", new Date(START - HOUR));
        return "done";
      },
    });
    await using bench = await openBench([flow]);

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      output: "done",
      endedAt: new Date(START),
    });
  });

  it.each([
    ["sleep", "soon"],
    ["sleep", -1],
    ["sleep", NaN],
    ["sleep", "101 years"],
    ["sleepUntil", new Date(NaN)],
    ["sleepUntil", 5],
  ] as const)("refuses %s(%s)", async (kind, time) => {
    const flow = defineWorkflow({
      name: "flow",
      run: async (args) => args[kind]("nap", time as never),
    });
    await using bench = await openBench([flow]);

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      status: "failed",
      error: { name: "InvalidArgumentError" },
      steps: [],
    });
  });
});

describe("sleepUntil", () => {
  it("wakes at the date", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleepUntil, now }) => {
        await sleepUntil("morning", new Date(START + 6 * HOUR));
        return now();
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(6 * HOUR);

    expect((await bench.settled(id)).output).toEqual(new Date(START + 6 * HOUR));
  });
});

describe("a race of timers", () => {
  it("goes on with the first and leaves the rest behind", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep, step }) => {
        const first = await Promise.race([
          sleep("long", "1 day").then(() => "long"),
          sleep("short", "1s").then(() => "short"),
        ]);
        return step("next", () => first);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(SECOND);

    const run = await bench.settled(id);
    expect(run.output).toBe("short");
    expect(statuses(run)).toEqual({ long: "abandoned", short: "completed", next: "completed" });
  });

  it("beside a parallel batch holds nothing up, though nobody awaits it", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep, step }) => {
        void sleep("reminder", "1 hour");
        const results = await Promise.all([1, 2, 3].map((n) => step(`part ${n}`, () => n)));
        await sleep("pause", "1s");
        return results;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(SECOND);

    expect((await bench.settled(id)).output).toEqual([1, 2, 3]);
  });
});
