import { EventEmitter, once } from "node:events";
import { createPostgresDatabase, logStatements } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import {
  newEvent,
  newRecord,
  newRun,
  newStep,
  park,
  startClaimed,
  startWaiting,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import { createPostgresStore } from "./postgres-store.js";

const quiet = { onCorrupt: () => {} };
type Database = Awaited<ReturnType<typeof createPostgresDatabase>>;

/** Holds a transaction of the app open, after `statement`, until `release` is called. */
async function holdOpen(database: Database, statement: string) {
  const gate = new EventEmitter();
  const released = once(gate, "release");
  let ended: Promise<unknown> = Promise.resolve();
  await new Promise<void>((started, failed) => {
    ended = database.connect().$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(statement);
        started();
        await released;
      },
      { timeout: 30_000 },
    );
    ended.catch(failed);
  });
  return {
    async release() {
      gate.emit("release");
      await ended;
    },
  };
}

/** Resolves when some connection waits for a lock. */
async function someoneWaits(database: Database): Promise<void> {
  await expect
    .poll(
      async () => {
        const [row] = await database.prisma.$queryRawUnsafe<{ n: number }[]>(
          "SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted",
        );
        return row?.n;
      },
      { interval: 5, timeout: 10_000 },
    )
    .toBeGreaterThan(0);
}

describe("a run whose row is locked by a transaction of the app", () => {
  it("is answered as locked at once, while the records of 63 others are applied", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    const ids = Array.from({ length: 64 }, (_, n) => `run-${n}`);
    await store.insertRuns(ids.map((id) => newRun({ id })));
    await store.sweep(sweepRequest({ token: "t", slots: 64 }));
    const lock = await holdOpen(
      database,
      "UPDATE workflow_run SET owner = 'someone' WHERE id = 'run-7'",
    );
    const records = ids.map((id) => newRecord(id, { token: "t", steps: [newStep("s")] }));
    const answers = await store.record(records);
    await lock.release();
    expect(answers[7]).toEqual({ applied: false, reason: "locked" });
    expect(answers.filter(({ applied }) => applied)).toHaveLength(63);
    expect(await store.record(records)).toSatisfy((again: typeof answers) =>
      again.every(({ applied }) => applied),
    );
  });

  it("is claimed all the same when that only refers to it by a foreign key", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    await store.insertRuns([newRun({ id: "a" })]);
    const lock = await holdOpen(
      database,
      "SELECT id FROM workflow_run WHERE id = 'a' FOR KEY SHARE",
    );
    const { claimed } = await store.sweep(sweepRequest());
    await lock.release();
    expect(claimed.map(({ run }) => run.id)).toEqual(["a"]);
  });

  it("is skipped by a claim", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    await store.insertRuns([newRun({ id: "a", priority: 9 }), newRun({ id: "b" })]);
    const lock = await holdOpen(
      database,
      "UPDATE workflow_run SET owner = 'someone' WHERE id = 'a'",
    );
    const { claimed } = await store.sweep(sweepRequest({ slots: 1 }));
    await lock.release();
    expect(claimed.map(({ run }) => run.id)).toEqual(["b"]);
  });

  it("takes events sent within transactions, and those are told of later", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    await startWaiting(store, "a");
    const lock = await holdOpen(
      database,
      "UPDATE workflow_run SET owner = 'someone' WHERE id = 'a'",
    );
    await database.prisma.$transaction((tx) => store.sendEvent(newEvent("a"), tx));
    expect(await store.acceptEvents()).toEqual([]);
    await lock.release();
    expect(await store.acceptEvents()).toEqual(["a"]);
  });
});

describe("what is committed while a statement waits", () => {
  it("is in the history of a claim that locked the row after it", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    await startWaiting(store, "a");
    await store.sendEvent(newEvent("a", { id: "first" }));
    // The claim stops at a gate, between its snapshot and its locks.
    const { prisma } = logStatements(database.connect(), (text) =>
      text.replace(
        "CROSS JOIN LATERAL (",
        "CROSS JOIN (SELECT pg_advisory_xact_lock(1)::text) AS gate CROSS JOIN LATERAL (",
      ),
    );
    const gate = await holdOpen(database, "SELECT pg_advisory_xact_lock(1)::text");
    const sweep = createPostgresStore(prisma, quiet).sweep(sweepRequest());
    await someoneWaits(database);
    await store.sendEvent(newEvent("a", { id: "second" }));
    await gate.release();
    const [claim] = (await sweep).claimed;
    expect(claim?.inbox.map(({ id }) => id)).toEqual(["first", "second"]);
    expect(claim?.run.wakes).toBe(2);
  });

  it("keeps a run from parking", async () => {
    await using database = await createPostgresDatabase();
    const store = createPostgresStore(database.prisma, quiet);
    await startClaimed(store, "a");
    const event = await holdOpen(
      database,
      "UPDATE workflow_run SET wakes = wakes + 1, revision = revision + 1 WHERE id = 'a'",
    );
    const parked = database
      .connect()
      .$transaction((tx) =>
        store.recordWithin(tx, newRecord("a", { steps: [newStep("s")], transition: park() })),
      );
    await someoneWaits(database);
    await event.release();
    expect(await parked).toMatchObject({ applied: true, released: false, wakes: 1, revision: 3 });
    expect((await store.readRun("a", { kind: "all" }))?.stepCount).toBe(1);
  });
});
