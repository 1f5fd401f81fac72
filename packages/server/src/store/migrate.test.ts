import { readFile } from "node:fs/promises";
import { createPostgresDatabase, createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import { migrationsModule } from "../../../../scripts/generate-migrations.mjs";
import type { PrismaLike } from "../core/prisma-like.js";
import { newRun } from "../testing/store-conformance/fixtures.js";
import { migrate } from "./migrate.js";
import { MIGRATIONS } from "./migrations.js";
import { openStore } from "./open-store.js";

const databases = { postgresql: createPostgresDatabase, sqlite: createSqliteDatabase };
const tables = ["run", "step", "event", "log", "stream_part", "worker", "meta"];

async function readTable(prisma: PrismaLike, table: string): Promise<unknown> {
  return prisma.$queryRawUnsafe(`SELECT * FROM workflow_${table}`);
}

async function dropTables(prisma: PrismaLike): Promise<void> {
  for (const table of tables) await prisma.$executeRawUnsafe(`DROP TABLE workflow_${table}`);
}

describe.each(["postgresql", "sqlite"] as const)("migrate on %s", (provider) => {
  it("creates tables that the store works on", async () => {
    await using db = await databases[provider]();
    await dropTables(db.prisma);
    await migrate(db.prisma);
    const store = openStore(db.prisma, { onCorrupt: () => {} });
    expect(await store.insertRuns([newRun({ id: "a" })])).toEqual([{ kind: "created" }]);
    expect(await readTable(db.prisma, "run")).toMatchObject([{ id: "a", revision: 1 }]);
  });

  it("records the version, and keeps runs when it is called again", async () => {
    await using db = await databases[provider]();
    await migrate(db.prisma);
    const store = openStore(db.prisma, { onCorrupt: () => {} });
    await store.insertRuns([newRun({ id: "a" })]);
    await migrate(db.prisma);
    expect(await store.revisions(["a"])).toEqual(new Map([["a", 1]]));
    expect(await readTable(db.prisma, "meta")).toEqual([
      { key: "schema_version", value: String(MIGRATIONS[provider].length) },
    ]);
  });

  it("lets many clients migrate at once", async () => {
    await using db = await databases[provider]();
    await dropTables(db.prisma);
    const clients = Array.from({ length: 4 }, () => db.connect());
    await Promise.all([...clients, ...clients].map((client) => migrate(client)));
    expect(await readTable(db.prisma, "run")).toEqual([]);
    expect(await readTable(db.prisma, "meta")).toHaveLength(1);
  });

  it("refuses tables that are newer than the library", async () => {
    await using db = await databases[provider]();
    await db.prisma.$executeRawUnsafe("INSERT INTO workflow_meta VALUES ('schema_version', '99')");
    await expect(migrate(db.prisma)).rejects.toMatchObject({
      code: "TABLES_MISSING",
      message: expect.stringContaining("version 99"),
    });
  });

  it("is asked for where the tables are missing", async () => {
    await using db = await databases[provider]();
    await dropTables(db.prisma);
    const store = openStore(db.prisma, { onCorrupt: () => {} });
    await expect(store.now()).rejects.toMatchObject({
      code: "TABLES_MISSING",
      message: expect.stringContaining("npx trpc-workflow migrate"),
    });
  });
});

describe("MIGRATIONS", () => {
  it("says what prisma/sql says", async () => {
    const file = new URL("./migrations.ts", import.meta.url);
    expect(await readFile(file, "utf8")).toBe(await migrationsModule());
  });
});
