import type { Dialect } from "../sql/dialect.js";

/** PostgreSQL 12 and later. */
export const postgresDialect: Dialect = {
  name: "postgresql",
  // now() stands still within a caller's transaction: 1.5 s behind, measured.
  now: "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
  // Not FOR UPDATE, which an app's foreign key on a run (FOR KEY SHARE) would hold up.
  lock: "FOR NO KEY UPDATE",
  // Never jsonb, which refuses some strings.
  rows: (parameter, alias, types) =>
    `json_to_recordset(${parameter}::json) AS ${alias}(${Object.entries(types)
      .map(([column, type]) => `${column} ${type}`)
      .join(", ")})`,
  // An array that is made once. IN (SELECT …) is planned as a join, which reads and sorts all rows where
  // an index has them in order and a LIMIT would stop after the first.
  isIn: (value, json) => `${value} = ANY (ARRAY(SELECT json_array_elements_text(${json}::json)))`,
  json: (alias) => `row_to_json(${alias})::text`,
  object: (alias, columns) =>
    `json_build_object(${columns.map((column) => `'${column}', ${alias}.${column}`).join(", ")})::text`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  byteLength: (text) => `octet_length(${text})`,
  least: (a, b) => `least(${a}, ${b})`,
};
