import { initWorkflow } from "@trpc-workflow/server";
import { z } from "zod";

/** What a trial does to the outside. */
export interface Accounts {
  mail(accountId: string, template: "welcome" | "reminder" | "expired", key: string): Promise<void>;
  close(accountId: string, key: string): Promise<void>;
}

const { defineWorkflow } = initWorkflow.context<{ accounts: Accounts }>().create();

/**
 * Two weeks of waiting that cost no memory: a trial is reminded after eleven days, and closed after
 * fourteen unless the account upgrades before.
 */
export const trialExpiry = defineWorkflow({
  name: "trial-expiry",
  input: z.object({ accountId: z.string() }),
  output: z.enum(["upgraded", "expired"]),
  events: { upgraded: z.object({ plan: z.string() }) },
  async run({ input: { accountId }, ctx: { accounts }, step, waitForEvent, log }) {
    await step("welcome", ({ idempotencyKey }) =>
      accounts.mail(accountId, "welcome", idempotencyKey),
    );

    const early = await waitForEvent("upgraded", { timeout: "11 days" });
    if (early === null) {
      await step("remind", ({ idempotencyKey }) =>
        accounts.mail(accountId, "reminder", idempotencyKey),
      );
    }
    const upgrade =
      early ?? (await waitForEvent("upgraded", { key: "last-days", timeout: "3 days" }));
    if (upgrade !== null) {
      log.info("upgraded", { plan: upgrade.plan });
      return "upgraded";
    }

    await step("close", ({ idempotencyKey }) => accounts.close(accountId, idempotencyKey));
    await step("say goodbye", ({ idempotencyKey }) =>
      accounts.mail(accountId, "expired", idempotencyKey),
    );
    return "expired";
  },
});
