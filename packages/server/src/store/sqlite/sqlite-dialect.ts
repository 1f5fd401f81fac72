import type { Dialect } from "../sql/dialect.js";

/** SQLite 3.42 and later (milliseconds of the clock). */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  // One value within a statement. Rounded: the product of the fraction can fall short of a whole number.
  now: "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
  // There is one writer at a time.
  lock: "",
  rows: (parameter, alias, types) =>
    `(SELECT ${Object.keys(types)
      .map((column) => `value->>'${column}' AS ${column}`)
      .join(", ")} FROM json_each(${parameter})) AS ${alias}`,
  isIn: (value, json) => `${value} IN (SELECT value FROM json_each(${json}))`,
  json: object,
  object,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  byteLength: (text) => `length(CAST(${text} AS BLOB))`,
  least: (a, b) => `min(${a}, ${b})`,
};

function object(alias: string, columns: readonly string[]): string {
  // RETURNING knows no alias.
  const of = alias === "" ? "" : `${alias}.`;
  return `json_object(${columns.map((column) => `'${column}', ${of}${column}`).join(", ")})`;
}
