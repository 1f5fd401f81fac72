import { TRPCError } from "@trpc/server";
import { z } from "zod";
import { defineWorkflow } from "../core/define-workflow.js";
import { NonRetryableError } from "../core/errors.js";

/** Waits for an approval, and has values of many kinds. */
export const order = defineWorkflow({
  name: "order",
  input: z.object({ amount: z.number().positive(), lines: z.array(z.string()).optional() }),
  output: z.object({
    paidAt: z.date(),
    cents: z.bigint(),
    prices: z.map(z.string(), z.number()),
    by: z.string(),
  }),
  events: { approved: z.object({ by: z.string() }), lost: z.void() },
  progress: z.object({ percent: z.number() }),
  streams: { tokens: z.string() },
  async run({ input, step, waitForEvent, emit, log, progress, now }) {
    await step("charge", () => ({ cents: BigInt(input.amount) * 100n }));
    log.info("charged", { amount: input.amount });
    emit("tokens", "a");
    emit("tokens", "b");
    progress({ percent: 50 });
    const { by } = await waitForEvent("approved");
    emit("tokens", "c");
    return { paidAt: now(), cents: 120n, prices: new Map([["pen", 1.5]]), by };
  },
});

/** Fails with an error that carries what is nobody's business. */
export const failing = defineWorkflow({
  name: "failing",
  async run({ step }) {
    await step(
      "boom",
      () => {
        const cause = new Error("password is hunter2");
        throw Object.assign(new NonRetryableError("card was declined", { cause }), {
          errors: [cause],
        });
      },
      {
        compensate: () => Promise.reject(new NonRetryableError("no refund", { cause: "hunter2" })),
      },
    );
  },
});

/** The sessions of an app, by token. */
export interface Sessions {
  readonly userOf: (token: string | undefined) => string;
  readonly revoke: (token: string) => void;
  /** How often it was asked. */
  readonly asked: () => number;
}

/** Sessions where the token is the name of the user. */
export function createSessions(): Sessions {
  const revoked = new Set<string>();
  let asked = 0;
  return {
    userOf: (token) => {
      asked += 1;
      if (token !== undefined && !revoked.has(token)) return token;
      throw new TRPCError({ code: "UNAUTHORIZED", message: "Sign in first." });
    },
    revoke: (token) => void revoked.add(token),
    asked: () => asked,
  };
}
