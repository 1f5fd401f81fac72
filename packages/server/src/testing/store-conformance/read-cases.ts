import { describe, expect, it } from "vitest";
import {
  blockRun,
  CREATED_AT,
  inPhase,
  newLog,
  newPart,
  newRecord,
  newRun,
  newStep,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
} from "./fixtures.js";
import type { CreateStore } from "./harness.js";

/** Reads of one run, and the numbers over all: `readRun`, `revisions`, logs, streams, counts. */
export function readCases(createStore: CreateStore): void {
  describe("readRun", () => {
    it("reads the newest steps in order, without outputs that are too long", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      // Two bytes for each character: a limit on characters would let all pass.
      const outputs = ["é".repeat(8), "é".repeat(6), "é".repeat(5), null];
      const steps = outputs.map((output, position) =>
        newStep(`s${position}`, { position, output }),
      );
      await store.record([newRecord("a", { steps: steps.toReversed() })]);
      const window = { kind: "newest", limit: 3, maxOutputBytes: 10 } as const;
      const found = await store.readRun("a", window);
      expect(found?.stepCount).toBe(4);
      expect(found?.steps).toEqual([
        { ...steps[1], output: null, outputOmitted: true },
        { ...steps[2], outputOmitted: false },
        { ...steps[3], outputOmitted: false },
      ]);
    });

    it("reads steps page by page", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const steps = [0, 1, 2, 3, 4].map((position) => newStep(`s${position}`, { position }));
      await store.record([newRecord("a", { steps })]);
      const page = await store.readRun("a", { kind: "page", after: 1, limit: 2 });
      expect(page?.steps.map(({ key }) => key)).toEqual(["s2", "s3"]);
      expect(page?.stepCount).toBe(5);
      const first = await store.readRun("a", { kind: "page", after: -1, limit: 1 });
      expect(first?.steps.map(({ key }) => key)).toEqual(["s0"]);
    });

    it("finds nothing of an unknown run", async () => {
      await using harness = await createStore();
      const { store } = harness;
      expect(await store.readRun("none", { kind: "all" })).toBeNull();
      expect(await store.readEvents("none")).toEqual([]);
      expect(await store.readLogs("none", { step: null, after: 0, limit: 9 })).toEqual([]);
    });
  });

  describe("revisions", () => {
    it("tells those of the runs that exist", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a" }), newRun({ id: "b" }), newRun({ id: "c" })]);
      await setRun(store, "b", { attempt: 2 });
      expect(await store.revisions(["b", "a", "none"])).toEqual(
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
      );
      expect(await store.revisions([])).toEqual(new Map());
    });
  });

  describe("readLogs and readStream", () => {
    it("read page by page, of one step or one stream", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const logs = ["1", "2", "3", "4"].map((message, n) =>
        newLog(message, { step: n % 2 === 0 ? "s" : null }),
      );
      const parts = ["1", "2", "3"].map((value) => newPart(value));
      const elsewhere = newPart("x", { stream: "other" });
      await store.record([newRecord("a", { logs, parts: [...parts, elsewhere] })]);
      const [first, ...rest] = await store.readLogs("a", { step: null, after: 0, limit: 2 });
      expect([first, ...rest].map((log) => log?.message)).toEqual(["1", "2"]);
      const next = await store.readLogs("a", { step: null, after: first?.id ?? 0, limit: 9 });
      expect(next.map(({ message }) => message)).toEqual(["2", "3", "4"]);
      const ofStep = await store.readLogs("a", { step: "s", after: 0, limit: 9 });
      expect(ofStep.map(({ message }) => message)).toEqual(["1", "3"]);

      const [part] = await store.readStream("a", { stream: "tokens", after: 0, limit: 1 });
      expect(part).toMatchObject({ stream: "tokens", value: "1", reset: false });
      const query = { stream: "tokens", after: part?.id ?? 0, limit: 9 };
      const later = await store.readStream("a", query);
      expect(later.map(({ value }) => value)).toEqual(["2", "3"]);
    });
  });

  describe("counts", () => {
    it("counts by workflow and public status, of one owner or of all", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "a" }),
        newRun({ id: "b", owner: "ada" }),
        newRun({ id: "c", owner: "ada" }),
        newRun({ id: "d", owner: "ada", workflow: "shipping" }),
        newRun({ id: "e", owner: "ada" }),
      ]);
      await pauseRun(store, "b");
      await blockRun(store, "d");
      await pauseRun(store, "e");
      await setRun(store, "e", { ...inPhase("failed"), paused: true });
      const all = await store.counts(null);
      expect(all).toHaveLength(4);
      expect(all).toEqual(
        expect.arrayContaining([
          { workflow: "checkout", status: "pending", count: 2 },
          { workflow: "checkout", status: "paused", count: 1 },
          { workflow: "checkout", status: "failed", count: 1 },
          { workflow: "shipping", status: "blocked", count: 1 },
        ]),
      );
      const pending = (await store.counts("ada")).find(({ status }) => status === "pending");
      expect(pending?.count).toBe(1);
      expect(await store.counts("nobody")).toEqual([]);
    });
  });

  describe("oldestDueAt", () => {
    it("tells since or from when on the first run is due", async () => {
      await using harness = await createStore();
      const { store } = harness;
      expect(await store.oldestDueAt()).toBeNull();
      await startWaiting(store, "waiting");
      await startClaimed(store, "held");
      expect(await store.oldestDueAt()).toBeNull();
      await startWaiting(store, "timer", { dueAt: 9e12 });
      expect(await store.oldestDueAt()).toBe(9e12);
      await store.insertRuns([newRun({ id: "ready", priority: -5 })]);
      expect(await store.oldestDueAt()).toBe(CREATED_AT);
    });
  });
}
