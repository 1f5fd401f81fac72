import { createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import { migrate } from "../migrate.js";
import { createSqliteStore } from "./sqlite-store.js";

describe("the write-ahead log on SQLite", () => {
  it("is switched on by the first statement of a store", async () => {
    await using database = await createSqliteDatabase();
    await database.prisma.$queryRawUnsafe("PRAGMA journal_mode = DELETE");
    await createSqliteStore(database.prisma, { onCorrupt: () => {} }).now();
    expect(await journalMode(database.connect())).toBe("wal");
  });

  it("is switched on by migrate", async () => {
    await using database = await createSqliteDatabase();
    await database.prisma.$queryRawUnsafe("PRAGMA journal_mode = DELETE");
    await migrate(database.prisma);
    expect(await journalMode(database.connect())).toBe("wal");
  });
});

async function journalMode(prisma: {
  $queryRawUnsafe<T>(text: string): PromiseLike<T>;
}): Promise<unknown> {
  const [row] = await prisma.$queryRawUnsafe<{ journal_mode: string }[]>("PRAGMA journal_mode");
  return row?.journal_mode;
}
