import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../core/define-workflow.js";
import type { HandlerArgs } from "../core/handler-types.js";
import type { ExportedRun } from "../engine/operation-types.js";
import { createTestEngine } from "./create-test-engine.js";
import { replay } from "./replay.js";

type Args = HandlerArgs<undefined, undefined, { go: string }, unknown, object, unknown, unknown>;

const define = (run: (args: Args) => Promise<unknown>, removed: readonly string[] = []) =>
  defineWorkflow({ name: "order", events: { go: z.string() }, removed, run: run as never });

const began = define(async ({ step, waitForEvent }) => {
  await step("charge", () => 1, { compensate: () => {} });
  await waitForEvent("go");
});

/** A run that waits for its event, through a journey over JSON. */
async function exportRun(workflow = began): Promise<ExportedRun> {
  await using t = await createTestEngine({ workflows: [workflow] });
  const { id } = await t.engine.start(workflow);
  await t.settled(id);
  return JSON.parse(JSON.stringify(await t.engine.export(id))) as ExportedRun;
}

describe("replay", () => {
  it("passes the code that the run began with", async () => {
    await replay(began, await exportRun());
  });

  it("passes code that asks for more after the last record, and starts nothing of it", async () => {
    const started: string[] = [];
    const longer = define(async ({ step, waitForEvent }) => {
      await step("charge", () => started.push("charge"));
      const go = waitForEvent("go");
      await Promise.all([go, step("mail", () => started.push("mail"))]);
    });
    await replay(longer, await exportRun());
    expect(started).toEqual([]);
  });

  it("tells of a renamed step what was expected and what was found", async () => {
    const renamed = define(async ({ step, waitForEvent }) => {
      await step("charge-card", () => 1);
      await waitForEvent("go");
    });
    await expect(replay(renamed, await exportRun())).rejects.toMatchObject({
      name: "ReplayMismatchError",
      message: expect.stringMatching(/step "charge".*not asked for.*step "charge-card"/) as string,
    });
  });

  it("tells of an open wait that nothing asks for any more", async () => {
    const shorter = define(async ({ step }) => step("charge", () => 1));
    await expect(replay(shorter, await exportRun())).rejects.toThrow(/event "go"/);
  });

  it("tells of a step of another kind", async () => {
    const slept = define(async ({ sleep }) => sleep("charge", "1s"));
    await expect(replay(slept, await exportRun())).rejects.toThrow(
      /"charge" is recorded as step and is now asked for as sleep/,
    );
  });

  it("passes over removed steps", async () => {
    const shorter = define(async ({ waitForEvent }) => waitForEvent("go"), ["charge"]);
    await replay(shorter, await exportRun());
  });

  it("passes code that awaits I/O of its own", async () => {
    const slower = define(async ({ step, waitForEvent }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await step("charge", () => 1);
      await waitForEvent("go");
    });
    await replay(slower, await exportRun());
  });

  it("passes the code of a completed run, and of one that failed and was undone", async () => {
    const done = define(async ({ step }) => step("a", () => 1));
    await replay(done, await exportRun(done));
    const failing = define(async ({ step }) => {
      await step("a", () => 1, { compensate: () => {} });
      await step("b", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } });
    });
    await replay(failing, await exportRun(failing));
  });

  it("hands the handler what `context` makes", async () => {
    const seen: unknown[] = [];
    const looking = defineWorkflow({
      name: "order",
      run: async ({ step, ctx }) => {
        seen.push(ctx);
        return step("a", () => 1);
      },
    });
    const exported = await exportRun(looking as never);
    seen.length = 0;
    await replay(looking, exported, { context: () => "made" });
    expect(seen).toEqual(["made"]);
  });

  it("refuses a run of another workflow, and what is no run", async () => {
    const other = defineWorkflow({ name: "other", run: async () => 1 });
    await expect(replay(other, await exportRun())).rejects.toThrow(
      /workflow "order", not of "other"/,
    );
    await expect(replay(other, {} as never)).rejects.toThrow(/no run that engine.export made/);
  });
});
