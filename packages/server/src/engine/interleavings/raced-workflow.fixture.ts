import { z } from "zod";
import { initWorkflow } from "../../core/define-workflow.js";
import { NonRetryableError } from "../../core/errors.js";

/** What the racing step of a run comes to. */
export type Act = "complete" | "fail" | "park";

/** What the steps of one process do. */
export interface Hands {
  /** Told of each call of a function, before it does anything. */
  readonly begin: (call: Call) => void;
  /** Resolves to what the racing step comes to. */
  readonly act: (signal: AbortSignal) => Promise<Act>;
}

export interface Call {
  readonly runId: string;
  readonly step: string;
  readonly idempotencyKey: string;
  /** Whether it undoes the step. */
  readonly isUndo: boolean;
}

/**
 * A workflow of its own name for each schedule, so that the workers of one never take the runs of
 * another. While `act` is in flight a timer and a wait are open already, which nothing awaits yet.
 */
export function defineRaced(name: string, { undoable }: { readonly undoable: boolean }) {
  const { defineWorkflow } = initWorkflow.context<Hands>().create();
  return defineWorkflow({
    name,
    timeout: "1 day",
    events: { go: z.number() },
    run: async ({ ctx, run, step, sleep, waitForEvent }): Promise<string> => {
      const note =
        (key: string, isUndo = false) =>
        ({ idempotencyKey }: { readonly idempotencyKey: string }) =>
          ctx.begin({ runId: run.id, step: key, idempotencyKey, isUndo });
      await step("before", note("before"));
      if (undoable) {
        await step("charge", note("charge"), {
          compensate: (_output, context) => note("charge", true)(context),
        });
      }
      const nap = sleep("nap", "1 hour");
      const go = waitForEvent("go");
      const act = await step(
        "act",
        async ({ idempotencyKey, signal }) => {
          note("act")({ idempotencyKey });
          const came = await ctx.act(signal);
          if (came === "fail") throw new NonRetryableError("The act failed.");
          return came;
        },
        { retry: { attempts: 1 } },
      );
      if (act === "complete") return "completed at once";
      const [payload] = await Promise.all([go, nap]);
      await step("after", note("after"));
      return `completed after ${payload}`;
    },
  });
}

export type Raced = ReturnType<typeof defineRaced>;
