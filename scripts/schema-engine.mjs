import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";

/** @typedef {"sqlite" | "postgresql"} Provider */

// Tables go where the connection's search path points; and PostgreSQL refuses this statement to a user
// who may not create schemas, even where the schema is there.
const createSchema = '-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n';

/**
 * Makes the SQL that creates the tables of some models in an empty database, with Prisma's own schema
 * engine compiled to WebAssembly: the native one would have to be downloaded.
 *
 * @param {Provider} provider
 * @param {string} models text of the models, without a datasource
 * @param {string} postgresUrl any PostgreSQL; the engine asks it for its version and writes nothing
 * @returns {Promise<string>}
 */
export async function createTablesSql(provider, models, postgresUrl) {
  await loadEngine();
  const files = [
    { path: "datasource.prisma", content: `datasource db {\n  provider = "${provider}"\n}\n` },
    { path: "models.prisma", content: models },
  ];
  const adapter =
    provider === "sqlite"
      ? new PrismaLibSql({ url: ":memory:" })
      : new PrismaPg({ connectionString: postgresUrl });
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    ignoreLog,
    bindSqlAdapterFactory(adapter),
  );
  try {
    const { stdout } = await schemaEngine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    if (stdout === null) throw new Error(`the schema engine gave no SQL for ${provider}`);
    return stdout.replace(createSchema, "");
  } finally {
    schemaEngine.free();
  }
}

/** @type {Promise<void> | undefined} */
let loaded;

function loadEngine() {
  loaded ??= instantiateEngine();
  return loaded;
}

/**
 * The package's own entry imports the `.wasm` as a module, which Node 20 does behind a flag only, so
 * it is instantiated here by hand.
 */
async function instantiateEngine() {
  const bindings = createRequire(import.meta.url).resolve(
    "@prisma/schema-engine-wasm/schema_engine_bg",
  );
  const binary = await readFile(bindings.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(binary, { "./schema_engine_bg.js": engine });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports["__wbindgen_start"];
  if (typeof start !== "function") throw new Error("the schema engine has no start function");
  start();
}

function ignoreLog() {}
