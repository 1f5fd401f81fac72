import type { PrismaLike, PrismaRaw } from "../../core/prisma-like.js";
import { isConflict } from "../prisma-errors.js";
import { retryConflicts } from "../sql/retry-conflicts.js";
import type { SqlClient } from "../sql/sql-client.js";
import { explainMissingTables } from "../sql/tables-missing.js";
import { postgresDialect } from "./postgres-dialect.js";

/**
 * A Prisma client on PostgreSQL. Statements are unnamed and leave nothing behind in their session, so
 * that a pool which hands out a connection per transaction is fine.
 */
export function createPostgresClient(prisma: PrismaLike): SqlClient {
  return {
    dialect: postgresDialect,
    async query<TRow>(text: string, values: readonly unknown[], tx: PrismaRaw = prisma) {
      return explainMissingTables(tx.$queryRawUnsafe<TRow[]>(text, ...values));
    },
    transaction: (body) =>
      retryConflicts({ isConflict, forMs: CONFLICTS_FOR_MS }, async () =>
        prisma.$transaction(body, TRANSACTION),
      ),
  };
}

const CONFLICTS_FOR_MS = 5_000;

/** What is read after a lock must be newer than the lock: no one snapshot for the whole transaction. */
const TRANSACTION = { isolationLevel: "ReadCommitted", maxWait: 10_000, timeout: 15_000 };
