import { describe, expect, it } from "vitest";
import { RUN_TRANSITIONS, type RunEvent } from "../../core/status.js";
import type { RunTransition } from "../../store/store.js";
import {
  continueAs,
  CREATED_AT,
  end,
  newEvent,
  newLog,
  newPart,
  newRecord,
  newStep,
  park,
  setRun,
  startClaimed,
  startWaiting,
  undo,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";

const TRANSITIONS: readonly (readonly [RunEvent, RunTransition])[] = [
  ["park", park({ wakes: 1 })],
  ["yield", { kind: "yield" }],
  ["yield", { kind: "block", message: "other code" }],
  ["undo", undo()],
  ["continue", continueAs()],
  ["complete", end("completed")],
  ["fail", end("failed")],
  ["cancel", end("cancelled")],
  ["settle", end("compensated")],
];
const PAIRS = (["running", "compensating"] as const).flatMap((phase) =>
  TRANSITIONS.map(([event, transition]) => ({
    phase,
    to: transition.kind === "end" ? transition.status : transition.kind,
    record: newRecord("a", { phase, transition }),
    next: RUN_TRANSITIONS[phase][event],
  })),
);

/** `record`: what becomes of the run. */
export function transitionCases(createStore: CreateStore): void {
  describe("record with a transition", () => {
    it.each(PAIRS.filter(({ next }) => next !== null))(
      "moves a run that is $phase by $to to $next",
      async ({ phase, record, next }) => {
        await using harness = await createStore();
        const { store } = harness;
        await startClaimed(store, "a");
        await setRun(store, "a", { status: phase });
        expect(await store.record([record])).toMatchObject([{ applied: true }]);
        expect((await readRow(store, "a")).status).toBe(next);
      },
    );

    it.each(PAIRS.filter(({ next }) => next === null))(
      "refuses loudly to move a run that is $phase by $to, and writes nothing",
      async ({ phase, record }) => {
        await using harness = await createStore();
        const { store } = harness;
        await startClaimed(store, "a");
        await startClaimed(store, "b");
        await setRun(store, "a", { status: phase });
        await expect(store.record([newRecord("b"), record])).rejects.toThrow("Run a");
        expect(await readRow(store, "a")).toMatchObject({ status: phase, commits: 0 });
        expect((await readRow(store, "b")).commits).toBe(0);
      },
    );

    it("parks a run with what it waits for", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const waiting = { kind: "event", name: "approved", until: 8e12 } as const;
      const transition = park({ dueAt: 7e12, waiting });
      expect(await store.record([newRecord("a", { transition })])).toMatchObject([
        { applied: true, released: true },
      ]);
      expect(await readRow(store, "a")).toMatchObject({
        status: "waiting",
        workerId: null,
        queue: null,
        dueAt: 7e12,
        waitingKind: "event",
        waitingName: "approved",
        waitingUntil: 8e12,
      });
    });

    it("does not park a run that was woken in between, and keeps the rest of the record", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.sendEvent(newEvent("a"));
      const record = newRecord("a", { steps: [newStep("s")], transition: park({ wakes: 0 }) });
      const [answer] = await store.record([record]);
      expect(answer).toMatchObject({ applied: true, released: false, wakes: 1 });
      expect(await readRow(store, "a")).toMatchObject({
        status: "running",
        workerId: "worker-1",
        commits: 1,
        waitingKind: null,
      });
      expect((await store.readRun("a", { kind: "all" }))?.steps).toHaveLength(1);
      const again = newRecord("a", { commit: 2, transition: park({ wakes: 1 }) });
      expect(await store.record([again])).toMatchObject([{ released: true }]);
    });

    it.each([park({ wakes: 1, dueAt: 5 }), { kind: "yield" } as const])(
      "keeps a paused run on hold by $kind",
      async (transition) => {
        await using harness = await createStore();
        const { store } = harness;
        await startClaimed(store, "a");
        await setRun(store, "a", { paused: true });
        const [answer] = await store.record([newRecord("a", { transition })]);
        expect(answer).toMatchObject({ applied: true, released: true, paused: true });
        expect(await readRow(store, "a")).toMatchObject({ paused: true, workerId: null });
      },
    );

    it("makes a run ready by yield", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { priority: 2 });
      await store.record([newRecord("a", { transition: { kind: "yield" } })]);
      const { dueAt, ...run } = await readRow(store, "a");
      expect(run).toMatchObject({ status: "pending", queue: -2, workerId: null });
      expect(dueAt).toBeGreaterThan(CREATED_AT);
    });

    it("blocks a run with its message", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const transition = { kind: "block", message: "charge was renamed" } as const;
      expect(await store.record([newRecord("a", { transition })])).toMatchObject([
        { applied: true, released: true },
      ]);
      expect(await readRow(store, "a")).toMatchObject({
        status: "pending",
        blockedKind: "codeMismatch",
        blockedMessage: "charge was renamed",
        workerId: null,
      });
    });

    it("records an end with undo to do under the same lease", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { deadlineAt: 9e12 });
      const transition = undo({ cause: "timeout", error: '"late"', failedSteps: ["s", "t"] });
      expect(await store.record([newRecord("a", { transition })])).toMatchObject([
        { applied: true, released: false },
      ]);
      expect(await readRow(store, "a")).toMatchObject({
        status: "compensating",
        cause: "timeout",
        error: '"late"',
        failedSteps: ["s", "t"],
        expiresAt: null,
        deadlineAt: 9e12,
        workerId: "worker-1",
      });
    });

    it("ends a run with its outcome", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { deadlineAt: 9e12 });
      await setRun(store, "a", { paused: true });
      const transition = end("failed", { cause: "error", error: '"no"', failedSteps: ["s"] });
      await store.record([newRecord("a", { transition })]);
      const run = await readRow(store, "a");
      expect(run).toMatchObject({
        status: "failed",
        cause: "error",
        error: '"no"',
        failedSteps: ["s"],
        paused: false,
        workerId: null,
      });
      expect(run.endedAt).toBe(run.updatedAt);
    });

    it("keeps cause and error of an end whose undo is done", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { transition: undo() })]);
      const transition = end("compensated");
      await store.record([newRecord("a", { commit: 2, phase: "compensating", transition })]);
      expect(await readRow(store, "a")).toMatchObject({
        status: "compensated",
        cause: "error",
        error: '"boom"',
      });
    });

    it("puts one notice of an end into the inbox of the parent, to be accepted", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startWaiting(store, "parent");
      for (const id of ["one", "two"]) {
        await startClaimed(store, id, { parentId: "parent", parentKey: "invoke" });
        const notice = {
          eventId: `${id}-ended`,
          parentId: "parent",
          dedupeKey: "one:1",
          payload: "1",
        };
        await store.record([newRecord(id, { transition: end("completed", { notice }) })]);
      }
      expect(await store.readEvents("parent")).toMatchObject([
        { id: "one-ended", name: "#child", payload: "1", seq: null, acceptedAt: null },
      ]);
      expect(await store.acceptEvents()).toEqual(["parent"]);
      expect(await readRow(store, "parent")).toMatchObject({ wakes: 1, queue: 0 });
    });

    it("begins a new iteration with an empty history", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { deadlineAt: 8e12, priority: 1 });
      await store.sendEvent(newEvent("a", { id: "taken" }));
      await store.sendEvent(newEvent("a", { id: "deduped", dedupeKey: "d", payload: '"x"' }));
      await store.sendEvent(newEvent("a", { id: "pending", payload: '"y"' }));
      const first = { steps: [newStep("s")], patches: { p: true }, progress: '"half"' };
      await store.record([newRecord("a", { ...first, outcomes: 2, calls: 2 })]);
      await startClaimed(store, "child", { parentId: "a", parentKey: "invoke" });
      const notice = { eventId: "child:1", parentId: "a", dedupeKey: "child:1", payload: "1" };
      await store.record([newRecord("child", { transition: end("completed", { notice }) })]);
      await store.acceptEvents();
      const takes = ["taken", "deduped"].map((eventId) => ({ eventId, stepKey: "w" }));
      const shown = { logs: [newLog("line")], parts: [newPart("part")] };
      const transition = continueAs({ version: "2", input: '"n"', deadlineAt: 9e12 });
      const last = newRecord("a", { commit: 2, takes, ...shown, transition });
      expect(await store.record([last])).toMatchObject([{ applied: true, released: true }]);

      const run = await readRow(store, "a");
      expect(run).toMatchObject({
        status: "pending",
        version: "2",
        input: '"n"',
        deadlineAt: 9e12,
        outcomes: 0,
        calls: 0,
        patches: {},
        generations: {},
        failedSteps: [],
        progress: null,
        iteration: 2,
        startedAt: CREATED_AT,
        queue: -1,
        workerId: null,
      });
      expect(run.iterationAt).toBe(run.updatedAt);
      expect((await store.readRun("a", { kind: "all" }))?.stepCount).toBe(0);
      expect(await store.readLogs("a", { step: null, after: 0, limit: 9 })).toHaveLength(1);
      const parts = await store.readStream("a", { stream: "tokens", after: 0, limit: 9 });
      expect(parts).toHaveLength(1);
      expect(await store.readEvents("a")).toMatchObject([
        { id: "deduped", stepKey: "w", payload: "" },
        { id: "pending", stepKey: null, payload: '"y"' },
      ]);
      const repeated = newEvent("a", { dedupeKey: "d" });
      expect(await store.sendEvent(repeated)).toEqual({ kind: "duplicate" });
    });
  });
}
