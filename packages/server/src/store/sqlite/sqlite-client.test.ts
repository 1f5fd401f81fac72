import { createSqliteDatabase, type SqliteClient } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import { createSqliteStore } from "./sqlite-store.js";

describe("a single write on SQLite", () => {
  it("leaves no lock behind when it met that of another connection", async () => {
    await using database = await createSqliteDatabase();
    const [holder, other] = [database.connect(), database.connect()];
    const store = createSqliteStore(database.prisma, { onCorrupt: () => {} });
    await Promise.all([store.now(), write(other)]);

    let waiting: Promise<void> | null = null;
    await holder.$transaction(async (tx) => {
      await write(tx);
      waiting = store.retireWorker("worker-1");
      // Refused at least once by then: the read comes after it on the same connection.
      await store.now();
    });
    await waiting;

    await expect(write(other)).resolves.toBe(0);
  });
});

function write(client: Pick<SqliteClient, "$executeRawUnsafe">) {
  return client.$executeRawUnsafe("UPDATE workflow_worker SET running = 1 WHERE id = 'worker-2'");
}
