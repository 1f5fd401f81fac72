import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { fakePrisma, openBench, stepOf } from "./bench.fixture.js";

describe("a transaction step", () => {
  it("runs in one transaction of the client with its options", async () => {
    const options: unknown[] = [];
    const prisma = fakePrisma();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ transaction }) => {
        await transaction("plain", () => 1);
        return transaction("tuned", () => 2, {
          timeout: "1s",
          maxWait: "3s",
          isolationLevel: "Serializable",
        });
      },
    });
    await using bench = await openBench([flow], {
      prisma: {
        ...prisma,
        $transaction: (fn, given) => {
          options.push(given);
          return prisma.$transaction(fn);
        },
      },
    });
    const run = await bench.settled((await bench.engine.start(flow)).id);

    expect(run.output).toBe(2);
    expect(options).toEqual([
      { maxWait: 2_000, timeout: 5_000 },
      { maxWait: 3_000, timeout: 1_000, isolationLevel: "Serializable" },
    ]);
    expect(stepOf(run, "tuned")).toMatchObject({ kind: "transaction", status: "completed" });
  });

  it("tries again where the database could not serialize it", async () => {
    let tries = 0;
    const conflict = Object.assign(new Error("write conflict"), { code: "P2034" });
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ transaction }) =>
        transaction("save", () => "saved", { retry: { attempts: 1 } }),
    });
    const prisma = fakePrisma(() => {
      tries += 1;
      if (tries < 3) throw conflict;
    });
    await using bench = await openBench([flow], { prisma });

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      status: "completed",
      output: "saved",
    });
    expect(tries).toBe(3);
  });

  it("that throws is tried again as a step is, each time in a transaction of its own", async () => {
    let transactions = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ transaction }) =>
        transaction(
          "save",
          (_tx, { attempt }) => {
            if (attempt < 3) throw new Error("not yet");
            return attempt;
          },
          { retry: { attempts: 3, delay: 0 } },
        ),
    });
    const prisma = fakePrisma(() => (transactions += 1));
    await using bench = await openBench([flow], { prisma });

    expect((await bench.settled((await bench.engine.start(flow)).id)).output).toBe(3);
    expect(transactions).toBe(3);
  });
});
