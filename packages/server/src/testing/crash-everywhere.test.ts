import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow, initWorkflow } from "../core/define-workflow.js";
import { NonRetryableError } from "../core/errors.js";
import { crashEverywhere } from "./crash-everywhere.js";

describe("crashEverywhere", () => {
  it("passes a workflow of every kind of step, with its events, sleeps and children", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ step, sleep, uuid }) => {
        await sleep("nap", "1 minute");
        return `${await step("work", () => "done")} ${uuid()}`;
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      input: z.object({ amount: z.number() }),
      events: { approved: z.object({ by: z.string() }) },
      progress: z.number(),
      async run({ input, step, transaction, waitForEvent, sleep, invoke, spawn, ...more }) {
        const { now, uuid, random, patched, progress, log } = more;
        const id = uuid();
        progress(1);
        const [charged, stored] = await Promise.all([
          step("charge", ({ idempotencyKey }) => idempotencyKey, { compensate: () => {} }),
          transaction("store", () => input.amount + 1),
        ]);
        log.info("charged", { charged });
        let tries = 0;
        const flaky = await step("flaky", ({ attempt }) => {
          tries += 1;
          if (attempt < 3) throw new Error("not yet");
          return attempt;
        });
        if (patched("greeting")) await sleep("settle", "1 hour");
        const approval = await waitForEvent("approved", { timeout: "1 day" });
        const late = await waitForEvent("approved", { timeout: "1 day", key: "again" });
        const output = await invoke("child", child, undefined);
        await spawn("other", child, undefined);
        return { id, charged, stored, flaky, approval, late, output, at: now(), r: random() };
      },
    });
    await crashEverywhere(
      parent,
      { amount: 1 },
      {
        events: [["approved", { by: "ada" }]],
        workflows: [child],
        prisma: { $transaction: (fn: (tx: object) => unknown) => fn({}) } as never,
      },
    );
  });

  it("calls the context's factory once for each execution", async () => {
    const { defineWorkflow: define } = initWorkflow.context<{ sent: string[] }>().create();
    const mailing = define({
      name: "mailing",
      run: async ({ step, ctx }) => {
        await step("first", () => void ctx.sent.push("first"));
        await step("second", () => void ctx.sent.push("second"));
        return [...new Set(ctx.sent)];
      },
    });
    const made: { sent: string[] }[] = [];
    await crashEverywhere(mailing, undefined, {
      context: () => {
        const ctx = { sent: [] };
        made.push(ctx);
        return ctx;
      },
    });
    expect(made.length).toBeGreaterThan(4);
    expect(made.every(({ sent }) => sent.length >= 2)).toBe(true);
  });

  it("passes a workflow that fails and undoes itself", async () => {
    const booking = defineWorkflow({
      name: "booking",
      run: async ({ step }) => {
        await step("hotel", () => 1, { compensate: () => {} });
        await step("flight", () => 2, {
          compensate: () => {
            throw new NonRetryableError("no refund");
          },
        });
        await step("car", () => {
          throw new NonRetryableError("no car left");
        });
      },
    });
    await crashEverywhere(booking);
  });

  it("passes a workflow that runs into its timeout", async () => {
    const slow = defineWorkflow({
      name: "slow",
      timeout: "1 minute",
      run: async ({ step, sleep }) => {
        await step("begin", () => 1, { compensate: () => {} });
        await sleep("too long", "1 hour");
      },
    });
    await crashEverywhere(slow);
  });

  it("passes a workflow that continues as new", async () => {
    const counting = defineWorkflow({
      name: "counting",
      input: z.number(),
      output: z.number(),
      run: async ({ input, step, continueAsNew }): Promise<number> => {
        const next = await step("add", () => input + 1);
        return next < 3 ? continueAsNew(next) : next;
      },
    });
    await crashEverywhere(counting, 0);
  });

  it("passes a workflow that waits for an event that never comes", async () => {
    const patient = defineWorkflow({
      name: "patient",
      events: { go: z.string() },
      run: async ({ step, waitForEvent }) => {
        await step("prepare", () => 1);
        return waitForEvent("go");
      },
    });
    await crashEverywhere(patient);
  });

  it("ends steps that never settle by their timeout", async () => {
    const stuck = defineWorkflow({
      name: "stuck",
      run: async ({ step }) =>
        step("hang", () => new Promise<never>(() => {}), {
          timeout: "5s",
          retry: { attempts: 1 },
          optional: true,
        }),
    });
    await crashEverywhere(stuck);
  });

  it("names the step that a handler asks for by chance", async () => {
    const chance = defineWorkflow({
      name: "chance",
      run: async ({ step }) => {
        await step("draw", () => 1);
        await step(`prize ${Math.random()}`, () => 1);
      },
    });
    await expect(crashEverywhere(chance)).rejects.toThrow(
      /crashEverywhere: "chance", with its worker killed before the commit of step "draw".*asks? for.*step "prize 0\.\d+"/,
    );
  });

  it("names the step before which a handler read what a crash forgets", async () => {
    let isCached = false;
    const caching = defineWorkflow({
      name: "caching",
      run: async ({ step }) => {
        if (!isCached) await step("load", () => void (isCached = true));
        return step("use", () => 1);
      },
    });
    const failure = crashEverywhere(caching, undefined, {
      context: () => {
        isCached = false;
      },
    });
    await expect(failure).rejects.toThrow(/killed after the commit of step "load".*step "load"/);
  });

  it("fails where the output depends on what a crash forgets", async () => {
    const counting = defineWorkflow({
      name: "counting",
      run: async ({ step, ctx }) => {
        const calls = ctx as { handler: number };
        calls.handler += 1;
        await step("only", () => 1);
        return calls.handler;
      },
    });
    await expect(
      crashEverywhere(counting, undefined, { context: () => ({ handler: 0 }) }),
    ).rejects.toThrow(/killed before the commit of step "only".*returns .*2.* instead of .*1/);
  });

  it("fails where the run ends otherwise", async () => {
    const once = defineWorkflow({
      name: "once",
      run: async ({ step, ctx }) =>
        step("charge", () => {
          const account = ctx as { isCharged: boolean };
          if (account.isCharged) throw new NonRetryableError("charged twice");
          account.isCharged = true;
        }),
    });
    await expect(
      crashEverywhere(once, undefined, { context: () => ({ isCharged: false }) }),
    ).rejects.toThrow(
      /of step "charge", the end of the run, ends as failed .*charged twice.* instead/,
    );
  });

  it("fails where an undo comes out otherwise", async () => {
    const undoing = defineWorkflow({
      name: "undoing",
      run: async ({ step, ctx }) => {
        const account = ctx as { refunds: number };
        await step("charge", () => 1, {
          compensate: () => {
            account.refunds += 1;
            if (account.refunds > 1) throw new NonRetryableError("refunded twice");
          },
        });
        throw new NonRetryableError("no");
      },
    });
    await expect(
      crashEverywhere(undoing, undefined, { context: () => ({ refunds: 0 }) }),
    ).rejects.toThrow(/the undo of step "charge".*instead of/);
  });

  it("refuses a workflow that goes on for ever", async () => {
    const stuck = defineWorkflow({
      name: "stuck",
      run: async ({ step }) => step("hang", () => new Promise<never>(() => {})),
    });
    await expect(crashEverywhere(stuck)).rejects.toThrow(/never settles/);
  });
});
