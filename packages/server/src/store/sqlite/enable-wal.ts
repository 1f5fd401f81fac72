import type { PrismaRaw } from "../../core/prisma-like.js";
import { isBusy } from "../prisma-errors.js";
import { retryConflicts } from "../sql/retry-conflicts.js";

/**
 * Has the database keep a write-ahead log; the file remembers it. With SQLite's rollback journal a
 * COMMIT fails while another process reads, and Prisma leaves such a transaction open, with its lock,
 * for good: nobody can write any more. A database that has no such log (in memory, remote) stays as it is.
 */
export async function enableWal(prisma: PrismaRaw): Promise<void> {
  try {
    await retryConflicts({ isConflict: isBusy, forMs: BUSY_FOR_MS }, async () =>
      prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL"),
    );
  } catch {
    // What is wrong with the database is told by the statement that comes next.
  }
}

const BUSY_FOR_MS = 5_000;
