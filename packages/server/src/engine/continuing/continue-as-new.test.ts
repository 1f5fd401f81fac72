import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";
import { crashAtEachWrite } from "../undo/crash-bench.fixture.js";

describe("continueAsNew", () => {
  it("begins an empty history under the same run id, with the parsed input", async () => {
    const seen: unknown[] = [];
    const keys: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      input: z.object({ n: z.coerce.number().default(1) }),
      run: async ({ input, run, step, continueAsNew, uuid }): Promise<number> => {
        seen.push([run.id, run.iteration, run.attempt, input]);
        keys.push(uuid("key"), await step("a", ({ idempotencyKey }) => idempotencyKey));
        if (input.n < 3) await continueAsNew({ n: String(input.n + 1) });
        return input.n;
      },
    });
    await using bench = await openBench([flow]);
    const options = { idempotencyKey: "k", owner: "ada", tags: ["t"] };
    const handle = await bench.engine.start(flow, {}, options);

    const run = await bench.settled(handle.id);
    expect(run).toMatchObject({
      status: "completed",
      output: 3,
      input: { n: 3 },
      iteration: 3,
      attempt: 1,
      stepCount: 1,
      ...options,
    });
    expect(seen).toEqual([1, 2, 3].map((n) => [handle.id, n, 1, { n }]));
    expect(new Set(keys).size).toBe(6);
    expect(await handle.result()).toBe(3);
  });

  it("never returns: nothing after it runs, and no `catch` or `finally` sees it", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step, continueAsNew }): Promise<string> => {
        if (run.iteration === 2) return "second";
        try {
          await continueAsNew(undefined);
          ran.push("after");
        } catch {
          ran.push("catch");
        } finally {
          ran.push("finally");
        }
        await step("after", () => ran.push("step"));
        return "first";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).output).toBe("second");
    expect(ran).toEqual([]);
  });

  it("refuses an input that does not fit, and can be called again", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.number().max(2),
      run: async ({ input, continueAsNew }): Promise<string> => {
        if (input === 2) return "second";
        const error = await continueAsNew(3).catch((refused: Error) => refused.name);
        if (error === "InputValidationError") await continueAsNew(2);
        return "first";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, 1);

    expect((await bench.settled(id)).output).toBe("second");
  });

  it("takes events that were not taken along, each to be taken once, in their order", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.array(z.string()),
      events: { note: z.string() },
      run: async ({ input, waitForEvent, continueAsNew }): Promise<string[]> => {
        const notes = [...input, await waitForEvent("note")];
        if (notes.length < 5) await continueAsNew(notes);
        return notes;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, []);
    for (const note of ["1", "2", "3"]) await bench.engine.sendEvent(id, "note", note);
    await bench.settled(id);
    await bench.engine.sendEvent(id, "note", "4", { dedupeKey: "four" });
    await bench.settled(id);
    await bench.engine.sendEvent(id, "note", "4 again", { dedupeKey: "four" });
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.sendEvent(id, "note", "5");

    expect(await bench.settled(id)).toMatchObject({
      iteration: 5,
      output: ["1", "2", "3", "4", "5"],
    });
  });

  it("goes one way or the other at a crash, and loses no event", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.array(z.string()),
      events: { note: z.string() },
      run: async ({ input, step, waitForEvent, continueAsNew }): Promise<string[]> => {
        const note = await waitForEvent("note");
        const noted = await step("note it", () => note.toUpperCase());
        const notes = [...input, noted];
        if (notes.length < 3) await continueAsNew(notes);
        return notes;
      },
    });
    const writes = await crashAtEachWrite(
      () => [flow],
      async (bench) => {
        const { id } = await bench.engine.start(flow, []);
        for (const note of ["a", "b", "c"]) await bench.engine.sendEvent(id, "note", note);
        return id;
      },
      (run) => {
        expect(run).toMatchObject({ status: "completed", iteration: 3, output: ["A", "B", "C"] });
        expect(run.steps.map((step) => step.key)).toEqual(["note", "note it"]);
      },
    );
    expect(writes).toBeGreaterThan(5);
  });

  it("cancels running children, whose ends the next iteration does not see", async () => {
    const undone: string[] = [];
    const child = defineWorkflow({
      name: "child",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => void undone.push("child") });
        await sleep("a day", "1 day");
        return "slept";
      },
    });
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, invoke, sleep, continueAsNew }): Promise<string> => {
        const invoked = invoke("child", child);
        if (run.iteration === 1) {
          await sleep("a while", "1 hour");
          await continueAsNew(undefined);
        }
        return invoked;
      },
    });
    await using bench = await openBench([flow, child]);
    const { id } = await bench.engine.start(flow);
    const first = stepOf(await bench.settled(id), "child").childId ?? "";
    await bench.advance(HOUR);
    const second = stepOf(await bench.settled(id), "child").childId ?? "";
    expect(second).not.toBe(first);
    expect(await bench.settled(first)).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(undone).toEqual(["child"]);
    await bench.advance(24 * HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "slept" });
  });

  it("drops the undos that were registered", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step, continueAsNew }) => {
        const name = `step of ${run.iteration}`;
        await step(name, () => 1, { compensate: () => void undone.push(name) });
        if (run.iteration === 1) await continueAsNew(undefined);
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(undone).toEqual(["step of 2"]);
    expect(statuses(run)).toEqual({ "step of 2": "compensated" });
  });

  it("has its timeout and its step keys count anew", async () => {
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ run, sleep, continueAsNew }): Promise<string> => {
        await sleep("a while", "40 minutes");
        if (run.iteration < 3) await continueAsNew(undefined);
        return "done";
      },
    });
    await using bench = await openBench([flow]);
    const startedAt = bench.clock.now();
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);
    expect((await bench.settled(id)).deadlineAt).toEqual(new Date(startedAt + (40 + 60) * 60_000));
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: "done", iteration: 3 });
    expect(run.steps.map((step) => step.key)).toEqual(["a while"]);
  });

  it("goes to the newest version that is not deprecated, whose input it is parsed as", async () => {
    const one = defineWorkflow({
      name: "flow",
      version: "1",
      input: z.number(),
      run: async ({ continueAsNew }): Promise<string> => {
        await continueAsNew(7 as never);
        return "one";
      },
    });
    const two = defineWorkflow({
      name: "flow",
      version: "2",
      input: z.number().transform((n) => `parsed by two: ${n}`),
      run: async ({ input }) => input,
    });
    const three = defineWorkflow({
      name: "flow",
      version: "3",
      deprecated: true,
      run: async () => "three",
    });
    await using bench = await openBench([one, two, three]);
    const { id } = await bench.engine.start(one, 1);

    expect(await bench.settled(id)).toMatchObject({
      version: "2",
      iteration: 2,
      output: "parsed by two: 7",
    });
  });

  it("is held by a pause that came before it, and stays paused", async () => {
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step, continueAsNew }): Promise<string> => {
        if (run.iteration === 2) return "second";
        await step("a", () => hold.promise);
        await continueAsNew(undefined);
        return "first";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.pause(id);
    hold.open();
    expect(await bench.settled(id)).toMatchObject({ status: "paused", iteration: 1 });
    await bench.engine.resume(id);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "second" });
  });

  it("is a change like any other for watchers and for `result`, which wait for the end", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, sleep, continueAsNew }): Promise<string> => {
        await sleep("a while", "1 hour");
        if (run.iteration === 1) await continueAsNew(undefined);
        return `end of ${run.iteration}`;
      },
    });
    await using bench = await openBench([flow]);
    const handle = await bench.engine.start(flow);
    const iterations: number[] = [];
    const watching = (async () => {
      for await (const run of handle.watch()) iterations.push(run.iteration);
    })();
    const result = handle.result();
    await bench.advance(HOUR);
    await bench.advance(HOUR);

    expect(await result).toBe("end of 2");
    await watching;
    expect(iterations.at(-1)).toBe(2);
    expect(iterations).toEqual(iterations.toSorted());
  });

  it("tells its parent of the end of the last iteration only", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ run, continueAsNew }): Promise<string> => {
        if (run.iteration < 4) await continueAsNew(undefined);
        return `end of ${run.iteration}`;
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", child),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);

    expect((await bench.settled(id)).output).toBe("end of 4");
  });

  it("is retried within its iteration", async () => {
    let isBroken = true;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step, continueAsNew }): Promise<string> => {
        if (run.iteration === 1) await continueAsNew(undefined);
        const fn = (): string => {
          if (isBroken) throw new Error("no");
          return `done in ${run.iteration}, attempt ${run.attempt}`;
        };
        return step("a", fn, { retry: { attempts: 1 } });
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    isBroken = false;
    await bench.engine.retry(id);

    expect((await bench.settled(id)).output).toBe("done in 2, attempt 2");
  });
});
