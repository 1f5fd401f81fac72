import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { createPostgresDatabase } from "./index.js";

describe("createPostgresDatabase", () => {
  it("gives a real client on empty tables of the app and of the workflows", async () => {
    await using db = await createPostgresDatabase();
    await db.prisma.order.create({ data: { id: "1", status: "new", amount: 5 } });
    expect(await db.prisma.order.findMany()).toEqual([
      { id: "1", status: "new", amount: 5, note: null },
    ]);
    expect(await db.prisma.account.count()).toBe(0);
    expect(await db.prisma.workflowRun.count()).toBe(0);
  });

  it("keeps two databases apart that live at the same time", async () => {
    await using first = await createPostgresDatabase();
    await using second = await createPostgresDatabase();
    await first.prisma.account.create({ data: { id: "a", balance: 1 } });
    expect(await second.prisma.account.count()).toBe(0);
  });

  it("connects further clients to the same database", async () => {
    await using db = await createPostgresDatabase();
    await db.prisma.account.create({ data: { id: "a", balance: 1 } });
    expect(await db.connect().account.count()).toBe(1);
  });

  it("rolls a failed transaction back", async () => {
    await using db = await createPostgresDatabase();
    const failing = db.prisma.$transaction(async (tx) => {
      await tx.account.create({ data: { id: "a", balance: 1 } });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await db.prisma.account.count()).toBe(0);
  });

  it("deletes the database when disposed of, open connections of others notwithstanding", async () => {
    const db = await createPostgresDatabase();
    const other = new Client({ connectionString: db.url });
    const cutOff = new Promise<Error>((resolve) => other.on("error", resolve));
    await other.connect();
    await db[Symbol.asyncDispose]();
    expect((await cutOff).message).toMatch(/terminat/);
    await expect(new Client({ connectionString: db.url }).connect()).rejects.toThrow(
      /does not exist/,
    );
  });
});
