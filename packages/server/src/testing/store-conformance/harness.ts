import { expect } from "vitest";
import type { PrismaRaw } from "../../core/prisma-like.js";
import { isEnded } from "../../core/status.js";
import type { RunRow } from "../../core/rows.js";
import type { Store } from "../../store/store.js";

/** An empty store for one case. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store;
  /** Moves the store's clock on, where it is virtual; without it time passes by itself. */
  readonly advance?: ((ms: number) => void) | undefined;
  /** A transaction of the app, rolled back when `work` throws; absent where there are none. */
  readonly transaction?: (<R>(work: (tx: PrismaRaw) => Promise<R>) => Promise<R>) | undefined;
}

export type CreateStore = () => Promise<StoreHarness>;

/** Resolves when this much time has passed on the store's clock. */
export async function elapse({ store, advance }: StoreHarness, ms: number): Promise<void> {
  const until = (await store.now()) + ms;
  advance?.(ms);
  await expect
    .poll(() => store.now(), { interval: 5, timeout: 10_000 })
    .toBeGreaterThanOrEqual(until);
}

/** Runs `work` with a `tx`: that of a transaction, or a stand-in where the store takes part in none. */
export function withTransaction<R>(
  { transaction }: StoreHarness,
  work: (tx: PrismaRaw) => Promise<R>,
): Promise<R> {
  return transaction === undefined ? work(NO_TRANSACTION) : transaction(work);
}

/** The row of a run that exists, once it is sure that its columns agree with each other. */
export async function readRow(store: Store, id: string): Promise<RunRow> {
  const found = await store.readRun(id, { kind: "all" });
  if (found === null) throw new Error(`There is no run ${id}.`);
  expectAgreeingColumns(found.run);
  return found.run;
}

function expectAgreeingColumns(run: RunRow): void {
  const ended = isEnded(run.status);
  const isHeld = run.paused || run.blockedKind !== null;
  if (run.queue !== null) expect(run).toMatchObject({ queue: 0 - run.priority, workerId: null });
  if (run.queue !== null) expect(run.dueAt).not.toBeNull();
  if (ended || isHeld || run.workerId !== null) {
    expect(run).toMatchObject({ queue: null, dueAt: null });
  }
  expect(run.expiresAt).toBe(run.cause === null && !ended ? run.deadlineAt : null);
  expect(run.endedAt !== null).toBe(ended);
}

const refuse = () => Promise.reject(new Error("No database is behind this transaction."));
const NO_TRANSACTION: PrismaRaw = { $queryRawUnsafe: refuse, $executeRawUnsafe: refuse };
