import { TablesMissingError } from "../core/errors.js";
import type { PrismaLike, PrismaRaw } from "../core/prisma-like.js";
import { databaseOf } from "./database-of.js";
import { MIGRATIONS } from "./migrations.js";
import { isConflict } from "./prisma-errors.js";
import { retryConflicts } from "./sql/retry-conflicts.js";
import { enableWal } from "./sqlite/enable-wal.js";

/**
 * Creates or upgrades the tables of `prisma/workflow.prisma` in the database of a Prisma client: for
 * embedded use, tests, and apps without Prisma Migrate. Does nothing where they are of this version;
 * any number of processes may call it at once; runs in flight stay alive.
 *
 * @throws TablesMissingError where the tables are of a newer version than this library.
 * @throws UnsupportedDatabaseError where the database is neither PostgreSQL nor SQLite.
 */
export async function migrate(prisma: PrismaLike): Promise<void> {
  const provider = databaseOf(prisma);
  const migrations = MIGRATIONS[provider];
  if (provider === "sqlite") await enableWal(prisma);
  await retryConflicts({ isConflict, forMs: CONFLICTS_FOR_MS }, async () => {
    if (provider === "sqlite") await prisma.$executeRawUnsafe(CREATE_META);
    await prisma.$transaction(async (tx) => {
      if (provider === "postgresql") await lockPostgres(tx);
      const version = await readVersion(tx);
      if (version > migrations.length) throw newerTables(version, migrations.length);
      if (version === migrations.length) return;
      for (const statement of migrations.slice(version).flat()) {
        await tx.$executeRawUnsafe(statement);
      }
      await tx.$queryRawUnsafe(WRITE_VERSION, String(migrations.length));
    }, TRANSACTION);
  });
}

const CONFLICTS_FOR_MS = 30_000;
const TRANSACTION = { maxWait: 30_000, timeout: 60_000 };

/** On its own where DDL does not lock; within the transaction's lock where it does not wait. */
const CREATE_META = `CREATE TABLE IF NOT EXISTS workflow_meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`;

/**
 * An advisory lock that ends with the transaction: one of the session would be lost, or stay behind, in
 * a pool that hands out a connection per transaction. CREATE TABLE IF NOT EXISTS alone fails where two
 * of them meet.
 */
async function lockPostgres(tx: PrismaRaw): Promise<void> {
  // The number is this library's own, and means nothing else.
  await tx.$queryRawUnsafe("SELECT CAST(pg_advisory_xact_lock(7412598206341::bigint) AS text)");
  await tx.$executeRawUnsafe(CREATE_META);
}

/** Writes first, which takes SQLite's lock; no version yet is version 0. */
async function readVersion(tx: PrismaRaw): Promise<number> {
  const rows = await tx.$queryRawUnsafe<{ value: string }[]>(
    `INSERT INTO workflow_meta (key, value) VALUES ('schema_version', '0')
ON CONFLICT (key) DO UPDATE SET value = workflow_meta.value
RETURNING value`,
  );
  const version = Number(rows[0]?.value);
  if (Number.isInteger(version) && version >= 0) return version;
  throw new TablesMissingError(
    `workflow_meta holds ${JSON.stringify(rows[0]?.value)} as the version of the tables of trpc-workflow, which is none.`,
  );
}

const WRITE_VERSION = `UPDATE workflow_meta SET value = $1 WHERE key = 'schema_version' RETURNING key`;

function newerTables(found: number, known: number): TablesMissingError {
  return new TablesMissingError(
    `The tables of trpc-workflow in this database are of version ${found}; this release of @trpc-workflow/server knows versions up to ${known}. Upgrade it.`,
  );
}
