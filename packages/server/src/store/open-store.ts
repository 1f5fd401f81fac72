import type { PrismaLike } from "../core/prisma-like.js";
import { createPostgresStore } from "./postgres/postgres-store.js";
import type { OnCorrupt } from "./sql/read-readable.js";
import { createSqliteStore } from "./sqlite/sqlite-store.js";
import { databaseOf } from "./database-of.js";
import type { Store } from "./store.js";

export interface OpenStoreOptions {
  /** Told of each run that a sweep cannot read; that run is put on hold, the others go on. */
  readonly onCorrupt: OnCorrupt;
}

/**
 * Opens the store of a Prisma client's database. Nothing is asked of the database yet.
 *
 * @throws UnsupportedDatabaseError where that is neither PostgreSQL nor SQLite.
 */
export function openStore(prisma: PrismaLike, options: OpenStoreOptions): Store {
  return databaseOf(prisma) === "postgresql"
    ? createPostgresStore(prisma, options)
    : createSqliteStore(prisma, options);
}
