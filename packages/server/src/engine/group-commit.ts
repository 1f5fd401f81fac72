import { setTimeout as sleep } from "node:timers/promises";
import { isTransient } from "../store/prisma-errors.js";
import type { Logger } from "../core/logger.js";

export interface GroupCommitOptions<TItem, TAnswer> {
  /** Writes items together; the answers are in their order. */
  readonly write: (items: readonly TItem[], isRetry: boolean) => Promise<readonly TAnswer[]>;
  /** Whether an item was left out, for the next write. */
  readonly isLeftOut: (answer: TAnswer) => boolean;
  /** What an item weighs, roughly in bytes. */
  readonly sizeOf: (item: TItem) => number;
  readonly logger: Logger;
}

/** Collects what many callers write at the same time. */
export interface GroupCommit<TItem, TAnswer> {
  readonly submit: (item: TItem) => Promise<TAnswer>;
}

interface Pending<TItem, TAnswer> {
  readonly item: TItem;
  readonly resolve: (answer: TAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes what callers submit: at once when nothing is being written, else together with all that came
 * meanwhile. A write that the database could not take now is repeated until it can. One that it refuses
 * is split, so that a bad item fails alone.
 */
export function createGroupCommit<TItem, TAnswer>(
  options: GroupCommitOptions<TItem, TAnswer>,
): GroupCommit<TItem, TAnswer> {
  const { write, isLeftOut, sizeOf, logger } = options;
  let queue: Pending<TItem, TAnswer>[] = [];
  let isWriting = false;

  async function drain(): Promise<void> {
    isWriting = true;
    while (queue.length > 0) {
      // What other callers submit in this turn goes along: a driver that does not yield, as SQLite's,
      // would else have each write go alone.
      await turn();
      const batch = takeBatch();
      const leftOut = await writeBatch(batch);
      if (leftOut.length === 0) continue;
      queue = [...queue, ...leftOut];
      if (leftOut.length === batch.length) await sleep(LEFT_OUT_DELAY_MS);
    }
    isWriting = false;
  }

  function takeBatch(): Pending<TItem, TAnswer>[] {
    let size = 0;
    let count = 0;
    for (const { item } of queue) {
      size += sizeOf(item);
      if (count > 0 && (count === MAX_ITEMS || size > MAX_BYTES)) break;
      count += 1;
    }
    return queue.splice(0, count);
  }

  /** Resolves to the items that were left out. */
  async function writeBatch(
    batch: readonly Pending<TItem, TAnswer>[],
  ): Promise<readonly Pending<TItem, TAnswer>[]> {
    for (let tries = 0; ; tries += 1) {
      try {
        const answers = await write(
          batch.map(({ item }) => item),
          tries > 0,
        );
        return settle(batch, answers);
      } catch (error) {
        if (!isTransient(error)) return refuse(batch, error);
        if (tries === 0)
          logger.warn("The database could not take a write; it is repeated.", { error });
        await sleep(Math.min(MAX_RETRY_DELAY_MS, 10 * 2 ** tries) * (0.5 + Math.random() / 2));
      }
    }
  }

  function settle(
    batch: readonly Pending<TItem, TAnswer>[],
    answers: readonly TAnswer[],
  ): readonly Pending<TItem, TAnswer>[] {
    return batch.filter((pending, index) => {
      const answer = answers[index];
      if (answer === undefined) {
        pending.reject(new TypeError("The store answered fewer items than it was given."));
        return false;
      }
      if (isLeftOut(answer)) return true;
      pending.resolve(answer);
      return false;
    });
  }

  async function refuse(
    batch: readonly Pending<TItem, TAnswer>[],
    error: unknown,
  ): Promise<readonly Pending<TItem, TAnswer>[]> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      only.reject(error);
      return [];
    }
    const leftOut: Pending<TItem, TAnswer>[] = [];
    for (const pending of batch) leftOut.push(...(await writeBatch([pending])));
    return leftOut;
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        if (!isWriting) void drain();
      }),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A statement of more rows takes longer than two of half as many, and holds up what comes meanwhile. */
const MAX_ITEMS = 256;
const MAX_BYTES = 4 * 1_048_576;
/** A row that somebody else has locked is tried again after this. */
const LEFT_OUT_DELAY_MS = 10;
const MAX_RETRY_DELAY_MS = 1_000;
