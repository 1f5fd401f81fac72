import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { HandlerArgs } from "../../core/handler-types.js";
import { fakePrisma, openBench, stepOf } from "./bench.fixture.js";

type Args = HandlerArgs<undefined, undefined, { go: unknown }, unknown, {}, unknown, unknown>;

const child = defineWorkflow({ name: "child", run: async () => 1 });

const forbidden: [string, (args: Args) => unknown][] = [
  ["step", ({ step }) => step("inner", () => 1)],
  ["transaction", ({ transaction }) => transaction("inner", () => 1)],
  ["sleep", ({ sleep }) => sleep("inner", 0)],
  ["sleepUntil", ({ sleepUntil }) => sleepUntil("inner", new Date(0))],
  ["waitForEvent", ({ waitForEvent }) => waitForEvent("go")],
  ["sendEvent", ({ sendEvent }) => sendEvent("inner", { id: "x", event: "go" })],
  ["invoke", ({ invoke }) => invoke("inner", child)],
  ["spawn", ({ spawn }) => spawn("inner", child)],
  ["now", ({ now }) => now()],
  ["uuid", ({ uuid }) => uuid()],
  ["random", ({ random }) => random()],
  ["patched", ({ patched }) => patched("inner")],
  ["continueAsNew", ({ continueAsNew }) => continueAsNew()],
];

describe.each(forbidden)("%s", (what, use) => {
  it.each(["step", "transaction"] as const)(
    "inside the function of a %s throws NestedStepError, and records nothing",
    async (kind) => {
      const flow = defineWorkflow({
        name: "flow",
        events: { go: z.unknown() },
        run: async (args) =>
          args[kind]("outer", async () => {
            await Promise.resolve();
            return use(args as never) as never;
          }),
      });
      await using bench = await openBench([flow, child], { prisma: fakePrisma() });
      const { id } = await bench.engine.start(flow);

      const run = await bench.settled(id);
      expect(run).toMatchObject({
        status: "failed",
        error: { name: "NestedStepError", code: "NESTED_STEP" },
      });
      expect(run.error?.message).toContain(what);
      expect(run.steps.map((step) => step.key)).toEqual(["outer"]);
      expect(stepOf(run, "outer").attempts).toHaveLength(1);
    },
  );
});

describe("the undo of a step", () => {
  it("may use nothing of the handler's but log, emit and progress", async () => {
    const seen: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep, log, emit, progress }) => {
        await step("book", () => 1, {
          compensate: async () => {
            log.info("undoing");
            emit("out", "undoing");
            progress("undoing");
            await sleep("inner", 0).catch((error: Error) => seen.push(error.name));
          },
        });
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect(await bench.settled(id)).toMatchObject({ status: "compensated", progress: "undoing" });
    expect(seen).toEqual(["NestedStepError"]);
    expect((await bench.engine.logs(id)).items).toMatchObject([
      { message: "undoing", step: "book" },
    ]);
  });
});
