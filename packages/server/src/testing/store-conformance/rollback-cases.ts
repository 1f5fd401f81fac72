import type { PrismaRaw } from "../../core/prisma-like.js";
import { describe, expect, it } from "vitest";
import { newEvent, newRun, startWaiting } from "./fixtures.js";
import type { CreateStore, StoreHarness } from "./harness.js";

/** What is left of an app's transaction that is rolled back; for stores that take part in one. */
export function rollbackCases(createStore: CreateStore): void {
  describe("a transaction of the app that is rolled back", () => {
    it("leaves no run behind, and its idempotency key free", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await rollBack(harness, (tx) =>
        store.insertRuns([newRun({ id: "a", idempotencyKey: "k" })], tx),
      );
      expect(await store.readRun("a", { kind: "all" })).toBeNull();
      expect(await store.insertRuns([newRun({ id: "a", idempotencyKey: "k" })])).toEqual([
        { kind: "created" },
      ]);
    });

    it("leaves no event behind", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await rollBack(harness, (tx) => store.sendEvent(newEvent("a"), tx));
      expect(await store.acceptEvents()).toEqual([]);
      expect(await store.readEvents("a")).toEqual([]);
    });
  });
}

async function rollBack(
  { transaction }: StoreHarness,
  work: (tx: PrismaRaw) => Promise<unknown>,
): Promise<void> {
  if (transaction === undefined) throw new TypeError("The store takes part in no transaction.");
  const rolledBack = transaction(async (tx) => {
    await work(tx);
    throw new Error("no");
  });
  await expect(rolledBack).rejects.toThrow("no");
}
