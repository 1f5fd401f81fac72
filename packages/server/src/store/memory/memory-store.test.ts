import { describe, expect, it } from "vitest";
import {
  claimedIds,
  CREATED_AT,
  newRun,
  setRun,
  startClaimed,
  startWaiting,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import { readRow } from "../../testing/store-conformance/harness.js";
import { describeStore } from "../../testing/store-conformance.js";
import { createMemoryStore } from "./memory-store.js";

describeStore(
  "the memory store",
  async () => {
    const { store, advance } = storeAt(2_000_000_000);
    return { store, advance, async [Symbol.asyncDispose]() {} };
  },
  { hasTransactions: false },
);

describe("createMemoryStore", () => {
  it("hands out rows that nobody can change", async () => {
    const { store } = storeAt(CREATED_AT);
    await store.insertRuns([newRun({ id: "a", tags: ["x"] })]);
    const run = await readRow(store, "a");
    expect(() => Object.assign(run, { status: "failed" })).toThrow(TypeError);
    expect(() => (run.tags as string[]).push("y")).toThrow(TypeError);
  });

  it("tells the next moment at which something falls due", async () => {
    const { store, advance } = storeAt(CREATED_AT);
    expect(store.nextDueAt()).toBeNull();
    await store.insertRuns([newRun({ id: "ready", deadlineAt: CREATED_AT + 500 })]);
    expect(store.nextDueAt()).toBe(CREATED_AT + 500);
    await startWaiting(store, "timer", { dueAt: CREATED_AT + 100 });
    await store.insertRuns([newRun({ id: "delayed", startAt: CREATED_AT + 200 })]);
    expect(store.nextDueAt()).toBe(CREATED_AT + 100);
    advance(100);
    expect(store.nextDueAt()).toBe(CREATED_AT + 200);
    await store.sweep(sweepRequest({ workerId: "w", leaseMs: 50 }));
    expect(store.nextDueAt()).toBe(CREATED_AT + 150);
  });

  it("raises its version by what is written, not by what is read or by a heartbeat", async () => {
    const { store } = storeAt(CREATED_AT);
    await startWaiting(store, "a");
    const version = store.version();
    await store.sweep(sweepRequest());
    await readRow(store, "a");
    expect(store.version()).toBe(version);
    await setRun(store, "a", { attempt: 2 });
    expect(store.version()).toBeGreaterThan(version);
  });

  it("lets the leases of a forgotten worker lapse at once", async () => {
    const { store } = storeAt(CREATED_AT);
    await store.sweep(sweepRequest({ workerId: "worker-1", slots: 0 }));
    await startClaimed(store, "a");
    expect(await claimedIds(store)).toEqual([]);
    store.forgetWorker("worker-1");
    expect(await claimedIds(store)).toEqual(["a"]);
  });
});

function storeAt(start: number) {
  let now = start;
  const advance = (ms: number) => void (now += ms);
  return { store: createMemoryStore({ now: () => now }), advance };
}
