import { describe, expect, it } from "vitest";
import { ENDED_PHASES } from "../../core/status.js";
import {
  blockRun,
  end,
  inPhase,
  newEvent,
  newRecord,
  newRun,
  park,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
  undo,
} from "./fixtures.js";
import { type CreateStore, readRow, type StoreHarness, withTransaction } from "./harness.js";

/** `sendEvent`, `acceptEvents` and `loadInbox`. */
export function eventCases(createStore: CreateStore): void {
  describe("sendEvent", () => {
    it("accepts events in order, and wakes the waiting run once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a", { priority: 2, dueAt: 9e12 });
      const before = await store.now();
      expect(await store.sendEvent(newEvent("a", { id: "z" }))).toEqual({ kind: "accepted" });
      const woken = await readRow(store, "a");
      expect(woken).toMatchObject({ status: "waiting", queue: -2, wakes: 1, revision: 3 });
      expect(woken.dueAt).toBeGreaterThanOrEqual(before);
      await store.sendEvent(newEvent("a", { id: "b", name: "other", payload: '"p"' }));
      const ready = await readRow(store, "a");
      expect(ready).toMatchObject({ queue: -2, dueAt: woken.dueAt, wakes: 2, revision: 4 });
      const inbox = await store.loadInbox("a");
      expect(inbox?.wakes).toBe(2);
      expect(inbox?.events).toMatchObject([
        { id: "z", name: "approved", seq: 1, dedupeKey: null },
        { id: "b", name: "other", seq: 2, payload: '"p"' },
      ]);
      expect(inbox?.events[0]?.acceptedAt).toBe(inbox?.events[0]?.createdAt);
    });

    it("only counts for a run that is pending, held or executed", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "delayed", startAt: 9e12 })]);
      await startWaiting(store, "paused");
      await pauseRun(store, "paused");
      await startWaiting(store, "blocked");
      await blockRun(store, "blocked");
      await startClaimed(store, "executed");
      for (const id of ["delayed", "paused", "blocked", "executed"]) {
        const { wakes, revision, updatedAt: _before, ...before } = await readRow(store, id);
        await store.sendEvent(newEvent(id));
        const { updatedAt: _after, ...after } = await readRow(store, id);
        expect(after).toEqual({ ...before, wakes: wakes + 1, revision: revision + 1 });
      }
    });

    it("wakes a compensating run that is parked", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { transition: undo() })]);
      await store.record([
        newRecord("a", { phase: "compensating", commit: 2, transition: park() }),
      ]);
      await store.sendEvent(newEvent("a"));
      expect(await readRow(store, "a")).toMatchObject({ status: "compensating", queue: 0 });
    });

    it("drops a repeated dedupe key, of this run only", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await startWaiting(store, "b");
      expect(await store.sendEvent(newEvent("a", { dedupeKey: "k" }))).toEqual({
        kind: "accepted",
      });
      expect(await store.sendEvent(newEvent("a", { dedupeKey: "k" }))).toEqual({
        kind: "duplicate",
      });
      expect(await store.sendEvent(newEvent("b", { dedupeKey: "k" }))).toEqual({
        kind: "accepted",
      });
      expect(await store.readEvents("a")).toHaveLength(1);
    });

    it("takes a send that is repeated under its id for the same event", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      const event = newEvent("a");
      await store.sendEvent(event);
      expect(await store.sendEvent(event)).toEqual({ kind: "duplicate" });
      expect(await store.readEvents("a")).toHaveLength(1);
    });

    it("stores nothing for an unknown run", async () => {
      await using harness = await createStore();
      const { store } = harness;
      expect(await store.sendEvent(newEvent("none"))).toEqual({ kind: "unknown" });
      const sent = withTransaction(harness, (tx) => store.sendEvent(newEvent("none"), tx));
      expect(await sent).toEqual({ kind: "unknown" });
      expect(await store.readEvents("none")).toEqual([]);
      expect(await store.loadInbox("none")).toBeNull();
    });

    it.each(ENDED_PHASES)("stores nothing for a run that is %s", async (status) => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await store.sendEvent(newEvent("a", { id: "kept", dedupeKey: "k" }));
      await setRun(store, "a", inPhase(status));
      const ended = { kind: "ended", status };
      expect(await store.sendEvent(newEvent("a"))).toEqual(ended);
      expect(await store.sendEvent(newEvent("a", { dedupeKey: "k" }))).toEqual(ended);
      const sent = withTransaction(harness, (tx) => store.sendEvent(newEvent("a"), tx));
      expect(await sent).toEqual(ended);
      expect(await store.readEvents("a")).toMatchObject([{ id: "kept" }]);
    });

    it("never leaves a run parked beside an event that it did not see", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const ids = Array.from({ length: 20 }, (_, n) => `run-${n}`);
      for (const id of ids) await startClaimed(store, id);
      const sent = ids.map((id) => store.sendEvent(newEvent(id)));
      const parked = ids.map((id) => store.record([newRecord(id, { transition: park() })]));
      await Promise.all([...sent, ...parked]);
      for (const id of ids) {
        const run = await readRow(store, id);
        expect(run.wakes).toBe(1);
        if (run.workerId === null) expect(run).toMatchObject({ status: "waiting", queue: 0 });
        else expect(run.status).toBe("running");
      }
    });
  });

  describe("acceptEvents", () => {
    it("tells runs of events that were sent within a transaction", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a", { priority: 1 });
      await store.sendEvent(newEvent("a", { id: "told" }));
      const sleeping = newRecord("a", { token: "t", transition: park({ wakes: 1 }) });
      await store.reclaim("a", "token-1", { workerId: "w", leaseToken: "t", leaseMs: 60_000 });
      await store.record([sleeping]);
      await send(harness, "a", ["one", "two"]);
      expect(await readRow(store, "a")).toMatchObject({ wakes: 1, queue: null });
      expect((await store.loadInbox("a"))?.events).toMatchObject([
        { id: "told", seq: 1 },
        { id: "one", seq: null, acceptedAt: null },
        { id: "two", seq: null, acceptedAt: null },
      ]);
      expect(await store.acceptEvents()).toEqual(["a"]);
      expect(await readRow(store, "a")).toMatchObject({ wakes: 3, queue: -1 });
      const events = (await store.loadInbox("a"))?.events ?? [];
      expect(events.map(({ id, seq }) => [id, seq])).toEqual([
        ["told", 1],
        ["one", 2],
        ["two", 3],
      ]);
      expect(events.every(({ acceptedAt }) => acceptedAt !== null)).toBe(true);
      expect(await store.acceptEvents()).toEqual([]);
    });

    it("deletes events of runs that ended before they were told", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await send(harness, "a", ["late"]);
      await store.record([newRecord("a", { transition: end("completed") })]);
      const { revision } = await readRow(store, "a");
      expect(await store.acceptEvents()).toEqual([]);
      expect(await store.readEvents("a")).toEqual([]);
      expect((await readRow(store, "a")).revision).toBe(revision);
    });

    it("deletes notices to parents that are gone", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "child", { parentId: "gone", parentKey: "invoke" });
      const notice = { eventId: "n", parentId: "gone", dedupeKey: "child:1", payload: "1" };
      await store.record([newRecord("child", { transition: end("completed", { notice }) })]);
      expect(await store.readEvents("gone")).toHaveLength(1);
      expect(await store.acceptEvents()).toEqual([]);
      expect(await store.readEvents("gone")).toEqual([]);
    });

    it("accepts each event once, however many accept at once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      await startWaiting(store, "b");
      await send(harness, "a", ["a1", "a2"]);
      await send(harness, "b", ["b1"]);
      const accepted = await Promise.all([1, 2, 3, 4].map(() => store.acceptEvents()));
      accepted.push(await store.acceptEvents());
      expect(new Set(accepted.flat())).toEqual(new Set(["a", "b"]));
      expect((await readRow(store, "a")).wakes).toBe(2);
      expect((await readRow(store, "b")).wakes).toBe(1);
    });
  });
}

async function send(harness: StoreHarness, runId: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await withTransaction(harness, (tx) => harness.store.sendEvent(newEvent(runId, { id }), tx));
  }
}
