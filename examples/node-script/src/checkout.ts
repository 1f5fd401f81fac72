import { defineWorkflow, NonRetryableError } from "@trpc-workflow/server";
import { z } from "zod";
import { cards, mail } from "./services.js";

/** Charges a card, lets the payment settle, waits for somebody's approval, and sends a receipt. */
export const checkout = defineWorkflow({
  name: "checkout",
  input: z.object({ orderId: z.string(), amount: z.number().positive() }),
  events: { approved: z.object({ by: z.string() }) },
  async run({ input, step, sleep, waitForEvent }) {
    const charge = await step(
      "charge",
      ({ idempotencyKey }) => cards.charge(input.amount, idempotencyKey),
      { compensate: (charged) => cards.refund(charged?.id) },
    );
    await sleep("settle", "2 seconds");
    const approval = await waitForEvent("approved", { timeout: "2 seconds" });
    if (approval === null) throw new NonRetryableError("nobody approved in time");
    await step("receipt", () => mail.sendReceipt(input.orderId));
    return { charge: charge.id, approvedBy: approval.by };
  },
});
