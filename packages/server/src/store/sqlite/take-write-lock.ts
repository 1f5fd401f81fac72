import type { PrismaRaw } from "../../core/prisma-like.js";
import { isBusy } from "../prisma-errors.js";
import { retryConflicts } from "../sql/retry-conflicts.js";
import { explainMissingTables } from "../sql/tables-missing.js";

/**
 * Takes SQLite's write lock for a caller's transaction, unless that has it already. A transaction that
 * reads before it writes fails for good where another process has written in between; one that begins
 * with this waits its turn.
 */
export async function takeWriteLock(tx: PrismaRaw): Promise<void> {
  await retryConflicts({ isConflict: isBusy, forMs: BUSY_FOR_MS }, () =>
    explainMissingTables(tx.$executeRawUnsafe(WRITE_NOTHING)),
  );
}

/** An UPDATE takes the lock before it looks for rows. */
const WRITE_NOTHING = "UPDATE workflow_run SET id = id WHERE false";

/** A transaction of Prisma's ends after five seconds. */
const BUSY_FOR_MS = 2_000;
