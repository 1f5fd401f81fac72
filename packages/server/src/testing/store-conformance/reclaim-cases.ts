import { describe, expect, it } from "vitest";
import {
  blockRun,
  claimedIds,
  inPhase,
  newEvent,
  newRecord,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
  TOKEN,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";
import type { Store } from "../../store/store.js";

const CLAIM = { workerId: "w", leaseToken: "token-2", leaseMs: 5_000 };

const REFUSED: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "is claimed by another": (store) => store.sendEvent(newEvent("a")).then(() => claimedIds(store)),
  "is paused": (store) => pauseRun(store, "a"),
  "is blocked": (store) => blockRun(store, "a"),
  "has a cause to end": (store) => setRun(store, "a", { cause: "cancel" }),
  "is compensating": (store) => setRun(store, "a", { status: "compensating", cause: "error" }),
  "has ended": (store) => setRun(store, "a", inPhase("cancelled")),
  "was reclaimed before": (store) =>
    store.reclaim("a", TOKEN, { ...CLAIM, leaseToken: "token-between" }),
};

/** `reclaim`. */
export function reclaimCases(createStore: CreateStore): void {
  describe("reclaim", () => {
    it("claims a parked run again", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a", { dueAt: 9e12 });
      expect(await store.reclaim("a", TOKEN, CLAIM)).toBe(true);
      expect(await readRow(store, "a")).toMatchObject({
        status: "running",
        ...CLAIM,
        commits: 0,
        revision: 3,
        queue: null,
        dueAt: null,
      });
      const [answer] = await store.record([newRecord("a", { token: "token-2" })]);
      expect(answer).toMatchObject({ applied: true, revision: 4 });
    });

    it("claims a parked run that was woken", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await store.sendEvent(newEvent("a"));
      expect(await store.reclaim("a", TOKEN, CLAIM)).toBe(true);
      expect(await claimedIds(store, { workerId: "w" })).toEqual([]);
    });

    it.each(Object.entries(REFUSED))("does nothing when the run %s", async (_, happen) => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await happen(store);
      const before = await store.readRun("a", { kind: "all" });
      expect(await store.reclaim("a", TOKEN, CLAIM)).toBe(false);
      expect(await store.readRun("a", { kind: "all" })).toEqual(before);
    });

    it("does nothing for another token, a run that is held, or none", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await startClaimed(store, "held");
      expect(await store.reclaim("a", "token-0", CLAIM)).toBe(false);
      expect(await store.reclaim("held", TOKEN, CLAIM)).toBe(false);
      expect(await store.reclaim("none", TOKEN, CLAIM)).toBe(false);
    });
  });
}
