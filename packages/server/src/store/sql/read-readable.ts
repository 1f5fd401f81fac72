import { CorruptRowError } from "../../core/errors.js";
import type { RowCodec, StoredRow } from "./row-codec.js";

/** Where the error of a row goes that cannot be read. */
export type OnCorrupt = (error: CorruptRowError, stored: StoredRow) => void;

/** Reads rows of many runs; one that cannot be read does not stop the others: it is told and left out. */
export function readReadable<TRow>(
  codec: Pick<RowCodec<TRow>, "read">,
  rows: readonly StoredRow[],
  onCorrupt: OnCorrupt,
): readonly TRow[] {
  return rows.flatMap((stored) => {
    try {
      return [codec.read(stored)];
    } catch (error) {
      if (!(error instanceof CorruptRowError)) throw error;
      onCorrupt(error, stored);
      return [];
    }
  });
}
