import { createPostgresDatabase, createSqliteDatabase } from "@trpc-workflow/test-databases";
import { expect, it } from "vitest";
import { openDatabaseStage } from "./database-stage.fixture.js";
import { cutEverywhere } from "./trial.fixture.js";

const PROGRAMS = Number(process.env.PROPERTY_DATABASE_PROGRAMS ?? 2);
const FIRST = Number(process.env.PROPERTY_FIRST ?? 1);

it.each([
  ["PostgreSQL", createPostgresDatabase],
  ["SQLite", createSqliteDatabase],
])("goes on after a cut at a commit on %s", { timeout: 0 }, async (_, createDatabase) => {
  await using database = await createDatabase();
  const problems: string[] = [];
  for (let seed = FIRST; seed < FIRST + PROGRAMS; seed += 1) {
    const trial = await cutEverywhere(seed, {
      openStage: (options) => openDatabaseStage(database.prisma, options),
      timeScale: 0.02,
      // Each takes as long as hundreds in memory.
      isTried: (write) => (write + seed) % 3 === 0,
    });
    problems.push(...trial.problems);
  }
  expect(problems).toEqual([]);
});
