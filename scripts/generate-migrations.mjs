import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const root = new URL("../", import.meta.url);
const target = new URL("packages/server/src/store/migrations.ts", root);
const providers = /** @type {const} */ (["postgresql", "sqlite"]);

/**
 * The module that carries the SQL of `prisma/sql` into the package, where `migrate` finds it: a list of
 * statements for each version of the tables, by database.
 */
export async function migrationsModule() {
  const entries = await Promise.all(
    providers.map(async (provider) => [provider, await readMigrations(provider)]),
  );
  const text = `// Made from prisma/sql by \`node scripts/generate-migrations.mjs\`.

/** The statements that make each version of the tables of the one before; the first makes version 1. */
export const MIGRATIONS: Readonly<
  Record<"postgresql" | "sqlite", readonly (readonly string[])[]>
> = ${JSON.stringify(Object.fromEntries(entries))};
`;
  const path = fileURLToPath(target);
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** @param {string} provider */
async function readMigrations(provider) {
  const folder = new URL(`prisma/sql/${provider}/`, root);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    files.map(async (file) => toStatements(await readFile(new URL(file, folder), "utf8"))),
  );
}

/**
 * Prisma ends each statement with a semicolon at the end of a line. Tables that Prisma Migrate made of
 * the same models are left as they are.
 *
 * @param {string} sql
 */
function toStatements(sql) {
  return sql
    .replace(/^--.*$/gm, "")
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "")
    .map((statement) =>
      statement.replace(/^CREATE (TABLE|INDEX|UNIQUE INDEX) /, "CREATE $1 IF NOT EXISTS "),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(target, await migrationsModule());
}
