import { createPostgresDatabase, createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import { isBusy, isConflict, isMissingTable, isTransient } from "./prisma-errors.js";

async function errorOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

describe("errors of Prisma on PostgreSQL", () => {
  it("are transient when the connection was killed", async () => {
    await using database = await createPostgresDatabase();
    const killed = database
      .connect()
      .$queryRawUnsafe("SELECT pg_terminate_backend(pg_backend_pid())");
    const error = await errorOf(killed);
    expect(isTransient(error)).toBe(true);
    expect(isConflict(error)).toBe(false);
  });

  it("are conflicts when the database chose a victim", async () => {
    await using database = await createPostgresDatabase();
    const raise = (code: string) =>
      errorOf(
        database.prisma.$executeRawUnsafe(
          `DO $$ BEGIN RAISE EXCEPTION 'chosen' USING ERRCODE = '${code}'; END $$`,
        ),
      );
    for (const code of ["40001", "40P01"]) {
      const error = await raise(code);
      expect(isConflict(error)).toBe(true);
      expect(isTransient(error)).toBe(true);
    }
  });

  it("are of the caller when a statement is wrong", async () => {
    await using database = await createPostgresDatabase();
    const error = await errorOf(database.prisma.$queryRawUnsafe("SELECT 1 / 0"));
    expect(isTransient(error)).toBe(false);
    expect(isMissingTable(error)).toBe(false);
  });

  it("tell a missing table and a missing column", async () => {
    await using database = await createPostgresDatabase();
    const { prisma } = database;
    for (const sql of ["SELECT * FROM workflow_none", "SELECT none FROM workflow_run"]) {
      expect(isMissingTable(await errorOf(prisma.$queryRawUnsafe(sql)))).toBe(true);
    }
  });
});

describe("errors of Prisma on SQLite", () => {
  it("are busy when another client writes", async () => {
    await using database = await createSqliteDatabase();
    const other = database.connect();
    await database.prisma.$transaction(async (tx) => {
      await tx.account.create({ data: { id: "a", balance: 1 } });
      const account = { data: { id: "b", balance: 1 } };
      const within = other.$transaction((second) => second.account.create(account));
      for (const work of [other.account.create(account), within]) {
        const error = await errorOf(work);
        expect(isBusy(error)).toBe(true);
        expect(isTransient(error)).toBe(true);
      }
    });
  });

  it("tell a missing table and a missing column", async () => {
    await using database = await createSqliteDatabase();
    const { prisma } = database;
    for (const sql of ["SELECT * FROM workflow_none", "SELECT none FROM workflow_run"]) {
      expect(isMissingTable(await errorOf(prisma.$queryRawUnsafe(sql)))).toBe(true);
    }
  });
});

describe("errors without a code", () => {
  it.each([
    "Connection terminated unexpectedly",
    "Client has encountered a connection error and is not queryable",
    "terminating connection due to administrator command",
  ])("are transient by their message: %s", (message) => {
    expect(isTransient(new Error(message))).toBe(true);
    expect(isTransient(new Error("wrapped", { cause: new Error(message) }))).toBe(true);
  });

  it("are looked at once, though their causes go round", () => {
    const error = new Error("round");
    error.cause = error;
    expect(isTransient(error)).toBe(false);
    expect(isTransient("not an error")).toBe(false);
  });
});
