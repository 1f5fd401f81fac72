import type { PrismaLike, PrismaRaw } from "../../core/prisma-like.js";
import { isBusy } from "../prisma-errors.js";
import { retryConflicts } from "../sql/retry-conflicts.js";
import type { SqlClient } from "../sql/sql-client.js";
import { explainMissingTables } from "../sql/tables-missing.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { enableWal } from "./enable-wal.js";

/**
 * A Prisma client on SQLite. Prisma's transactions are deferred and the driver has no busy timeout: a
 * transaction must write first, or another client's commit between its read and its write fails it,
 * and whatever meets another client's lock fails at once and is tried again here.
 *
 * A single write goes in a transaction too: libsql leaves one that met the lock unfinished until it is
 * garbage, and the connection then keeps the lock of its next write (nobody wrote for 3 to 15 s, measured).
 */
export function createSqliteClient(prisma: PrismaLike): SqlClient {
  let ready: Promise<void> | null = null;
  const getReady = (): Promise<void> => (ready ??= enableWal(prisma));

  return {
    dialect: sqliteDialect,
    async query<TRow>(text: string, values: readonly unknown[], tx?: PrismaRaw) {
      const numbered = numberParameters(text);
      const run = async (on: PrismaRaw) =>
        explainMissingTables(on.$queryRawUnsafe<TRow[]>(numbered, ...values));
      // Within a transaction the whole of it is tried again, by who opened it.
      if (tx !== undefined) return run(tx);
      await getReady();
      return retryBusy(async () =>
        READ.test(text) ? run(prisma) : prisma.$transaction(run, TRANSACTION),
      );
    },
    async transaction(body) {
      await getReady();
      return retryBusy(async () => prisma.$transaction(body, TRANSACTION));
    },
  };
}

const READ = /^\s*SELECT\b/;

/** Nothing was written by what meets the lock. */
function retryBusy<T>(work: () => Promise<T>): Promise<T> {
  return retryConflicts({ isConflict: isBusy, forMs: BUSY_FOR_MS }, work);
}

const BUSY_FOR_MS = 10_000;
const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/** SQLite numbers `$2` by where it first stands, but `?2` by its number. */
function numberParameters(text: string): string {
  const known = NUMBERED.get(text);
  if (known !== undefined) return known;
  const numbered = text.replace(/\$(\d+)/g, "?$1");
  NUMBERED.set(text, numbered);
  return numbered;
}

/** Texts are constant, so that there are as many as there are statements. */
const NUMBERED = new Map<string, string>();
