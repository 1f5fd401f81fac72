import { describe, expect, it } from "vitest";
import { ENDED_PHASES } from "../../core/status.js";
import {
  CREATED_AT,
  end,
  inPhase,
  newEvent,
  newLog,
  newPart,
  newRecord,
  newRun,
  newStep,
  setRun,
  startClaimed,
} from "./fixtures.js";
import type { CreateStore } from "./harness.js";

/** `prune`. */
export function pruneCases(createStore: CreateStore): void {
  describe("prune", () => {
    it("deletes runs that ended before then, in these phases", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns(["old", "failed", "young", "live"].map((id) => newRun({ id })));
      await setRun(store, "old", { ...inPhase("completed"), endedAt: 10 });
      await setRun(store, "failed", { ...inPhase("failed"), endedAt: 10 });
      await setRun(store, "young", { ...inPhase("completed"), endedAt: 20 });
      expect(await store.prune(20, ["completed", "cancelled"], 10)).toBe(1);
      const left = await store.revisions(["old", "failed", "young", "live"]);
      expect([...left.keys()].toSorted()).toEqual(["failed", "live", "young"]);
    });

    it("deletes up to its limit at a time", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const ids = ["a", "b", "c"];
      await store.insertRuns(ids.map((id) => newRun({ id })));
      for (const id of ids) await setRun(store, id, inPhase("completed"));
      expect(await store.prune(9e12, ENDED_PHASES, 2)).toBe(2);
      expect(await store.prune(9e12, ENDED_PHASES, 2)).toBe(1);
      expect(await store.prune(9e12, ENDED_PHASES, 2)).toBe(0);
    });

    it("deletes all that belongs to a run, and frees its key and its id", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { idempotencyKey: "k" });
      await startClaimed(store, "b");
      await store.sendEvent(newEvent("a", { dedupeKey: "d" }));
      for (const id of ["a", "b"]) {
        const of = { steps: [newStep("s")], logs: [newLog("l")], parts: [newPart("p")] };
        await store.record([newRecord(id, { ...of, transition: end("completed") })]);
      }
      await setRun(store, "b", { status: "cancelled" });
      expect(await store.prune(9e12, ["completed"], 10)).toBe(1);
      expect(await store.insertRuns([newRun({ id: "a", idempotencyKey: "k" })])).toEqual([
        { kind: "created" },
      ]);
      expect((await store.readRun("a", { kind: "all" }))?.stepCount).toBe(0);
      expect(await store.readEvents("a")).toEqual([]);
      expect(await store.readLogs("a", { step: null, after: 0, limit: 9 })).toEqual([]);
      expect(await store.readStream("a", { stream: "tokens", after: 0, limit: 9 })).toEqual([]);
      expect((await store.readRun("b", { kind: "all" }))?.stepCount).toBe(1);
      expect(await store.sendEvent(newEvent("a", { dedupeKey: "d" }))).toEqual({
        kind: "accepted",
      });
    });

    it("keeps children of live parents, unless they are detached", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const of = { parentKey: "k" };
      await store.insertRuns([
        newRun({ id: "live" }),
        newRun({ id: "ended" }),
        newRun({ id: "kept", ...of, parentId: "live" }),
        newRun({ id: "detached", ...of, parentId: "live", detached: true }),
        newRun({ id: "of-ended", ...of, parentId: "ended" }),
        newRun({ id: "orphan", ...of, parentId: "gone" }),
      ]);
      for (const id of ["ended", "kept", "detached", "of-ended", "orphan"]) {
        await setRun(store, id, inPhase("completed"));
      }
      expect(await store.prune(CREATED_AT + 1, ENDED_PHASES, 10)).toBe(4);
      const left = await store.revisions(["live", "kept"]);
      expect([...left.keys()].toSorted()).toEqual(["kept", "live"]);
    });
  });
}
