import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { fakePrisma, gate, HOUR, openBench, START, stepOf } from "./bench.fixture.js";

/** Counts calls by name. */
function counter() {
  const counts: Record<string, number> = {};
  return { counts, count: (name: string) => (counts[name] = (counts[name] ?? 0) + 1) };
}

describe("a recorded step", () => {
  it("never runs again, whatever becomes of the process", async () => {
    const { counts, count } = counter();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep, transaction }) => {
        const a = await step("a", () => count("a"));
        const b = await transaction("b", () => count("b"));
        await sleep("a while", "1 hour");
        return { a, b, c: await step("c", () => count("c")) };
      },
    });
    await using bench = await openBench([flow], { prisma: fakePrisma() });
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    for (let n = 0; n < 3; n += 1) await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual({ a: 1, b: 1, c: 1 });
    expect(counts).toEqual({ a: 1, b: 1, c: 1 });
  });

  it("hands out its recorded result though its code returns another shape now", async () => {
    const schema = { old: z.object({ cents: z.number() }), new: z.object({ amount: z.bigint() }) };
    const define = (version: "old" | "new", fn: () => { cents: number }) =>
      defineWorkflow({
        name: "flow",
        run: async ({ step, sleep }) => {
          const price: unknown = await step("price", fn as never, {
            output: schema[version] as never,
          });
          await sleep("a while", "1 hour");
          return price;
        },
      });
    const changed = define("new", () => {
      throw new Error("ran again");
    });
    const original = define("old", () => ({ cents: 5 }));
    await using bench = await openBench([original]);
    const { id } = await bench.engine.start(original);
    await bench.settled(id);
    await bench.restartWith([changed]);
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: { cents: 5 } });
  });

  it("is known by its name and its occurrence, over all kinds", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const sum: number[] = [];
        for (let n = 0; n < 3; n += 1) sum.push(await step("add", () => n));
        await sleep("add", 0);
        return sum;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run.output).toEqual([0, 1, 2]);
    expect(run.steps.map(({ key, name, kind, order }) => [key, name, kind, order])).toEqual([
      ["add", "add", "step", 0],
      ["add#2", "add", "step", 1],
      ["add#3", "add", "step", 2],
      ["add#4", "add", "sleep", 3],
    ]);
  });

  it("that was cut off runs again under the same key", async () => {
    const keys: string[] = [];
    const stuck = gate<string>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step("charge", ({ idempotencyKey, attempt }) => {
          keys.push(`${attempt} ${idempotencyKey}`);
          return keys.length === 1 ? stuck.promise : "charged";
        }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();

    expect((await bench.settled(id)).output).toBe("charged");
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    stuck.open("too late");
    expect((await bench.settled(id)).output).toBe("charged");
  });
});

describe("the idempotency key of a step", () => {
  it("is another one for each step, occurrence and run, and short ASCII", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => [
        await step("a", ({ idempotencyKey }) => idempotencyKey),
        await step("a", ({ idempotencyKey }) => idempotencyKey),
        await step("b", ({ idempotencyKey }) => idempotencyKey),
      ],
    });
    await using bench = await openBench([flow]);
    const first = await bench.settled((await bench.engine.start(flow)).id);
    const second = await bench.settled((await bench.engine.start(flow)).id);

    const keys = [...(first.output as string[]), ...(second.output as string[])];
    expect(new Set(keys).size).toBe(6);
    for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{1,100}$/);
  });

  it("is the same for all attempts, and after a retry of a failed run", async () => {
    const keys = new Set<string>();
    let isDown = true;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step(
          "charge",
          ({ idempotencyKey }) => {
            keys.add(idempotencyKey);
            if (isDown) throw new Error("down");
          },
          { retry: { attempts: 2, delay: 0 } },
        ),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    isDown = false;
    await bench.engine.retry(id);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", attempt: 2 });
    expect(keys.size).toBe(1);
  });

  it("is a new one for a success that a retry forgets", async () => {
    const keys: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, run }) => {
        await step("charge", ({ idempotencyKey }) => void keys.push(idempotencyKey));
        if (run.attempt === 1) throw new Error("a bug");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.retry(id, { from: "charge" });

    expect((await bench.settled(id)).status).toBe("completed");
    expect(new Set(keys).size).toBe(2);
  });
});

describe("the output schema of a step", () => {
  it("parses once: the parsed value is recorded and handed out", async () => {
    let parsed = 0;
    const output = z.string().transform((text) => {
      parsed += 1;
      return text.length;
    });
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const length = await step("measure", () => "four", { output });
        await sleep("a while", "1 hour");
        return length;
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run.output).toBe(4);
    expect(stepOf(run, "measure").output).toBe(4);
    expect(parsed).toBe(1);
  });

  it("fails the step where the result does not fit, and no further attempt is made", async () => {
    const { counts, count } = counter();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step("measure", () => count("measure") as never, { output: z.string() }),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    const run = await bench.settled(id);
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "InputValidationError", code: "INPUT_VALIDATION" },
    });
    expect(counts).toEqual({ measure: 1 });
  });

  it("of the workflow refuses an output that does not fit, and fails the run", async () => {
    const flow = defineWorkflow({
      name: "flow",
      output: z.object({ total: z.number() }),
      run: async ({ step }) => step("total", () => "many") as never,
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      output: null,
      error: { name: "InputValidationError" },
      steps: [{ key: "total", status: "completed" }],
    });
  });
});

describe("an optional step", () => {
  it("resolves to undefined when its attempts are exhausted, live and on replay, and shows its failure", async () => {
    const { counts, count } = counter();
    const seen: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        const options = { optional: true, retry: { attempts: 1 } } as const;
        const notified = step(
          "notify",
          () => {
            count("notify");
            throw new Error("no mail");
          },
          options,
        );
        seen.push(await notified);
        await sleep("a while", "1 hour");
        return "done";
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run.output).toBe("done");
    expect(seen).toEqual([undefined, undefined]);
    expect(counts).toEqual({ notify: 1 });
    expect(stepOf(run, "notify")).toMatchObject({
      status: "failed",
      error: { message: "no mail" },
    });
  });
});

describe("a step's time and place", () => {
  it("are those of the database's clock and of the order asked for", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1);
        await sleep("a while", "1 hour");
        await step("b", () => 2);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run.steps.map((step) => [step.key, step.order, step.endedAt?.getTime()])).toEqual([
      ["a", 0, START],
      ["a while", 1, START + HOUR],
      ["b", 2, START + HOUR],
    ]);
    expect(stepOf(run, "a")).toMatchObject({
      attempt: 1,
      attempts: [{ attempt: 1, error: null }],
      undo: null,
      childId: null,
      until: null,
    });
  });
});

describe("a step that takes long", () => {
  it("is shown once it is 200 ms old, and not before", async () => {
    const stuck = gate<number>();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => step("slow", () => stuck.promise),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(199);
    expect((await bench.engine.get(id)).steps).toEqual([]);

    await bench.advance(1);
    expect((await bench.engine.get(id)).steps).toMatchObject([
      { key: "slow", status: "running", attempt: 1, endedAt: null, startedAt: new Date(START) },
    ]);
    stuck.open(1);
    expect((await bench.settled(id)).output).toBe(1);
  });
});

describe("a step's name", () => {
  it.each(["", "a#2", "a\nb", "x".repeat(201)])("may not be %j", async (name) => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => step(name, () => 1),
    });
    await using bench = await openBench([flow]);

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      status: "failed",
      error: { name: "InvalidArgumentError" },
      steps: [],
    });
  });
});
