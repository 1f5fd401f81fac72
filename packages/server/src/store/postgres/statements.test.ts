import { createPostgresDatabase, logStatements } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import {
  end,
  newEvent,
  newLog,
  newPart,
  newRecord,
  newRun,
  newStep,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import { createPostgresStore } from "./postgres-store.js";

/** A store on a database of its own, and the statements that it sends. */
async function createLoggedStore() {
  const database = await createPostgresDatabase();
  const { prisma, statements } = logStatements(database.prisma);
  const store = createPostgresStore(prisma, { onCorrupt: () => {} });
  return {
    store,
    /** How many statements `work` takes. */
    async count(work: () => Promise<unknown>): Promise<number> {
      statements.length = 0;
      await work();
      return statements.length;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const ids = ["a", "b", "c"];

describe("one statement", () => {
  it("starts many runs", async () => {
    await using logged = await createLoggedStore();
    const runs = ids.map((id) => newRun({ id, idempotencyKey: id }));
    expect(await logged.count(() => logged.store.insertRuns(runs))).toBe(1);
  });

  it("beats, claims many runs with their history, and reports", async () => {
    await using logged = await createLoggedStore();
    await logged.store.insertRuns(ids.map((id) => newRun({ id })));
    await logged.store.sendEvent(newEvent("a"));
    expect(await logged.count(() => logged.store.sweep(sweepRequest()))).toBe(1);
  });

  it("records the steps of many runs", async () => {
    await using logged = await createLoggedStore();
    await logged.store.insertRuns(ids.map((id) => newRun({ id })));
    await logged.store.sweep(sweepRequest({ token: "t" }));
    const records = ids.map((id) => newRecord(id, { token: "t", steps: [newStep("s")] }));
    expect(await logged.count(() => logged.store.record(records))).toBe(1);
  });

  it("records an end with all that goes with it", async () => {
    await using logged = await createLoggedStore();
    await logged.store.insertRuns([newRun({ id: "a" })]);
    await logged.store.sweep(sweepRequest({ token: "t" }));
    await logged.store.sendEvent(newEvent("a", { id: "e" }));
    const record = newRecord("a", {
      token: "t",
      steps: [newStep("s")],
      takes: [{ eventId: "e", stepKey: "s" }],
      children: [newRun({ id: "child" })],
      logs: [newLog("line")],
      parts: [newPart("part")],
      transition: end("completed"),
    });
    expect(await logged.count(() => logged.store.record([record]))).toBe(1);
  });

  it("accepts an event and wakes its run", async () => {
    await using logged = await createLoggedStore();
    await logged.store.insertRuns([newRun({ id: "a" })]);
    expect(await logged.count(() => logged.store.sendEvent(newEvent("a")))).toBe(1);
  });

  it("accepts what was sent within transactions", async () => {
    await using logged = await createLoggedStore();
    expect(await logged.count(() => logged.store.acceptEvents())).toBe(1);
  });
});
