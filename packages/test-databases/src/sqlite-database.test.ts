import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSqliteDatabase } from "./index.js";

describe("createSqliteDatabase", () => {
  it("gives a real client on empty tables of the app and of the workflows", async () => {
    await using db = await createSqliteDatabase();
    await db.prisma.order.create({ data: { id: "1", status: "new", amount: 5 } });
    expect(await db.prisma.order.findMany()).toEqual([
      { id: "1", status: "new", amount: 5, note: null },
    ]);
    expect(await db.prisma.account.count()).toBe(0);
    expect(await db.prisma.workflowRun.count()).toBe(0);
  });

  it("is in WAL mode", async () => {
    await using db = await createSqliteDatabase();
    expect(await db.prisma.$queryRawUnsafe("PRAGMA journal_mode")).toEqual([
      { journal_mode: "wal" },
    ]);
  });

  it("keeps two databases apart that live at the same time", async () => {
    await using first = await createSqliteDatabase();
    await using second = await createSqliteDatabase();
    await first.prisma.account.create({ data: { id: "a", balance: 1 } });
    expect(await second.prisma.account.count()).toBe(0);
  });

  it("connects further clients to the same database", async () => {
    await using db = await createSqliteDatabase();
    await db.prisma.account.create({ data: { id: "a", balance: 1 } });
    expect(await db.connect().account.count()).toBe(1);
  });

  it("deletes the file when disposed of", async () => {
    const db = await createSqliteDatabase();
    const file = db.url.slice("file:".length);
    expect(existsSync(file)).toBe(true);
    await db[Symbol.asyncDispose]();
    expect(existsSync(file)).toBe(false);
  });
});
