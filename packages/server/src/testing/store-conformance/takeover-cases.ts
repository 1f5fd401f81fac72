import { describe, expect, it } from "vitest";
import {
  claimedIds,
  newRecord,
  newRun,
  setRun,
  startClaimed,
  sweepRequest,
  TOKEN,
  WORKER,
} from "./fixtures.js";
import { type CreateStore, elapse, readRow } from "./harness.js";

/** `sweep` where leases lapsed, and `reclaim` is not meant. */
export function takeoverCases(createStore: CreateStore): void {
  describe("sweep of lapsed leases", () => {
    it("takes a run over from a worker that is not known", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const { claimed } = await store.sweep(sweepRequest({ workerId: "w", token: "t" }));
      expect(claimed[0]?.run).toMatchObject({
        id: "a",
        workerId: "w",
        leaseToken: "t",
        recoveries: 1,
        leaseMs: 120_000,
        revision: 2,
      });
      expect(await store.record([newRecord("a", { token: TOKEN })])).toEqual([
        { applied: false, reason: "lost" },
      ]);
    });

    it("takes over before it claims what is new", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "new", priority: 9 })]);
      await startClaimed(store, "lapsed");
      expect(await claimedIds(store, { slots: 1 })).toEqual(["lapsed"]);
    });

    it("doubles the lease while nothing is recorded, up to its maximum, and begins anew after", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const takeOver = async (workerId: string) => {
        await elapse(harness, 20);
        const of = { workerId, token: workerId, leaseMs: 2, maxLeaseMs: 7 };
        const { claimed } = await store.sweep(sweepRequest(of));
        return claimed.map(({ run }) => [run.recoveries, run.leaseMs, run.progressed]);
      };
      expect(await takeOver("w1")).toEqual([[1, 4, false]]);
      expect(await takeOver("w2")).toEqual([[2, 7, false]]);
      expect(await takeOver("w3")).toEqual([[3, 7, false]]);
      await store.record([newRecord("a", { token: "w3", progressed: true })]);
      expect((await readRow(store, "a")).recoveries).toBe(0);
      expect(await takeOver("w4")).toEqual([[0, 2, false]]);
      expect(await takeOver("w5")).toEqual([[1, 4, false]]);
    });

    it("does not take what only shows for progress", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { progress: '"half"', progressed: false })]);
      const { claimed } = await store.sweep(sweepRequest());
      expect(claimed[0]?.run.recoveries).toBe(1);
    });

    it("remembers progress over later records without any", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { progressed: true })]);
      await store.record([newRecord("a", { commit: 2, progressed: false })]);
      expect((await readRow(store, "a")).progressed).toBe(true);
    });

    it("leaves its own runs alone however old their lease is", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      expect(await claimedIds(store, { workerId: WORKER })).toEqual([]);
    });

    it("counts leases from the heartbeat of their worker", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const claim = { workerId: "w1", leaseToken: "t", leaseMs: 60_000 };
      await store.sweep(sweepRequest({ workerId: "w1", slots: 0 }));
      await store.insertRuns([newRun({ id: "long", claim })]);
      await store.insertRuns([newRun({ id: "short", claim: { ...claim, leaseMs: 1 } })]);
      await elapse(harness, 20);
      expect(await claimedIds(store, { workerId: "w2" })).toEqual(["short"]);
    });

    it("takes over a run that was paused in execution, so that it can be let go", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await setRun(store, "a", { paused: true });
      const { claimed } = await store.sweep(sweepRequest());
      expect(claimed[0]?.run).toMatchObject({ id: "a", paused: true });
    });
  });
}
