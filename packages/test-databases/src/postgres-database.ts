import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { inject } from "vitest";
import { PrismaClient } from "../generated/postgresql/client.js";
import { postgresDatabaseUrl, runPostgresSql } from "./run-postgres-sql.js";
import { type TestDatabase, toTestDatabase } from "./test-database.js";

/** The client that `createPostgresDatabase` gives. */
export type PostgresClient = PrismaClient;

/** Creates an empty PostgreSQL database for one test, a copy of the template of this test run. */
export async function createPostgresDatabase(): Promise<TestDatabase<PostgresClient>> {
  const { url: serverUrl, template } = inject("postgres");
  const name = `${template}_${randomUUID().slice(0, 8)}`;
  await runPostgresSql(serverUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = postgresDatabaseUrl(serverUrl, name);
  return toTestDatabase({
    provider: "postgresql",
    url,
    connect: () => new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) }),
    // FORCE: a test may have left a connection of another process behind.
    drop: () => runPostgresSql(serverUrl, `DROP DATABASE "${name}" WITH (FORCE)`),
  });
}
