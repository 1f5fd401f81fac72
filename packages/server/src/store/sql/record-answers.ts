import type { PrismaRaw } from "../../core/prisma-like.js";
import { appliedAnswer, explainRecord, type FenceRow } from "../record-fence.js";
import type { RecordAnswer, RunRecord } from "../store.js";
import { fenceCodec } from "./codecs.js";
import type { Dialect } from "./dialect.js";
import { toParameter } from "./parameter.js";
import { type OnCorrupt, readReadable } from "./read-readable.js";
import type { StoredRow } from "./row-codec.js";
import type { JsonRow, SqlClient } from "./sql-client.js";

/** What became of a record. */
export interface RecordResult {
  readonly answer: RecordAnswer;
  /** Written by this very call: false for a record that was applied before. */
  readonly isFresh: boolean;
}

export const LOST: RecordResult = { answer: { applied: false, reason: "lost" }, isFresh: false };

/** What a statement returns of the runs that records were applied to. */
export function returnFence({ object }: Dialect, alias: string): string {
  return `RETURNING ${object(alias, Object.keys(fenceCodec.types))} AS json`;
}

/** The runs of `returnFence`, by id; one that cannot be read is told and left out. */
export function readFences(
  rows: readonly JsonRow[],
  onCorrupt: OnCorrupt,
): ReadonlyMap<string, FenceRow> {
  const stored = rows.map(({ json }) => JSON.parse(json) as StoredRow);
  const fences = readReadable(fenceCodec, stored, onCorrupt);
  return new Map(fences.map((fence) => [fence.id, fence]));
}

/** Answers records given those that were applied; the others are told apart by one more read. */
export function createAnswerRecords({ dialect, query }: SqlClient, onCorrupt: OnCorrupt) {
  const reread = `SELECT ${dialect.object("w", Object.keys(fenceCodec.types))} AS json
FROM workflow_run AS w WHERE ${dialect.isIn("w.id", "$1")}`;

  return async (
    records: readonly RunRecord[],
    applied: ReadonlyMap<string, FenceRow>,
    tx?: PrismaRaw,
  ): Promise<readonly RecordResult[]> => {
    const refused = records.filter(({ runId }) => !applied.has(runId)).map(({ runId }) => runId);
    const now =
      refused.length === 0
        ? new Map<string, FenceRow>()
        : readFences(await query(reread, [toParameter(refused)], tx), onCorrupt);
    return records.map((record) => {
      const row = applied.get(record.runId);
      if (row !== undefined) return { answer: appliedAnswer(row), isFresh: true };
      return { answer: explainRecord(record, now.get(record.runId) ?? null), isFresh: false };
    });
  };
}
