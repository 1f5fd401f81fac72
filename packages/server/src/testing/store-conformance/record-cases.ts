import { describe, expect, it } from "vitest";
import type { StepRow } from "../../core/rows.js";
import {
  STEP_TRANSITIONS,
  STORED_STEP_STATUSES,
  type StoredStepStatus,
} from "../../core/status.js";
import type { NewStreamPart, RunRecord } from "../../store/store.js";
import {
  CREATED_AT,
  HOSTILE_TEXTS,
  newEvent,
  newLog,
  newPart,
  newRecord,
  newRun,
  newStep,
  openStep,
  startClaimed,
} from "./fixtures.js";
import { type CreateStore, readRow, withTransaction } from "./harness.js";

/** A step in a status, told apart by its output; an outcome has its place in the order. */
function stepIn(status: StoredStepStatus, output: string): StepRow {
  const isOpen = status === "running" || status === "waiting";
  return newStep("s", { status, output: JSON.stringify(output), seq: isOpen ? null : 1 });
}

/** `record`: what it writes beside the transition. */
export function recordCases(createStore: CreateStore): void {
  describe("record", () => {
    it("sets what the record says of the run", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const of = { outcomes: 3, calls: 2, progress: '"half"', patches: { p: true, q: false } };
      await store.record([newRecord("a", { ...of, progressed: true })]);
      expect(await readRow(store, "a")).toMatchObject({
        ...of,
        commits: 1,
        revision: 2,
        wakes: 0,
        progressed: true,
        status: "running",
        leaseToken: "token-1",
      });
      const kept = { outcomes: 4, calls: 2, progress: null, patches: null };
      await store.record([newRecord("a", { ...kept, commit: 2 })]);
      expect(await readRow(store, "a")).toMatchObject({ ...of, outcomes: 4, commits: 2 });
    });

    it.each(
      STORED_STEP_STATUSES.flatMap((from) => STORED_STEP_STATUSES.map((to) => [from, to] as const)),
    )("changes a step from %s to %s only where the table of transitions does", async (from, to) => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { steps: [stepIn(from, "before")] })]);
      await store.record([newRecord("a", { commit: 2, steps: [stepIn(to, "after")] })]);
      const rows = await store.readRun("a", { kind: "all" });
      const isAllowed = STEP_TRANSITIONS[from].includes(to);
      const kept = isAllowed
        ? { status: to, output: '"after"' }
        : { status: from, output: '"before"' };
      expect(rows?.steps).toMatchObject([kept]);
    });

    it("keeps names of patches apart from names of JavaScript", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const ids = ["__proto__", "constructor", ...HOSTILE_TEXTS];
      const patches = Object.fromEntries(ids.map((id) => [id, true]));
      await store.record([newRecord("a", { patches })]);
      expect(Object.entries((await readRow(store, "a")).patches).toSorted()).toEqual(
        ids.map((id) => [id, true]).toSorted(),
      );
    });

    it("gives a step back as it went in", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const attempts = [{ attempt: 1, startedAt: 5, endedAt: 6, error: '"no"' }];
      const output = HOSTILE_TEXTS.filter((text) => text !== "\u0000").join("|");
      const odd = { until: 9e12, event: "e", childId: "c", undoable: true, timedOut: true };
      const step = newStep("charge#2", { ...odd, attempts, output, askedAfter: 4, attempt: 2 });
      const begun = openStep("begun", { position: 1 });
      await store.record([newRecord("a", { steps: [begun, step] })]);
      const found = await store.readRun("a", { kind: "all" });
      expect(found?.steps).toEqual([
        { ...step, outputOmitted: false },
        { ...begun, outputOmitted: false },
      ]);
    });

    it("replaces a step without an outcome but for its undo, and never one with an outcome", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const undone = { undoStatus: "running", undoAttempt: 1, undoStartedAt: 7 } as const;
      await store.record([newRecord("a", { steps: [openStep("s", undone)] })]);
      await store.record([newRecord("a", { commit: 2, steps: [newStep("s", { attempt: 2 })] })]);
      const late = newStep("s", { output: '"late"' });
      await store.record([newRecord("a", { commit: 3, steps: [late] })]);
      const found = await store.readRun("a", { kind: "all" });
      expect(found?.steps).toMatchObject([{ output: '"s"', seq: 1, attempt: 2, ...undone }]);
    });

    it("sets the undo columns of steps that exist", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await store.record([newRecord("a", { steps: [newStep("s")] })]);
      const undo = {
        undoStatus: "waiting",
        undoAttempt: 2,
        undoStartedAt: 1,
        undoEndedAt: 2,
        undoUntil: 3,
        undoError: '"no"',
      } as const;
      const undos = [
        { key: "s", ...undo },
        { key: "none", ...undo },
      ];
      await store.record([newRecord("a", { commit: 2, undos })]);
      const found = await store.readRun("a", { kind: "all" });
      expect(found?.steps).toEqual([{ ...newStep("s"), ...undo, outputOmitted: false }]);
    });

    it("takes pending events of its own run only, and each once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await startClaimed(store, "b");
      await store.sendEvent(newEvent("a", { id: "mine" }));
      await store.sendEvent(newEvent("b", { id: "theirs" }));
      await store.record([newRecord("a", { takes: take("first") })]);
      await store.record([newRecord("a", { commit: 2, takes: take("second") })]);
      expect(await store.readEvents("a")).toMatchObject([{ id: "mine", stepKey: "first" }]);
      expect(await store.readEvents("b")).toMatchObject([{ id: "theirs", stepKey: null }]);
    });

    it("inserts children ready, and each once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const child = newRun({ id: "child", parentId: "a", parentKey: "invoke", priority: 2 });
      const other = { ...child, input: '"other"' };
      await store.record([newRecord("a", { children: [child] })]);
      await store.record([newRecord("a", { commit: 2, children: [other] })]);
      expect(await readRow(store, "child")).toMatchObject({
        status: "pending",
        queue: -2,
        dueAt: CREATED_AT,
        parentId: "a",
        parentKey: "invoke",
        input: child.input,
        revision: 1,
      });
    });

    it("numbers logs in commit order, and gives them back as they went in", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const odd = newLog("b", { level: "error", data: "1", step: "s", attempt: 2 });
      await store.record([newRecord("a", { logs: [newLog("a"), odd] })]);
      await store.record([newRecord("a", { commit: 2, logs: [newLog("c")] })]);
      const logs = await store.readLogs("a", { step: null, after: 0, limit: 10 });
      expect(logs.map(({ id: _id, ...log }) => log)).toEqual([newLog("a"), odd, newLog("c")]);
      const ids = logs.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted((x, y) => x - y));
    });

    it("puts a reset mark before the first part of an attempt that repeats", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const other = newPart("other", { stream: "other", step: "s", first: true });
      await store.record([newRecord("a", { parts: [part("1", 1, true), part("2", 1, false)] })]);
      await store.record([
        newRecord("a", { commit: 2, parts: [other, part("3", 2, true), part("4", 2, false)] }),
      ]);
      const beside = newPart("5", { step: "t", attempt: 1, first: true });
      await store.record([newRecord("a", { commit: 3, parts: [beside] })]);
      const parts = await store.readStream("a", { stream: "tokens", after: 0, limit: 10 });
      expect(parts.map(({ value, reset, attempt }) => [value, reset, attempt])).toEqual([
        ["1", false, 1],
        ["2", false, 1],
        [null, true, 2],
        ["3", false, 2],
        ["4", false, 2],
        ["5", false, 1],
      ]);
      const ids = parts.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted((x, y) => x - y));
      const others = await store.readStream("a", { stream: "other", after: 0, limit: 10 });
      expect(others).toMatchObject([{ value: "other", reset: false }]);
    });

    it("writes within the caller's transaction, and says when it did not", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const record = newRecord("a", { steps: [newStep("pay", { kind: "transaction" })] });
      const answer = await withTransaction(harness, (tx) => store.recordWithin(tx, record));
      expect(answer).toMatchObject({ applied: true, released: false, revision: 2 });
      const stale = newRecord("a", { token: "other", commit: 2 });
      expect(await withTransaction(harness, (tx) => store.recordWithin(tx, stale))).toEqual({
        applied: false,
        reason: "lost",
      });
      expect((await store.readRun("a", { kind: "all" }))?.steps).toHaveLength(1);
    });
  });
}

function take(stepKey: string): RunRecord["takes"] {
  return ["mine", "theirs"].map((eventId) => ({ eventId, stepKey }));
}

function part(value: string, attempt: number, first: boolean): NewStreamPart {
  return newPart(value, { step: "s", attempt, first });
}
