import type { RecordAnswer, RunRecord, Store } from "../store/store.js";

/** Where in a run its worker dies: at a write, counted from 1, before it lands or after. */
export interface Crash {
  readonly write: number;
  readonly when: "before" | "after";
}

export interface WriteWatch {
  /** Told of each write of executions before it lands; the answer says what becomes of the worker. */
  readonly onWrite: (records: readonly RunRecord[]) => Crash["when"] | null;
  /** Told of each record that was applied. */
  readonly onApplied: (record: RunRecord) => void;
  /** Ends the worker, here and now. */
  readonly kill: () => void;
}

/**
 * The same store for the engine of one process, which dies at the write that the watch names: nothing
 * that it asks of the store after that is answered.
 */
export function watchWrites(store: Store, { onWrite, onApplied, kill }: WriteWatch): Store {
  let isDead = false;

  function die(): void {
    isDead = true;
    kill();
  }

  async function write<T extends RecordAnswer | readonly RecordAnswer[]>(
    records: readonly RunRecord[],
    land: () => Promise<T>,
    onDead: (answer: T | null) => Promise<T>,
  ): Promise<T> {
    const end = onWrite(records);
    if (end === "before") {
      die();
      return onDead(null);
    }
    const answer = await land();
    const answers: readonly RecordAnswer[] = "applied" in answer ? [answer] : answer;
    for (const [index, record] of records.entries()) {
      if (answers[index]?.applied === true) onApplied(record);
    }
    if (end === null) return answer;
    die();
    return onDead(answer);
  }

  const verbs: Partial<Store> = {
    record: (records) => write(records, () => store.record(records), never),
    recordAndChangeChildren: (record, changeChildren) =>
      write([record], () => store.recordAndChangeChildren(record, changeChildren), never),
    // The database ends the transaction of a dead process: what was committed stays.
    recordWithin: (tx, record) =>
      write([record], () => store.recordWithin(tx, record), rollBackOrCommit),
  };

  return new Proxy(store, {
    get: (target, verb, receiver) => {
      if (isDead) return never;
      return (Reflect.get(verbs, verb) ?? Reflect.get(target, verb, receiver)) as unknown;
    },
  });
}

function never(): Promise<never> {
  return new Promise(() => {});
}

async function rollBackOrCommit<T>(answer: T | null): Promise<T> {
  if (answer === null) throw new Error("The worker was killed before its transaction committed.");
  return answer;
}
