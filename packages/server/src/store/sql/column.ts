/** Types that a column of either database has. */
export type ColumnType = "text" | "integer" | "bigint" | "boolean";

/** How a value stands in its column. */
export interface Column<T> {
  readonly type: ColumnType;
  /** @throws TypeError whose message says what was expected. */
  readonly read: (stored: unknown) => T;
  readonly write: (value: T) => unknown;
}

/** A column for each field of a row. */
export type Columns<TRow> = { readonly [TField in keyof TRow]-?: Column<TRow[TField]> };

export const text: Column<string> = {
  type: "text",
  read: (stored) => (typeof stored === "string" ? stored : expected("text")),
  write: asItIs,
};

export const integer: Column<number> = { type: "integer", read: readInteger, write: asItIs };

/** Milliseconds, and ids in commit order: whole numbers that fit a JavaScript number. */
export const bigint: Column<number> = { type: "bigint", read: readInteger, write: asItIs };

export const flag: Column<boolean> = {
  type: "boolean",
  // SQLite has numbers for them.
  read: (stored) =>
    stored === true || stored === 1
      ? true
      : stored === false || stored === 0
        ? false
        : expected("a boolean"),
  write: asItIs,
};

/** A column that may be empty. */
export function nullable<T>(column: Column<T>): Column<T | null> {
  return {
    type: column.type,
    read: (stored) => (stored === null ? null : column.read(stored)),
    write: (value) => (value === null ? null : column.write(value)),
  };
}

/** Text that is one of these. */
export function oneOf<TValue extends string>(values: readonly TValue[]): Column<TValue> {
  return {
    type: "text",
    read: (stored) =>
      values.find((value) => value === stored) ?? expected(`one of ${values.join(", ")}`),
    write: asItIs,
  };
}

/** A whole number that is this one. */
export function exactly(value: number): Column<number> {
  return {
    type: "integer",
    read: (stored) => (stored === value ? value : expected(String(value))),
    write: asItIs,
  };
}

/** Text that holds JSON which `read` accepts. */
export function json<T>(
  read: (parsed: unknown) => T,
  write: (value: T) => string = JSON.stringify,
): Column<T> {
  return {
    type: "text",
    read: (stored) => read(parseJson(text.read(stored))),
    write,
  };
}

/** Ends a `read`. */
export function expected(what: string): never {
  throw new TypeError(`expected ${what}`);
}

function readInteger(stored: unknown): number {
  return typeof stored === "number" && Number.isSafeInteger(stored)
    ? stored
    : expected("a whole number");
}

function parseJson(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return expected("JSON");
  }
}

function asItIs<T>(value: T): T {
  return value;
}
