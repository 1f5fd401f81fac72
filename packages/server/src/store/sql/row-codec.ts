import { CorruptRowError } from "../../core/errors.js";
import type { ColumnType, Columns } from "./column.js";

/** A row as both databases give it, and take it, as JSON: by column name. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** Reads and writes the rows of one table, or some of its columns. */
export interface RowCodec<TRow> {
  /** The type of each column, by its name in the database. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** @throws CorruptRowError where a column holds what this version cannot read. */
  read(stored: StoredRow): TRow;
  /** Gives the columns of those fields that are there. What is null is left out: a parameter's row reads it so. */
  write(row: Partial<TRow>): Record<string, unknown>;
}

/** Makes the codec of a table. `idOf` names a row in an error. */
export function rowCodec<TRow>(
  table: string,
  columns: Columns<TRow>,
  idOf: (stored: StoredRow) => string = (stored) => String(stored["id"]),
): RowCodec<TRow> {
  const fields = (Object.keys(columns) as (keyof TRow & string)[]).map((field) => ({
    field,
    column: columnName(field),
    ...columns[field],
  }));
  return {
    types: Object.fromEntries(fields.map(({ column, type }) => [column, type])),
    read(stored) {
      const row: Partial<TRow> = {};
      for (const { field, column, read } of fields) {
        try {
          row[field] = read(stored[column]);
        } catch (cause) {
          throw corruptRow(table, idOf(stored), column, stored[column], cause);
        }
      }
      return row as TRow;
    },
    write(row) {
      const stored: Record<string, unknown> = {};
      for (const { field, column, write } of fields) {
        const value = row[field];
        if (value !== undefined && value !== null) stored[column] = write(value);
      }
      return stored;
    },
  };
}

/** The name of a field's column: `lease_token` for `leaseToken`. */
export function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function corruptRow(
  table: string,
  id: string,
  column: string,
  value: unknown,
  cause: unknown,
): CorruptRowError {
  const shown = JSON.stringify(value) ?? "nothing";
  const held = shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CorruptRowError(`${table} ${id}: column ${column} holds ${held}, ${reason}.`, {
    table,
    id,
    column,
    cause,
    ...(table === "workflow_run" && { runId: id }),
  });
}
