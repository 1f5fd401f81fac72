import { createPostgresDatabase, createSqliteDatabase } from "@trpc-workflow/test-databases";
import type { PrismaLike } from "../../core/prisma-like.js";
import { isEnded } from "../../core/status.js";
import { createMemoryStore } from "../../store/memory/memory-store.js";
import { isConflict } from "../../store/prisma-errors.js";
import { retryConflicts } from "../../store/sql/retry-conflicts.js";
import { openStore } from "../../store/open-store.js";
import type { RunWrite, Store } from "../../store/store.js";
import { createPausingClient, type PausingClient } from "../../testing/pausing-client.js";
import { changed } from "../operations/operation.js";

/** A database on which processes meet, and what a test may do to it behind their backs. */
export interface Ground extends AsyncDisposable {
  readonly name: "memory" | "postgresql" | "sqlite";
  /** A connection of one process: the n-th of the same database. */
  readonly connect: (n: number) => Connection;
  /** Nobody's: for looking. */
  readonly store: Store;
  /** Makes the heartbeat of whoever holds the run too old. */
  readonly lapse: (runId: string) => Promise<void>;
  /** Moves the deadline of a run that has not ended into the past. */
  readonly expire: (runId: string) => Promise<void>;
}

export interface Connection {
  readonly store: Store;
  /** `null` on memory. */
  readonly client: PausingClient | null;
}

export type OpenGround = () => Promise<Ground>;

/** All that the store runs on. */
export const GROUNDS: Readonly<Record<Ground["name"], OpenGround>> = {
  memory: openMemory,
  postgresql: async () => openSql("postgresql", await createPostgresDatabase()),
  sqlite: async () => openSql("sqlite", await createSqliteDatabase()),
};

async function openMemory(): Promise<Ground> {
  const store = createMemoryStore({ now: Date.now });
  return {
    name: "memory",
    store,
    connect: () => ({ store, client: null }),
    lapse: async (runId) => {
      const rows = await store.readRun(runId, { kind: "page", after: 0, limit: 1 });
      if (rows !== null && rows.run.workerId !== null) store.forgetWorker(rows.run.workerId);
    },
    expire: async (runId) => {
      await store.change(runId, ({ run }) => {
        const expiresAt = run.cause === null ? 1 : null;
        const write: Partial<RunWrite> = { run: { deadlineAt: 1, expiresAt } };
        return isEnded(run.status) ? { result: false, write: null } : changed(write);
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

interface Database extends AsyncDisposable {
  readonly prisma: PrismaLike;
  readonly connect: () => PrismaLike;
}

function openSql(name: "postgresql" | "sqlite", database: Database): Ground {
  const { prisma } = database;
  const clients: PrismaLike[] = [];
  // A transaction, for a single statement that meets another's lock on SQLite leaves its own behind.
  const write = (sql: string, runId: string): Promise<void> =>
    retryConflicts({ isConflict, forMs: 10_000 }, async () => {
      await prisma.$transaction((tx) => Promise.resolve(tx.$executeRawUnsafe(sql, runId)));
    });
  return {
    name,
    store: openStore(prisma, { onCorrupt }),
    connect: (n) => {
      const client = createPausingClient((clients[n] ??= database.connect()));
      return { store: openStore(client.prisma, { onCorrupt }), client };
    },
    lapse: (runId) => write(LAPSE, runId),
    expire: (runId) => write(EXPIRE, runId),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const LAPSE = `UPDATE workflow_worker SET heartbeat_at = 0
WHERE id = (SELECT worker_id FROM workflow_run WHERE id = $1)`;

const EXPIRE = `UPDATE workflow_run SET
  deadline_at = 1, expires_at = CASE WHEN expires_at IS NULL THEN NULL ELSE 1 END
WHERE id = $1 AND ended_at IS NULL`;

function onCorrupt(error: unknown): never {
  throw error;
}
