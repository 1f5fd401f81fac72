export { logStatements, type LoggedStatement } from "./log-statements.js";
export { createPostgresDatabase, type PostgresClient } from "./postgres-database.js";
export { createSqliteDatabase, type SqliteClient } from "./sqlite-database.js";
export type { TestDatabase } from "./test-database.js";
