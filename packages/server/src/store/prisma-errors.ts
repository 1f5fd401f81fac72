/**
 * What an error of Prisma says about the database. Prisma gives one fault many shapes (codes of its
 * own, SQLSTATE in `meta`, messages of the driver without any code), so that codes and messages are
 * looked at, of the error and of its causes.
 */

/** Whether the same call may succeed later: connection lost, database busy, deadlock, serialization. */
export function isTransient(error: unknown): boolean {
  return isConflict(error) || hasAny(error, TRANSIENT_CODES, TRANSIENT_MESSAGES);
}

/** Whether the database rolled back for the sake of another transaction: try again at once. */
export function isConflict(error: unknown): boolean {
  return isBusy(error) || hasAny(error, CONFLICT_CODES, CONFLICT_MESSAGES);
}

/** Whether another writer has SQLite's lock: nothing was written. */
export function isBusy(error: unknown): boolean {
  return hasAny(error, BUSY_CODES, BUSY_MESSAGES);
}

/** Whether a table or a column is not there. */
export function isMissingTable(error: unknown): boolean {
  return hasAny(error, MISSING_CODES, MISSING_MESSAGES);
}

const BUSY_CODES = new Set(["P1008", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"]);
const BUSY_MESSAGES = /SQLITE_BUSY|SQLITE_LOCKED|database (?:table )?is locked/;

const CONFLICT_CODES = new Set(["P2034", "40001", "40P01"]);
const CONFLICT_MESSAGES = /could not serialize access|deadlock detected|write conflict/i;

const TRANSIENT_CODES = new Set([
  // Prisma: cannot reach the server, timed out, connection closed, pool exhausted, transaction API.
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "P2028",
  "P2037",
  // PostgreSQL: connection exceptions, too many connections, shutdowns, lock and cancel timeouts.
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "53300",
  "55P03",
  "57P01",
  "57P02",
  "57P03",
  "25P03",
  // Node's sockets.
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);
const TRANSIENT_MESSAGES =
  /connection terminated|terminating connection|connection error and is not queryable|server closed the connection|connection (?:is )?closed|timeout exceeded when trying to connect|timed out fetching a new connection|unable to start a transaction|the database system is (?:starting up|shutting down)/i;

const MISSING_CODES = new Set(["P2021", "P2022", "42P01", "42703"]);
const MISSING_MESSAGES = /no such table: \S*workflow_|no such column|has no column named/;

/** Prisma nests the driver's error twice; causes may be cyclic. */
const MAX_DEPTH = 6;

function hasAny(error: unknown, codes: ReadonlySet<string>, messages: RegExp): boolean {
  return describe(error, MAX_DEPTH).some((part) => codes.has(part) || messages.test(part));
}

/** All codes and messages of an error, of what its `meta` holds, and of its causes. */
function describe(error: unknown, depth: number): string[] {
  if (typeof error !== "object" || error === null || depth === 0) return [];
  const parts = ["code", "originalCode", "message", "originalMessage"].map((name) =>
    read(error, name),
  );
  const nested = ["meta", "driverAdapterError", "cause"].map((name) => read(error, name));
  return [
    ...parts.filter((part) => typeof part === "string"),
    ...nested.flatMap((part) => describe(part, depth - 1)),
  ];
}

function read(from: object, name: string): unknown {
  return (from as Record<string, unknown>)[name];
}
