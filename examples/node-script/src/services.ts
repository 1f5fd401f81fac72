import { setTimeout as sleep } from "node:timers/promises";
import { narrate } from "./narrate.js";

/** A card processor that takes a second for a charge. */
export const cards = {
  async charge(amount: number, idempotencyKey: string): Promise<{ id: string }> {
    narrate(`charging ${amount} €, idempotency key ${idempotencyKey.slice(0, 8)}…`);
    await sleep(1_000);
    // The same key is the same charge, as with a real processor.
    const id = `ch_${idempotencyKey.slice(0, 8)}`;
    narrate(`charged: ${id}`);
    return { id };
  },
  async refund(id: string | undefined): Promise<void> {
    narrate(`refunding ${id ?? "a charge that may have gone through"}`);
  },
};

/** Sends mail to nobody. */
export const mail = {
  async sendReceipt(orderId: string): Promise<void> {
    narrate(`sending the receipt of ${orderId}`);
  },
};
