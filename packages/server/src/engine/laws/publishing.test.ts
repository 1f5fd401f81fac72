import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { gate, HOUR, openBench, SECOND } from "./bench.fixture.js";

/** What a stream of a run that has ended holds: values, and "reset". */
async function partsOf(bench: TestBench, id: string, stream: string): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of bench.engine.stream(id, stream))
    parts.push(part.reset === true ? "reset" : part.value);
  return parts;
}

async function linesOf(bench: TestBench, id: string) {
  return (await bench.engine.logs(id)).items;
}

describe("what the handler publishes", () => {
  const flow = defineWorkflow({
    name: "flow",
    progress: z.object({ percent: z.number() }),
    streams: { tokens: z.string() },
    run: async ({ step, sleep, log, emit, progress }) => {
      log.info("begins", { n: 1 });
      emit("tokens", "a");
      progress({ percent: 10 });
      await step("first", () => 1);
      emit("tokens", "b");
      log.warn("half");
      progress({ percent: 50 });
      await sleep("nap", "1 hour");
      emit("tokens", "c");
      log.error("ends");
      progress({ percent: 100 });
    },
  });

  it("is stored once per call and in order, over replays and crashes", async () => {
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).progress).toEqual({ percent: 50 });
    for (let n = 0; n < 2; n += 1) await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).progress).toEqual({ percent: 100 });
    expect(await partsOf(bench, id, "tokens")).toEqual(["a", "b", "c"]);
    expect(await linesOf(bench, id)).toMatchObject([
      { level: "info", message: "begins", data: { n: 1 }, step: null, attempt: null },
      { level: "warn", message: "half" },
      { level: "error", message: "ends" },
    ]);
  });

  it("is stored not later than the next outcome: a crash before it stores nothing twice", async () => {
    const stuck = gate();
    let executions = 0;
    const slow = defineWorkflow({
      name: "slow",
      run: async ({ step, emit }) => {
        executions += 1;
        emit("out", "before");
        await step("first", () => (executions === 1 ? stuck.promise : undefined));
        emit("out", "after");
      },
    });
    await using bench = await openBench([slow]);
    const { id } = await bench.engine.start(slow);
    await bench.advance(SECOND);
    await bench.restart();
    await bench.settled(id);

    expect(executions).toBe(2);
    expect(await partsOf(bench, id, "out")).toEqual(["before", "after"]);
  });

  it("can be read while a step runs, soon after the call", async () => {
    const stuck = gate();
    const slow = defineWorkflow({
      name: "slow",
      run: async ({ step, progress }) => {
        progress("working");
        await step("first", () => stuck.promise);
      },
    });
    await using bench = await openBench([slow]);
    const { id } = await bench.engine.start(slow);
    await bench.advance(SECOND);
    expect((await bench.engine.get(id)).progress).toBe("working");
    stuck.open();
    expect((await bench.settled(id)).status).toBe("completed");
  });

  it("is parsed at the call, which throws where it does not fit", async () => {
    const errors: string[] = [];
    const attempt = (call: () => void): void => {
      try {
        call();
      } catch (error) {
        errors.push((error as Error).name);
      }
    };
    const strict = defineWorkflow({
      name: "strict",
      progress: z.number(),
      streams: { tokens: z.string().trim() },
      run: async ({ emit, progress }) => {
        attempt(() => progress("half" as never));
        attempt(() => emit("tokens", 5 as never));
        attempt(() => emit("others" as never, "x" as never));
        emit("tokens", " x ");
        return [...errors];
      },
    });
    await using bench = await openBench([strict]);
    const { id } = await bench.engine.start(strict);

    const run = await bench.settled(id);
    expect(run.output).toEqual([
      "InputValidationError",
      "InputValidationError",
      "InvalidArgumentError",
    ]);
    expect(run.progress).toBeNull();
    expect(await partsOf(bench, id, "tokens")).toEqual(["x"]);
  });
});

describe("what a step publishes", () => {
  it("is stored at once, with the step and the attempt", async () => {
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, emit, progress }) =>
        step("talk", async ({ log }) => {
          log.debug("hello");
          emit("out", 1);
          progress("talking");
          await stuck.promise;
        }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();

    expect(await linesOf(bench, id)).toMatchObject([
      { level: "debug", message: "hello", step: "talk", attempt: 1 },
    ]);
    expect((await bench.engine.get(id)).progress).toBe("talking");
    for await (const part of bench.engine.stream(id, "out")) {
      expect(part).toMatchObject({ value: 1, step: "talk", attempt: 1 });
      break;
    }
    stuck.open();
    await bench.settled(id);
  });

  it("begins again with a reset mark at each new attempt, also after a crash", async () => {
    let calls = 0;
    const stuck = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, emit }) =>
        step(
          "talk",
          async () => {
            calls += 1;
            emit("out", `${calls}a`);
            emit("out", `${calls}b`);
            if (calls === 1) throw new Error("down");
            if (calls === 2) await stuck.promise;
          },
          { retry: { attempts: 3, delay: 0 } },
        ),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();
    await bench.settled(id);

    expect(await partsOf(bench, id, "out")).toEqual([
      "1a",
      "1b",
      "reset",
      "2a",
      "2b",
      "reset",
      "3a",
      "3b",
    ]);
  });

  it("is fenced: an attempt that is over publishes nothing more", async () => {
    const late: (() => void)[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, emit, sleep }) => {
        await step(
          "talk",
          ({ attempt, log, signal }) => {
            const say = (): void => {
              emit("out", `attempt ${attempt}`);
              log.info(`attempt ${attempt}`);
            };
            say();
            if (attempt > 1) return "done";
            return new Promise((_, reject) => {
              signal.addEventListener("abort", () => {
                late.push(say);
                reject(new Error("aborted"));
              });
            });
          },
          { timeout: "1s", retry: { attempts: 2, delay: 0 } },
        );
        await sleep("nap", "1 hour");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(SECOND);
    for (const say of late) say();
    await bench.advance(HOUR);
    await bench.settled(id);

    expect(late).toHaveLength(1);
    expect(await partsOf(bench, id, "out")).toEqual(["attempt 1", "reset", "attempt 2"]);
    expect((await linesOf(bench, id)).map((line) => line.message)).toEqual([
      "attempt 1",
      "attempt 2",
    ]);
  });

  it("is fenced: a worker that lost its run publishes nothing more", async () => {
    const says: (() => void)[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, emit }) =>
        step("talk", () => {
          const number = says.length + 1;
          says.push(() => emit("out", number));
          return number === 1 ? new Promise(() => {}) : "done";
        }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();
    await bench.settled(id);
    for (const say of says) say();
    await bench.runDue();

    expect(says).toHaveLength(2);
    expect(await partsOf(bench, id, "out")).toEqual([]);
  });
});

describe("a log line", () => {
  it("whose data cannot be stored fails nothing", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ log }) => {
        log.info("a function", { fn: () => 1 });
        return "done";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).output).toBe("done");
    expect(await linesOf(bench, id)).toMatchObject([
      { message: "a function", data: { name: "NotSerializableError" } },
    ]);
  });
});
