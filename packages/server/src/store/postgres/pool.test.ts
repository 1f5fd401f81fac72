import { createPostgresDatabase, type PostgresClient } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import type { PrismaLike } from "../../core/prisma-like.js";
import {
  end,
  newEvent,
  newRecord,
  newRun,
  newStep,
  newWrite,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import { createPostgresStore } from "./postgres-store.js";

/** Hands out another session for each statement and each transaction, as a transaction pool may. */
function poolOf(clients: readonly PostgresClient[]): PrismaLike {
  let turn = 0;
  const next = (): PostgresClient => {
    turn += 1;
    const client = clients[turn % clients.length];
    if (client === undefined) throw new Error("The pool is empty.");
    return client;
  };
  return {
    $queryRawUnsafe: (text, ...values) => next().$queryRawUnsafe(text, ...values),
    $executeRawUnsafe: (text, ...values) => next().$executeRawUnsafe(text, ...values),
    $transaction: (body, options) => next().$transaction(body, options as object),
  };
}

describe("the store behind a pool that hands out a session per transaction", () => {
  it("runs a run from start to end, and leaves nothing behind in any session", async () => {
    await using database = await createPostgresDatabase();
    const clients = [database.prisma, database.connect(), database.connect()];
    const store = createPostgresStore(poolOf(clients), { onCorrupt: () => {} });

    await store.insertRuns([newRun({ id: "a" })]);
    expect((await store.sweep(sweepRequest({ token: "t" }))).claimed).toHaveLength(1);
    await store.sendEvent(newEvent("a"));
    await store.record([newRecord("a", { token: "t", steps: [newStep("s")] })]);
    await store.change("a", () => ({ result: null, write: newWrite({ run: { paused: true } }) }));
    const transition = end("completed");
    await store.record([newRecord("a", { token: "t", commit: 2, transition })]);
    const ended = await store.readRun("a", { kind: "all" });
    expect(ended).toMatchObject({ run: { status: "completed" }, stepCount: 1 });
    await store.prune(9e12, ["completed"], 10);
    expect(await store.readRun("a", { kind: "all" })).toBeNull();

    for (const client of clients) {
      expect(await client.$queryRawUnsafe("SELECT name FROM pg_prepared_statements")).toEqual([]);
    }
    const locks = "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'";
    expect(await database.prisma.$queryRawUnsafe(locks)).toEqual([]);
  });
});
