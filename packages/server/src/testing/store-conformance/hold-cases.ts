import { describe, expect, it } from "vitest";
import {
  blockRun,
  claimedIds,
  newRun,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
  sweepRequest,
} from "./fixtures.js";
import { type CreateStore, elapse, readRow } from "./harness.js";

/** `unblock`, `blockStranded`, `retireWorker` and `workers`. */
export function holdCases(createStore: CreateStore): void {
  describe("unblock", () => {
    it("puts blocked runs of the definitions back to work", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const others = { other: "2", paused: "1" };
      await store.insertRuns([
        newRun({ id: "blocked", priority: 3 }),
        newRun({ id: "other", version: others.other }),
        newRun({ id: "paused", version: others.paused }),
        newRun({ id: "free" }),
      ]);
      for (const id of ["blocked", "other", "paused"]) await blockRun(store, id);
      await pauseRun(store, "paused");
      const free = await readRow(store, "free");
      const before = await store.now();
      await store.unblock(["checkout@1", "none@1"]);
      const blocked = await readRow(store, "blocked");
      expect(blocked).toMatchObject({
        blockedKind: null,
        blockedMessage: null,
        queue: -3,
        wakes: 2,
        revision: 3,
      });
      expect(blocked.dueAt).toBeGreaterThanOrEqual(before);
      expect(await readRow(store, "paused")).toMatchObject({ blockedKind: null, paused: true });
      expect(await readRow(store, "other")).toMatchObject({ blockedKind: "codeMismatch" });
      expect(await readRow(store, "free")).toEqual(free);
    });
  });

  describe("blockStranded", () => {
    it("blocks what has been due and what no live worker has", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "known" }),
        newRun({ id: "stranded", version: "9" }),
        newRun({ id: "timer", version: "9", startAt: 2_000_000 }),
        newRun({ id: "later", version: "9", startAt: 9e12 }),
        newRun({ id: "paused", version: "9" }),
        newRun({ id: "fresh", version: "9", createdAt: await store.now() }),
      ]);
      await pauseRun(store, "paused");
      await startWaiting(store, "waiting", { version: "9" });
      await startClaimed(store, "leased", { version: "9" });
      await store.sweep(sweepRequest({ slots: 0 }));
      const blocked = await store.blockStranded(60_000, 60_000);
      expect(blocked.toSorted()).toEqual(["stranded", "timer"]);
      expect(await readRow(store, "stranded")).toMatchObject({
        status: "pending",
        blockedKind: "noWorker",
        blockedMessage: expect.stringContaining("checkout@9"),
        revision: 2,
      });
      expect(await store.blockStranded(60_000, 60_000)).toEqual([]);
    });

    it("blocks nothing while no worker is alive", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a", version: "9" })]);
      expect(await store.blockStranded(60_000, 60_000)).toEqual([]);
      await store.sweep(sweepRequest({ workerId: "w", slots: 0 }));
      await store.retireWorker("w");
      expect(await store.blockStranded(60_000, 60_000)).toEqual([]);
      expect((await readRow(store, "a")).blockedKind).toBeNull();
    });

    it("counts the definitions of a worker that was seen of late, though it stopped", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a", version: "9" })]);
      await store.sweep(sweepRequest({ workerId: "v9", definitions: ["checkout@9"], slots: 0 }));
      await store.retireWorker("v9");
      await store.sweep(sweepRequest({ workerId: "v1", slots: 0 }));
      expect(await store.blockStranded(60_000, 60_000)).toEqual([]);
      await elapse(harness, 50);
      await store.sweep(sweepRequest({ workerId: "v1", slots: 0 }));
      expect(await store.blockStranded(40, 60_000)).toEqual(["a"]);
    });

    it("is made good by a worker that has the definition", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a", version: "9" })]);
      await store.sweep(sweepRequest({ slots: 0 }));
      await store.blockStranded(60_000, 60_000);
      await store.unblock(["checkout@9"]);
      expect(await claimedIds(store, { definitions: ["checkout@9"] })).toEqual(["a"]);
    });
  });

  describe("workers", () => {
    it("lists those that were seen since then and have not stopped", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.sweep(sweepRequest({ workerId: "old", slots: 0 }));
      await elapse(harness, 20);
      const since = await store.now();
      await store.sweep(sweepRequest({ workerId: "live", slots: 0 }));
      await store.sweep(sweepRequest({ workerId: "stopped", slots: 0 }));
      await store.retireWorker("stopped");
      await store.retireWorker("unknown");
      expect((await store.workers(since)).map(({ id }) => id)).toEqual(["live"]);
      const all = await store.workers(0);
      expect(all.map(({ id }) => id).toSorted()).toEqual(["live", "old"]);
      await store.sweep(sweepRequest({ workerId: "stopped", slots: 0 }));
      expect(await store.workers(since)).toHaveLength(2);
    });

    it("does not take the runs of a stopped worker before their lease is over", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.sweep(sweepRequest({ workerId: "w", slots: 0 }));
      await store.insertRuns([newRun({ id: "a" })]);
      await claimedIds(store, { workerId: "w" });
      await store.retireWorker("w");
      expect(await claimedIds(store)).toEqual([]);
      await setRun(store, "a", { leaseMs: 1 });
      await elapse(harness, 10);
      expect(await claimedIds(store)).toEqual(["a"]);
    });
  });
}
