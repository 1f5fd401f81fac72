import { describe, expect, it } from "vitest";
import {
  blockRun,
  claimedIds,
  CREATED_AT,
  inPhase,
  newEvent,
  newRecord,
  newRun,
  newStep,
  park,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
  sweepRequest,
  undo,
} from "./fixtures.js";
import { type CreateStore, elapse, readRow, withTransaction } from "./harness.js";

/** `sweep`: what it claims and what it reports; takeovers are in `takeoverCases`. */
export function sweepCases(createStore: CreateStore): void {
  describe("sweep", () => {
    it("claims by priority, then by time", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "late", createdAt: CREATED_AT + 2 }),
        newRun({ id: "low", priority: -1 }),
        newRun({ id: "early", createdAt: CREATED_AT + 1 }),
        newRun({ id: "high", priority: 5, createdAt: CREATED_AT + 3 }),
        newRun({ id: "delayed-high", priority: 4, startAt: CREATED_AT + 1 }),
      ]);
      expect(await claimedIds(store, { slots: 2 })).toEqual(["high", "delayed-high"]);
      expect(await claimedIds(store)).toEqual(["early", "late", "low"]);
      expect(await claimedIds(store)).toEqual([]);
    });

    it("claims only definitions that the worker has", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "v1" }),
        newRun({ id: "v2", version: "2" }),
        newRun({ id: "other", workflow: "shipping" }),
        newRun({ id: "delayed-v2", version: "2", startAt: CREATED_AT + 1 }),
      ]);
      await startClaimed(store, "lapsed-v2", { version: "2" });
      expect(await claimedIds(store, { definitions: [] })).toEqual([]);
      expect(await claimedIds(store, { definitions: ["checkout@1"] })).toEqual(["v1"]);
      const ids = await claimedIds(store, { definitions: ["checkout@2", "none@1"] });
      expect(ids.toSorted()).toEqual(["delayed-v2", "lapsed-v2", "v2"]);
    });

    it("gives the run as it is after the claim", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a" })]);
      const request = sweepRequest({ workerId: "w", token: "t", leaseMs: 1_234 });
      const { now, claimed } = await store.sweep(request);
      const [claim] = claimed;
      expect(claim?.run).toEqual(await readRow(store, "a"));
      expect(claim?.run).toMatchObject({
        status: "running",
        workerId: "w",
        leaseToken: "t",
        leaseMs: 1_234,
        commits: 0,
        progressed: false,
        recoveries: 0,
        queue: null,
        dueAt: null,
        revision: 2,
        startedAt: now,
        iterationAt: now,
        updatedAt: now,
      });
    });

    it("gives a claimed run its history and its inbox in their orders", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.sendEvent(newEvent("a", { id: "taken" }));
      await withTransaction(harness, (tx) => store.sendEvent(newEvent("a", { id: "untold" }), tx));
      await store.sendEvent(newEvent("a", { id: "second" }));
      await store.sendEvent(newEvent("a", { id: "first-by-name" }));
      const steps = [newStep("c", { position: 2 }), newStep("b", { position: 1 })];
      const takes = [{ eventId: "taken", stepKey: "b" }];
      await store.record([newRecord("a", { steps, takes, transition: { kind: "yield" } })]);
      const { claimed } = await store.sweep(sweepRequest());
      expect(claimed[0]?.steps).toEqual(steps.toReversed());
      expect(claimed[0]?.inbox.map(({ id }) => id)).toEqual(["second", "first-by-name", "untold"]);
      expect(claimed[0]?.run.wakes).toBe(3);
    });

    it("clears what the run waited for, and keeps when it began", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const waiting = { kind: "sleep", name: "settle", until: CREATED_AT } as const;
      await store.record([newRecord("a", { transition: park({ dueAt: CREATED_AT, waiting }) })]);
      const { claimed } = await store.sweep(sweepRequest());
      expect(claimed[0]?.run).toMatchObject({
        waitingKind: null,
        waitingName: null,
        waitingUntil: null,
        startedAt: CREATED_AT,
        iterationAt: CREATED_AT,
        recoveries: 0,
      });
    });

    it("leaves a run alone until its time has come", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const startAt = (await store.now()) + 300;
      await store.insertRuns([newRun({ id: "delayed", startAt })]);
      await startWaiting(store, "sleeping", { dueAt: startAt });
      await startWaiting(store, "without-time");
      const early = await store.sweep(sweepRequest());
      // A machine that stood still for the whole delay proves nothing.
      if (early.now < startAt) expect(early.claimed).toEqual([]);
      await elapse(harness, 301);
      const late = await claimedIds(store, { workerId: "worker-3" });
      if (early.now < startAt) expect(late.toSorted()).toEqual(["delayed", "sleeping"]);
      expect((await readRow(store, "without-time")).status).toBe("waiting");
    });

    it("never claims what is paused, blocked, ended or held by a live worker", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns(["paused", "blocked", "ended"].map((id) => newRun({ id })));
      await pauseRun(store, "paused");
      await blockRun(store, "blocked");
      await setRun(store, "ended", inPhase("failed"));
      await store.sweep(sweepRequest({ workerId: "live", slots: 0 }));
      const claim = { workerId: "live", leaseToken: "t", leaseMs: 600_000 };
      await store.insertRuns([newRun({ id: "held", claim })]);
      expect(await claimedIds(store)).toEqual([]);
    });

    it("keeps a compensating run compensating", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { transition: undo() })]);
      const { claimed } = await store.sweep(sweepRequest());
      expect(claimed[0]?.run).toMatchObject({ status: "compensating", cause: "error" });
    });

    it("beats and reports without a free slot, and claims nothing", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a" })]);
      const request = sweepRequest({ workerId: "w", slots: 0, running: 7 });
      const { now, claimed } = await store.sweep(request);
      expect(claimed).toEqual([]);
      expect(await store.workers(now)).toEqual([
        { id: "w", startedAt: CREATED_AT, heartbeatAt: now, workflows: ["checkout@1"], running: 7 },
      ]);
    });

    it("reports the runs that the worker holds", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.sweep(sweepRequest({ workerId: "w", slots: 0 }));
      const claim = { workerId: "w", leaseToken: "t", leaseMs: 1 };
      await store.insertRuns([newRun({ id: "a", claim }), newRun({ id: "b" })]);
      await store.sendEvent(newEvent("a"));
      await setRun(store, "a", { paused: true });
      const { held, claimed } = await store.sweep(sweepRequest({ workerId: "w", slots: 0 }));
      expect(claimed).toEqual([]);
      expect(held).toEqual([
        { id: "a", leaseToken: "t", status: "running", paused: true, wakes: 2 },
      ]);
    });

    it("reports runs past their deadline that no claim will end", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.sweep(sweepRequest({ workerId: "live", slots: 0 }));
      const claim = { workerId: "live", leaseToken: TOKEN_OF_LIVE, leaseMs: 600_000 };
      const deadlineAt = CREATED_AT + 1;
      const ids = ["claimable", "paused", "blocked", "ended"];
      await store.insertRuns([
        ...ids.map((id) => newRun({ id, deadlineAt })),
        newRun({ id: "unknown", version: "9", deadlineAt }),
        newRun({ id: "leased", claim, deadlineAt }),
        newRun({ id: "undoing", claim, deadlineAt }),
        newRun({ id: "in-time", claim, deadlineAt: 9e12 }),
      ]);
      await pauseRun(store, "paused");
      await blockRun(store, "blocked");
      await setRun(store, "ended", inPhase("cancelled"));
      await store.record([newRecord("undoing", { token: TOKEN_OF_LIVE, transition: undo() })]);
      const { expired } = await store.sweep(sweepRequest({ slots: 0 }));
      expect(expired.toSorted()).toEqual(["blocked", "leased", "paused", "unknown"]);
    });

    it("reports that events wait to be accepted", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "a");
      expect((await store.sweep(sweepRequest())).unaccepted).toBe(false);
      await withTransaction(harness, (tx) => store.sendEvent(newEvent("a"), tx));
      expect((await store.sweep(sweepRequest())).unaccepted).toBe(true);
      await store.acceptEvents();
      expect((await store.sweep(sweepRequest({ slots: 0 }))).unaccepted).toBe(false);
    });

    it("reports when the next timer or delayed start falls due", async () => {
      await using harness = await createStore();
      const { store } = harness;
      expect((await store.sweep(sweepRequest())).nextDueAt).toBeNull();
      const startAt = (await store.now()) + 3_600_000;
      await store.insertRuns([newRun({ id: "later", startAt: startAt + 5 })]);
      await startWaiting(store, "sleeping", { dueAt: startAt });
      await startWaiting(store, "for-an-event", { dueAt: null });
      expect((await store.sweep(sweepRequest())).nextDueAt).toBe(startAt);
    });

    it("gives each of forty runs to one of four workers that sweep at once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns(Array.from({ length: 40 }, (_, n) => newRun({ id: `run-${n}` })));
      const claimAll = async (workerId: string): Promise<string[]> => {
        const ids = await claimedIds(store, { workerId, slots: 3 });
        return ids.length === 0 ? [] : [...ids, ...(await claimAll(workerId))];
      };
      const ids = (await Promise.all(["w1", "w2", "w3", "w4"].map(claimAll))).flat();
      // A worker may stop early where others hold the locks of all that is left.
      ids.push(...(await claimAll("w1")));
      expect(ids).toHaveLength(40);
      expect(new Set(ids).size).toBe(40);
    });
  });
}

const TOKEN_OF_LIVE = "token-of-live";
