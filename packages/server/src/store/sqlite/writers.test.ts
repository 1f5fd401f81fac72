import { createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import {
  newEvent,
  newRecord,
  newRun,
  newStep,
  newWrite,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import { createSqliteStore } from "./sqlite-store.js";

const quiet = { onCorrupt: () => {} };

describe("two clients of one SQLite file", () => {
  it("write at the same time, and nothing of either is lost", { timeout: 20_000 }, async () => {
    await using database = await createSqliteDatabase();
    const stores = [database.prisma, database.connect()].map((prisma) =>
      createSqliteStore(prisma, quiet),
    );
    const ids = stores.map((_, n) => `run-${n}`);
    const each = <T>(work: (store: (typeof stores)[number], id: string) => Promise<T>) =>
      Promise.all(stores.map((store, n) => work(store, `run-${n}`)));
    await each((store, id) => store.insertRuns([newRun({ id, workflow: id })]));
    await each((store, id) =>
      store.sweep(sweepRequest({ workerId: id, token: id, definitions: [`${id}@1`] })),
    );
    const rounds = 20;
    await each(async (store, id) => {
      for (let commit = 1; commit <= rounds; commit += 1) {
        const steps = [newStep(`s${commit}`, { position: commit })];
        const [answer] = await store.record([newRecord(id, { token: id, commit, steps })]);
        expect(answer?.applied).toBe(true);
      }
    });
    await Promise.all(
      Array.from({ length: rounds }, (_, n) =>
        each((store, id) => store.sendEvent(newEvent(id, { id: `${id}-${n}` }))),
      ),
    );
    await Promise.all(stores.map((store) => store.change("run-0", pauseRun)));
    for (const id of ids) {
      const snapshot = await stores[0]?.readRun(id, { kind: "all" });
      expect(snapshot?.stepCount).toBe(rounds);
      expect(snapshot?.run.wakes).toBe(rounds + (id === "run-0" ? 2 : 0));
    }
  });

  it("wait for a transaction of the app that holds the one lock", async () => {
    await using database = await createSqliteDatabase();
    const store = createSqliteStore(database.connect(), quiet);
    let inserted: Promise<unknown> = Promise.resolve();
    await database.prisma.$transaction(async (tx) => {
      await tx.account.create({ data: { id: "a", balance: 1 } });
      inserted = store.insertRuns([newRun({ id: "r" })]);
      // The lock is held until the store has met it.
      const met = store.insertRuns([newRun({ id: "other" })]);
      await Promise.race([met, new Promise((resolve) => setImmediate(resolve))]);
    });
    expect(await inserted).toEqual([{ kind: "created" }]);
  });
});

function pauseRun() {
  return { result: null, write: newWrite({ run: { paused: true } }) };
}
