import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "./postgres-server.mjs";
import { createTablesSql } from "./schema-engine.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const providers = /** @type {const} */ (["postgresql", "sqlite"]);

/** Each file of SQL, the models that it creates, and how they are read. */
const targets = providers.flatMap((provider) => [
  {
    provider,
    models: "prisma/workflow.prisma",
    sql: `prisma/sql/${provider}/0001_init.sql`,
  },
  {
    provider,
    models: `prisma/test/${provider}/schema.prisma`,
    sql: `prisma/test/${provider}/app.sql`,
  },
]);

const check = process.argv.includes("--check");
const stale = [];
const server = await startPostgresServer();
try {
  for (const target of targets) {
    const models = withoutBlocks(await readFile(join(root, target.models), "utf8"));
    const body = await createTablesSql(target.provider, models, server.url);
    const sql = `-- Made from ${target.models} by \`npm run generate:sql\`.\n\n${body.trim()}\n`;
    if (sql === (await readIfThere(join(root, target.sql)))) continue;
    stale.push(target.sql);
    if (!check) await write(join(root, target.sql), sql);
  }
} finally {
  await server.stop();
}

if (stale.length === 0) console.log("the SQL says what the models say");
else if (!check) console.log(`written: ${stale.join(", ")}`);
else {
  console.error(`differs from the models: ${stale.join(", ")}. Run \`npm run generate:sql\`.`);
  process.exitCode = 1;
}

/**
 * The models of a schema file: the engine gets a datasource of its own and needs no generator.
 *
 * @param {string} schema
 */
function withoutBlocks(schema) {
  return schema.replace(/^(generator|datasource) \w+ \{[^}]*\}\n/gm, "");
}

/** @param {string} path */
async function readIfThere(path) {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
async function write(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
