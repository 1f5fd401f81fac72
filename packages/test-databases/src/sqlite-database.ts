import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { inject } from "vitest";
import { PrismaClient } from "../generated/sqlite/client.js";
import { type TestDatabase, toTestDatabase } from "./test-database.js";

/** The client that `createSqliteDatabase` gives. */
export type SqliteClient = PrismaClient;

/** Creates an empty SQLite database (a file, in WAL mode) for one test, a copy of this run's template. */
export async function createSqliteDatabase(): Promise<TestDatabase<SqliteClient>> {
  const folder = await mkdtemp(join(tmpdir(), "trpc-workflow-sqlite-"));
  const file = join(folder, "test.db");
  await copyFile(inject("sqlite").template, file);
  const url = `file:${file}`;
  return toTestDatabase({
    provider: "sqlite",
    url,
    connect: () => new PrismaClient({ adapter: new PrismaLibSql({ url }) }),
    drop: () => rm(folder, { recursive: true, force: true }),
  });
}
