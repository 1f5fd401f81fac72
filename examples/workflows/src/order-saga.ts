import { initWorkflow } from "@trpc-workflow/server";
import { z } from "zod";

/** The services that an order needs; a test replaces them. */
export interface Shop {
  charge(amount: number, idempotencyKey: string): Promise<{ chargeId: string }>;
  refund(chargeId: string | undefined, idempotencyKey: string): Promise<void>;
  reserve(sku: string, idempotencyKey: string): Promise<{ reservationId: string }>;
  release(sku: string, idempotencyKey: string): Promise<void>;
  ship(orderId: string, idempotencyKey: string): Promise<{ trackingId: string }>;
}

const { defineWorkflow } = initWorkflow.context<{ shop: Shop }>().create();

/**
 * A saga: the card is charged, all items are reserved side by side, the parcel is handed over. When
 * anything fails for good, or the order is cancelled, what was done is undone in reverse order, in
 * whichever process is alive then.
 */
export const orderSaga = defineWorkflow({
  name: "order-saga",
  input: z.object({
    orderId: z.string(),
    amount: z.number().positive(),
    skus: z.array(z.string()).min(1),
  }),
  output: z.object({ chargeId: z.string(), trackingId: z.string() }),
  timeout: "2 days",
  retry: { attempts: 4, delay: "2s" },
  async run({ input, ctx: { shop }, step }) {
    const { chargeId } = await step(
      "charge",
      ({ idempotencyKey }) => shop.charge(input.amount, idempotencyKey),
      {
        timeout: "30s",
        compensate: (charge, { idempotencyKey }) => shop.refund(charge?.chargeId, idempotencyKey),
      },
    );
    // Steps of one name are told apart by their occurrence: reserve, reserve#2, …
    await Promise.all(
      input.skus.map((sku) =>
        step("reserve", ({ idempotencyKey }) => shop.reserve(sku, idempotencyKey), {
          compensate: (_reservation, { idempotencyKey }) => shop.release(sku, idempotencyKey),
        }),
      ),
    );
    const { trackingId } = await step("ship", ({ idempotencyKey }) =>
      shop.ship(input.orderId, idempotencyKey),
    );
    return { chargeId, trackingId };
  },
});
