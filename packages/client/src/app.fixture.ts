import { createWorkflowRouter, defineWorkflow, NonRetryableError } from "@trpc-workflow/server";
import { createTestEngine } from "@trpc-workflow/server/testing";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";

/** Waits for an approval, and has values that JSON has not. */
export const order = defineWorkflow({
  name: "order",
  input: z.object({ amount: z.number() }),
  output: z.object({ by: z.string(), at: z.date(), cents: z.bigint() }),
  events: { approved: z.object({ by: z.string() }), noted: z.void() },
  streams: { tokens: z.string() },
  async run({ input, step, waitForEvent, emit, now }) {
    await step("charge", () => input.amount);
    for (let i = 0; i < 20; i += 1) emit("tokens", `token ${i}`);
    const { by } = await waitForEvent("approved");
    for (let i = 20; i < 40; i += 1) emit("tokens", `token ${i}`);
    return { by, at: now(), cents: BigInt(input.amount) };
  },
});

/** Ends at once. */
export const quick = defineWorkflow({ name: "quick", run: ({ now }) => now() });

/** Fails until `mend` was called. */
let isBroken = true;
export function mend(isMended: boolean): void {
  isBroken = !isMended;
}
export const fragile = defineWorkflow({
  name: "fragile",
  async run({ step }) {
    return await step("try", (): string => {
      if (isBroken) throw new NonRetryableError("broken", { cause: new Error("why") });
      return "mended";
    });
  },
});

/** Emits in a step that fails once. */
export const stuttering = defineWorkflow({
  name: "stuttering",
  async run({ step, emit }) {
    emit("words", "before");
    await step(
      "speak",
      ({ attempt }) => {
        emit("words", `attempt ${attempt}`);
        if (attempt === 1) throw new Error("again");
      },
      { retry: { attempts: 2, delay: 0 } },
    );
    emit("words", "after");
  },
});

/** What the server knows of a caller. */
export interface AppContext {
  readonly user: string | undefined;
}

export const t = initTRPC.context<AppContext>().create({ transformer: superjson });

/** The engine in memory behind a router, in which a user sees the runs of that user. */
export async function createApp() {
  const { engine, settled, advance, ...rest } = await createTestEngine({
    workflows: [order, quick, fragile, stuttering],
  });
  const revoked = new Set<string>();
  const router = t.router({
    workflow: createWorkflowRouter(engine, {
      procedure: t.procedure,
      recheck: "20ms",
      owner: ({ ctx: { user } }) => {
        if (user !== undefined && !revoked.has(user)) return user;
        throw new TRPCError({ code: "UNAUTHORIZED" });
      },
    }),
  });
  return {
    engine,
    router,
    settled,
    advance,
    revoke: (user: string) => void revoked.add(user),
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  };
}

export type AppRouter = Awaited<ReturnType<typeof createApp>>["router"];
