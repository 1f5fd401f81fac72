import { describe, expect, it } from "vitest";
import { CHILD_EVENT } from "../../core/rows.js";
import type { RunChange, RunState } from "../../store/store.js";
import {
  newEvent,
  newLog,
  newRecord,
  newRun,
  newStep,
  newWrite,
  openStep,
  setRun,
  startClaimed,
  startWaiting,
  sweepRequest,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";

/** `change` of one run; its children are in `childCases`. */
export function changeCases(createStore: CreateStore): void {
  describe("change", () => {
    it("shows the run with its journal and its inbox", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.sendEvent(newEvent("a", { id: "taken" }));
      await store.sendEvent(newEvent("a", { id: "pending" }));
      const steps = [newStep("b", { position: 1 }), newStep("s", { position: 0 })];
      const takes = [{ eventId: "taken", stepKey: "b" }];
      await store.record([newRecord("a", { steps, takes })]);
      const row = await readRow(store, "a");
      const before = await store.now();
      const state = await store.change("a", (seen) => ({ result: seen, write: null }));
      expect(state?.now).toBeGreaterThanOrEqual(before);
      expect(state?.run).toEqual(row);
      expect(state?.steps).toEqual(steps.toReversed());
      expect(state?.inbox).toMatchObject([{ id: "pending" }]);
    });

    it("writes nothing where nothing is to be written", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      const before = await readRow(store, "a");
      expect(await store.change("a", () => ({ result: "kept", write: null }))).toBe("kept");
      expect(await readRow(store, "a")).toEqual(before);
    });

    it("resolves to nothing for an unknown run, without asking", async () => {
      await using harness = await createStore();
      expect(await harness.store.change("none", refuse)).toBeUndefined();
    });

    it("passes on what the decision throws, and writes nothing", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      const before = await readRow(store, "a");
      await expect(store.change("a", refuse)).rejects.toBe(REFUSAL);
      expect(await readRow(store, "a")).toEqual(before);
    });

    it("sets columns, and tells the execution by raising wakes", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a", { priority: 1, deadlineAt: 8e12 });
      const before = await readRow(store, "a");
      const run = {
        status: "pending",
        attempt: 2,
        queue: -1,
        dueAt: 5,
        patches: { p: true },
        generations: { "s#2": 1 },
        failedSteps: ["s"],
        skipUndo: true,
        output: null,
        error: '"e"',
        deadlineAt: 9e12,
        expiresAt: 9e12,
        leaseToken: null,
      } as const;
      const result = await store.change("a", () => ({ result: 7, write: newWrite({ run }) }));
      expect(result).toBe(7);
      const { updatedAt, ...after } = await readRow(store, "a");
      const { updatedAt: _updatedAt, ...kept } = before;
      expect(after).toEqual({ ...kept, ...run, revision: 3, wakes: 1 });
      expect(updatedAt).toBeGreaterThanOrEqual(before.updatedAt);
    });

    it("deletes, puts and replaces steps, those with an outcome and an undo too", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const steps = ["gone", "kept", "replaced"].map((key, position) => newStep(key, { position }));
      await store.record([newRecord("a", { steps })]);
      const replaced = openStep("replaced", { position: 2, undoStatus: "failed", undoAttempt: 3 });
      const added = newStep("added", { position: 3, status: "skipped" });
      const write = newWrite({ deleteSteps: ["gone", "none"], putSteps: [replaced, added] });
      await store.change("a", () => ({ result: null, write }));
      const found = await store.readRun("a", { kind: "all" });
      const kept = newStep("kept", { position: 1 });
      expect(found?.steps).toEqual(
        [kept, replaced, added].map((step) => ({ ...step, outputOmitted: false })),
      );
    });

    it("makes events pending again by their steps, and deletes others", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      for (const id of ["w1", "w2", "w3"]) await store.sendEvent(newEvent("a", { id }));
      const takes = ["w1", "w2"].map((id) => ({ eventId: id, stepKey: id }));
      await store.record([newRecord("a", { takes })]);
      const write = newWrite({ releaseEvents: ["w1"], deleteEvents: ["w3"] });
      await store.change("a", () => ({ result: null, write }));
      expect(await store.readEvents("a")).toMatchObject([
        { id: "w1", stepKey: null, seq: 1 },
        { id: "w2", stepKey: "w2" },
      ]);
    });

    it("leaves ends of children taken when their steps are forgotten", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.sendEvent(newEvent("a", { id: "e", name: CHILD_EVENT }));
      await store.record([newRecord("a", { takes: [{ eventId: "e", stepKey: "k" }] })]);
      const write = newWrite({ releaseEvents: ["k"] });
      await store.change("a", () => ({ result: null, write }));
      expect(await store.readEvents("a")).toMatchObject([{ id: "e", stepKey: "k" }]);
    });

    it("puts commands into the inbox, accepted at once and after all before", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.sendEvent(newEvent("a", { id: "z" }));
      const { runId: _runId, ...command } = newEvent("a", {
        id: "c",
        name: "#wake",
        dedupeKey: "d",
      });
      const write = newWrite({ putEvents: [command] });
      await store.change("a", () => ({ result: null, write }));
      const inbox = await store.loadInbox("a");
      expect(inbox).toMatchObject({ wakes: 2, events: [{ id: "z" }, { ...command, seq: 2 }] });
      expect(inbox?.events[1]?.acceptedAt).not.toBeNull();
      expect((await store.sweep(sweepRequest({ slots: 0 }))).unaccepted).toBe(false);
    });

    it("logs after all that was logged before, and notices the parent", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "parent");
      await startClaimed(store, "a", { parentId: "parent", parentKey: "k" });
      await store.record([newRecord("a", { logs: [newLog("1"), newLog("2")] })]);
      const notice = { eventId: "n", parentId: "parent", dedupeKey: "a:1", payload: "1" };
      const write = newWrite({ logs: [newLog("3"), newLog("4")], notice });
      await store.change("a", () => ({ result: null, write }));
      const logs = await store.readLogs("a", { step: null, after: 0, limit: 9 });
      expect(logs.map(({ message }) => message)).toEqual(["1", "2", "3", "4"]);
      expect(await store.acceptEvents()).toEqual(["parent"]);
    });

    it("keeps an execution under its lease, which learns of the change by its wakes", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await setRun(store, "a", { paused: true });
      const [answer] = await store.record([newRecord("a")]);
      expect(answer).toMatchObject({ applied: true, released: false, paused: true, wakes: 1 });
    });

    it("lets ten changes at once see each other", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a" })]);
      const seen = await Promise.all(
        Array.from({ length: 10 }, () => store.change("a", countAttempt)),
      );
      expect(seen.toSorted((x, y) => (x ?? 0) - (y ?? 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(await readRow(store, "a")).toMatchObject({ attempt: 11, wakes: 10, revision: 11 });
    });
  });
}

const REFUSAL = new Error("no");

function refuse(): never {
  throw REFUSAL;
}

function countAttempt({ run }: RunState): RunChange<number> {
  return { result: run.attempt, write: newWrite({ run: { attempt: run.attempt + 1 } }) };
}
