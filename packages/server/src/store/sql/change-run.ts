import type { PrismaRaw } from "../../core/prisma-like.js";
import type { RunChange, RunState } from "../store.js";
import { createReadState } from "./read-state.js";
import type { SqlClient } from "./sql-client.js";
import { createWriteChange } from "./write-change.js";

/** What locks, shows and writes one run within an open transaction, and then its children. */
export interface ChangeRun {
  /** Resolves to `undefined` when there is no such run. */
  within<T>(
    tx: PrismaRaw,
    runId: string,
    decide: (state: RunState) => RunChange<T>,
  ): Promise<{ readonly result: T } | undefined>;
  /** Changes the running children of a run that are not detached, in the order of ids. */
  children(
    tx: PrismaRaw,
    parentId: string,
    decide: (state: RunState) => RunChange<void>,
  ): Promise<void>;
}

/**
 * The interactive change of a run. Locks go from parents to children, among siblings by id, and each is
 * taken by a write (SQLite) or FOR NO KEY UPDATE (PostgreSQL) before anything is read.
 */
export function createChangeRun(client: SqlClient): ChangeRun {
  const { dialect, query } = client;
  const lock =
    dialect.name === "sqlite"
      ? "UPDATE workflow_run SET revision = revision WHERE id = $1 RETURNING id"
      : `SELECT id FROM workflow_run WHERE id = $1 ${dialect.lock}`;
  const runningChildren = `SELECT id FROM workflow_run
WHERE parent_id = $1 AND NOT detached AND ended_at IS NULL
ORDER BY id`;
  const readState = createReadState(client);
  const writeChange = createWriteChange(client);

  const changes: ChangeRun = {
    async within(tx, runId, decide) {
      const locked = await query(lock, [runId], tx);
      if (locked.length === 0) return undefined;
      const state = await readState(tx, runId);
      const { result, write } = decide(state);
      if (write === null) return { result };
      await writeChange(tx, state, write);
      if (write.changeChildren !== null) await changes.children(tx, runId, write.changeChildren);
      return { result };
    },
    async children(tx, parentId, decide) {
      const children = await query<{ id: string }>(runningChildren, [parentId], tx);
      for (const { id } of children) {
        // One that ended while its lock was waited for is left alone.
        await changes.within(tx, id, (state) =>
          state.run.endedAt === null ? decide(state) : { result: undefined, write: null },
        );
      }
    },
  };
  return changes;
}

/** `Store.change`. */
export function createChange(client: SqlClient, changeRun: ChangeRun) {
  return async <T>(
    runId: string,
    decide: (state: RunState) => RunChange<T>,
  ): Promise<T | undefined> => {
    const guarded = passErrorsThrough(decide);
    const change = await guarded.run(() =>
      client.transaction((tx) => changeRun.within(tx, runId, guarded.decide)),
    );
    return change?.result;
  };
}

/**
 * Keeps what `decide` throws apart from what the database throws, so that it ends the retries of a
 * conflict and reaches the caller as it is, whatever Prisma makes of an error within a transaction.
 */
export function passErrorsThrough<T>(decide: (state: RunState) => RunChange<T>): {
  readonly decide: (state: RunState) => RunChange<T>;
  run<R>(work: () => Promise<R>): Promise<R>;
} {
  let thrown: { readonly error: unknown } | undefined;
  return {
    decide(state) {
      try {
        return decide(state);
      } catch (error) {
        thrown = { error };
        throw new DecisionError();
      }
    },
    async run(work) {
      try {
        return await work();
      } catch (error) {
        if (thrown !== undefined) throw thrown.error;
        throw error;
      }
    },
  };
}

/** Stands for what `decide` threw until the transaction is rolled back. */
class DecisionError extends Error {}
