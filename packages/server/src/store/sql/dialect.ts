import type { ColumnType } from "./column.js";

/**
 * The words in which the databases differ. A statement that has no other difference is written once,
 * as a constant text over these.
 */
export interface Dialect {
  readonly name: "postgresql" | "sqlite";
  /** The database's clock, in whole milliseconds: of this moment, not of the transaction's begin. */
  readonly now: string;
  /** Ends a SELECT whose rows are then locked; writers of other rows of these runs wait. */
  readonly lock: string;
  /** The rows of a JSON array of objects, as an item of FROM. */
  rows(parameter: string, alias: string, types: Readonly<Record<string, ColumnType>>): string;
  /** Whether `value` is an element of a JSON array of strings. */
  isIn(value: string, json: string): string;
  /** Columns of a row as the text of a JSON object; all of its columns where that is cheaper. */
  json(alias: string, columns: readonly string[]): string;
  /** These columns of a row as the text of a JSON object. */
  object(alias: string, columns: readonly string[]): string;
  contains(text: string, part: string): string;
  byteLength(text: string): string;
  least(a: string, b: string): string;
}
