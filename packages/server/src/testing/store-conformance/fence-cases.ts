import { describe, expect, it } from "vitest";
import { RUN_PHASES } from "../../core/status.js";
import type { Store } from "../../store/store.js";
import {
  claimedIds,
  end,
  heldInPhase,
  newLog,
  newPart,
  newRecord,
  newRun,
  newStep,
  park,
  setRun,
  startClaimed,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";

const FULL = {
  steps: [newStep("charge")],
  logs: [newLog("line")],
  parts: [newPart("part")],
  children: [newRun({ id: "child" })],
  outcomes: 1,
  calls: 1,
  progress: '"half"',
  patches: { p: true },
  progressed: true,
} as const;

/** `record`: when nothing is written, and what its answer says then. */
export function fenceCases(createStore: CreateStore): void {
  describe("record behind its fence", () => {
    it("refuses a token that another claim replaced, and an unknown run", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await claimedIds(store);
      const answers = await unchanged(store, "a", () =>
        store.record([newRecord("a", FULL), newRecord("none", FULL)]),
      );
      const lost = { applied: false, reason: "lost" };
      expect(answers).toEqual([lost, lost]);
    });

    it("answers a repeated record as applied, and writes it once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const record = newRecord("a", FULL);
      const [first] = await store.record([record]);
      expect(first).toEqual({
        applied: true,
        released: false,
        revision: 2,
        wakes: 0,
        paused: false,
      });
      expect(await unchanged(store, "a", () => store.record([record]))).toEqual([first]);
    });

    it("answers a repeated end as applied and released", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const record = newRecord("a", { transition: end("completed", { output: "1" }) });
      const [first] = await store.record([record]);
      expect(first).toMatchObject({ applied: true, released: true });
      expect(await unchanged(store, "a", () => store.record([record]))).toEqual([first]);
    });

    it("answers a repeated park as applied and released", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const record = newRecord("a", { transition: park() });
      const [first] = await store.record([record]);
      expect(first).toMatchObject({ applied: true, released: true });
      expect(await unchanged(store, "a", () => store.record([record]))).toEqual([first]);
    });

    it("writes nothing after a gap", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const answers = await unchanged(store, "a", () =>
        store.record([newRecord("a", { ...FULL, commit: 2 })]),
      );
      expect(answers).toMatchObject([{ applied: false }]);
    });

    it("writes nothing once the lease was given up", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await setRun(store, "a", { status: "compensating", cause: "error" });
      const compensating = { phase: "compensating" } as const;
      await store.record([newRecord("a", { ...compensating, transition: park({ wakes: 1 }) })]);
      const answers = await unchanged(store, "a", () =>
        store.record([newRecord("a", { ...FULL, ...compensating, commit: 2 })]),
      );
      expect(answers).toEqual([{ applied: false, reason: "lost" }]);
    });

    const mismatches = (["running", "compensating"] as const).flatMap((phase) =>
      RUN_PHASES.filter((status) => status !== phase).map((status) => ({ phase, status })),
    );
    it.each(mismatches)("writes nothing for $phase when it is $status", async (mismatch) => {
      const { phase, status } = mismatch;
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      await setRun(store, "a", heldInPhase(status));
      const answers = await unchanged(store, "a", () =>
        store.record([newRecord("a", { ...FULL, phase })]),
      );
      expect(answers).toEqual([{ applied: false, reason: "phase", status }]);
    });

    it("writes each record of a batch behind its own fence, and answers in order", async () => {
      await using harness = await createStore();
      const { store } = harness;
      for (const id of ["c", "a", "b"]) await startClaimed(store, id);
      const answers = await store.record([
        newRecord("c", FULL),
        newRecord("a", { ...FULL, token: "other", children: [] }),
        newRecord("none"),
        newRecord("b", { transition: park() }),
      ]);
      expect(answers.map((answer) => answer.applied)).toEqual([true, false, false, true]);
      expect((await readRow(store, "c")).progress).toBe('"half"');
      expect((await readRow(store, "a")).progress).toBeNull();
      expect((await readRow(store, "b")).status).toBe("waiting");
    });

    it("takes an empty batch", async () => {
      await using harness = await createStore();
      expect(await harness.store.record([])).toEqual([]);
    });

    it("applies one of ten equal records that are sent at once", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a");
      const record = newRecord("a", { logs: [newLog("once")] });
      await Promise.all(Array.from({ length: 10 }, () => store.record([record])));
      expect(await store.readLogs("a", { step: null, after: 0, limit: 10 })).toHaveLength(1);
      expect(await readRow(store, "a")).toMatchObject({ commits: 1, revision: 2 });
    });
  });
}

/** What `act` resolves to, once it is sure that nothing of the run was written by it. */
async function unchanged<T>(store: Store, id: string, act: () => Promise<T>): Promise<T> {
  const before = await everythingOf(store, id);
  const result = await act();
  expect(await everythingOf(store, id)).toEqual(before);
  return result;
}

function everythingOf(store: Store, id: string): Promise<unknown> {
  return Promise.all([
    store.readRun(id, { kind: "all" }),
    store.readLogs(id, { step: null, after: 0, limit: 100 }),
    store.readStream(id, { stream: "tokens", after: 0, limit: 100 }),
    store.readRun("child", { kind: "all" }),
  ]);
}
