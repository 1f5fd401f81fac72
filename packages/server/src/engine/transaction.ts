import { StepTimeoutError } from "../core/errors.js";
import type { PrismaRaw } from "../core/prisma-like.js";
import type { StepRow } from "../core/rows.js";
import type { RecordAnswer, RunRecord } from "../store/store.js";
import { isConflict } from "../store/prisma-errors.js";
import type { LazyAbort } from "./attempt.js";
import type { Draft } from "./draft.js";
import type { ExecutionHost } from "./execution-host.js";
import type { Ledger } from "./ledger.js";
import type { TransactionSettings } from "./plan.js";

export interface TransactionRun {
  readonly host: ExecutionHost;
  /** The caller has the ledger's turn. */
  readonly ledger: Ledger;
  readonly settings: TransactionSettings & { readonly timeoutMs: number | null };
  readonly abort: LazyAbort;
  /** Puts what is to be stored with the outcome into a draft; the return value says that it was. */
  readonly addPending: (draft: Draft) => () => void;
  readonly fn: (tx: PrismaRaw) => unknown;
  /** The step's row at its place in the order, with the outcome that `fn` came to. */
  readonly toRow: (seq: number, result: unknown) => Promise<StepRow>;
}

/**
 * Runs a function and records its outcome in one database transaction: the record is the last
 * statement, so that a database error which the function swallowed fails there. Resolves to the row, or
 * to `null` when this execution may record nothing any more. A serialization failure is tried again.
 */
export async function runTransaction(run: TransactionRun): Promise<StepRow | null> {
  const { ledger, abort } = run;
  for (let tries = 1; ; tries += 1) {
    if (!ledger.isHeld || ledger.isEndedByOthers || abort.aborted) return null;
    try {
      return await transact(run);
    } catch (error) {
      if (abort.aborted || tries === MAX_TRIES || !isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * tries));
    }
  }
}

const MAX_TRIES = 10;

interface Written {
  readonly record: RunRecord;
  readonly answer: RecordAnswer;
  readonly row: StepRow;
  readonly onStored: () => void;
}

async function transact(run: TransactionRun): Promise<StepRow | null> {
  const { ledger } = run;
  const written: Written[] = [];
  let failure: { readonly error: unknown } | null = null;
  try {
    await commit(run, written);
  } catch (error) {
    failure = { error };
  }
  const last = written.at(-1);
  if (last === undefined)
    throw failure?.error ?? new TypeError("A transaction ended without its record.");
  // The answer to COMMIT may be lost: what counts is what the database has.
  if (last.answer.applied && failure !== null && !(await isCommitted(run, last.record)))
    throw failure.error;
  ledger.settle(last.record, last.answer);
  if (last.answer.applied) last.onStored();
  return last.answer.applied ? last.row : null;
}

async function commit(
  { host, ledger, settings, abort, addPending, fn, toRow }: TransactionRun,
  written: Written[],
): Promise<void> {
  if (host.prisma === null) {
    throw new TypeError("A workflow that uses `transaction` needs the option `prisma`.");
  }
  const options = {
    maxWait: settings.maxWaitMs,
    ...(settings.timeoutMs === null ? {} : { timeout: settings.timeoutMs }),
    ...(settings.isolationLevel === undefined ? {} : { isolationLevel: settings.isolationLevel }),
  };
  await host.prisma.$transaction(async (tx) => {
    const result = await untilAborted(Promise.resolve(fn(tx)), abort);
    const draft = ledger.draft();
    draft.outcomes += 1;
    const row = await toRow(draft.outcomes, result);
    draft.put(row);
    const onStored = addPending(draft);
    const record = draft.toRecord(ledger.fence(), null);
    abort.throwIfAborted();
    const answer = await host.store.recordWithin(tx, record);
    written.push({ record, answer, row, onStored });
    if (!answer.applied) throw new StaleTransaction();
  }, options);
}

/** The fence did not hold: the transaction rolls back. */
class StaleTransaction extends Error {
  override readonly name = "StaleTransaction";
}

async function isCommitted({ host, ledger }: TransactionRun, record: RunRecord): Promise<boolean> {
  const committed = await host.store.change(ledger.runId, ({ run }) => ({
    result: run.leaseToken === record.token && run.commits >= record.commit,
    write: null,
  }));
  return committed === true;
}

/** What `promise` comes to, or the abort: a transaction must not outlive its attempt. */
function untilAborted<T>(promise: Promise<T>, abort: LazyAbort): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = abort;
    const onAbort = (): void => {
      const { reason }: { reason: unknown } = signal;
      reject(
        reason instanceof Error ? reason : new StepTimeoutError("The transaction was aborted."),
      );
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
