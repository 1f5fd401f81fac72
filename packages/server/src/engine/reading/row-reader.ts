import { CorruptRowError } from "../../core/errors.js";
import type { RunError } from "../../core/run-error-types.js";
import type { Codec } from "../../core/values/codec.js";
import { toErrorShape } from "../../core/values/error-shape.js";
import { FORMAT } from "../../core/values/tags.js";

/** Which row is read, for the error that names it. */
export interface RowPlace {
  readonly table: string;
  readonly id: string;
  readonly runId: string;
  /** Format of the row's payloads. */
  readonly format: number;
}

/** Reads the columns of one row; what cannot be read is a CorruptRowError that names the column. */
export interface RowReader {
  /** A payload; `null` where it is not set. */
  readonly value: (column: string, text: string | null) => unknown;
  /** An error as users see it; `null` where it is not set. */
  readonly error: (column: string, text: string | null) => RunError | null;
  /** An error as it was thrown. */
  readonly thrown: (column: string, text: string) => Error;
  /** What must be set, given what else the row says. */
  readonly required: <T>(column: string, value: T | null) => T;
}

/** @throws {CorruptRowError} where the format is not one that this version knows. */
export function createRowReader(codec: Codec, place: RowPlace): RowReader {
  if (place.format !== FORMAT) throw corruptRow(place, "format", `it is ${place.format}`);

  function decode<T>(column: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw corruptRow(place, column, messageOf(cause), cause);
    }
  }

  function thrown(column: string, text: string): Error {
    return decode(column, () => codec.decodeError(text));
  }

  return {
    value: (column, text) => (text === null ? null : decode(column, () => codec.decode(text))),
    error: (column, text) => (text === null ? null : toErrorShape(thrown(column, text))),
    thrown,
    required: (column, value) => {
      if (value === null) throw corruptRow(place, column, "it is null");
      return value;
    },
  };
}

function corruptRow(
  place: RowPlace,
  column: string,
  why: string,
  cause?: unknown,
): CorruptRowError {
  const { table, id, runId } = place;
  return new CorruptRowError(
    `Row ${id} of ${table} cannot be read, column ${column}: ${why}. ` +
      "It was damaged, or written by a newer version.",
    { table, id, column, runId, ...(cause === undefined ? {} : { cause }) },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
