import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);

/**
 * @typedef {object} ClientPlace
 * @property {string} schema the app's own schema; `prisma/workflow.prisma` is added to it
 * @property {string} output the folder of the client, all of it
 */

/**
 * The clients of the tests. One generated for one database refuses the adapter of another, so there is
 * one per database.
 *
 * @type {ClientPlace[]}
 */
const TEST_CLIENTS = ["sqlite", "postgresql"].map((provider) => ({
  schema: `prisma/test/${provider}/schema.prisma`,
  output: `packages/test-databases/generated/${provider}`,
}));

/**
 * Generates Prisma clients, offline, where their inputs have changed.
 *
 * @param {ClientPlace[]} places paths from the root of the repository; those of the tests unless given
 * @returns {Promise<string[]>} the folders that were written
 */
export async function generateClients(places = TEST_CLIENTS) {
  const outdated = await Promise.all(
    places.map(async ({ schema, output }) => {
      const inputs = await readInputs(schema);
      return (await readStamp(output)) === inputs.hash ? [] : [{ output, ...inputs }];
    }),
  );
  return Promise.all(outdated.flat().map(generateClient));
}

/** @param {string} schema */
async function readInputs(schema) {
  const app = await readFile(join(root, schema), "utf8");
  const workflow = await readFile(join(root, "prisma/workflow.prisma"), "utf8");
  const hash = createHash("sha256");
  for (const part of [app, workflow, await readFile(fileURLToPath(import.meta.url))])
    hash.update(part);
  for (const name of ["prisma", "@prisma/client"])
    hash.update(require(`${name}/package.json`).version);
  return { app, workflow, hash: hash.digest("hex") };
}

/** @param {string} output */
async function readStamp(output) {
  try {
    return await readFile(join(root, output, ".inputs"), "utf8");
  } catch {
    return undefined;
  }
}

/** @param {{ output: string, app: string, workflow: string, hash: string }} inputs */
async function generateClient({ output, app, workflow, hash }) {
  const target = join(root, output);
  await mkdir(dirname(target), { recursive: true });
  // Generated aside and renamed into place: another test run of this checkout may be reading it.
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    await writeFile(join(folder, "schema.prisma"), app);
    await writeFile(join(folder, "workflow.prisma"), workflow);
    await prismaGenerate(folder);
    const client = join(folder, "client");
    await writeFile(join(client, ".inputs"), hash);
    await rm(target, { recursive: true, force: true });
    await rename(client, target).catch(ignoreFolderOfOtherRun);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return output;
}

/** @param {NodeJS.ErrnoException} error */
function ignoreFolderOfOtherRun(error) {
  // Between removal and renaming another run put its client there, made from the same inputs.
  if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
}

/** @param {string} folder */
async function prismaGenerate(folder) {
  const cli = join(root, "node_modules/prisma/build/index.js");
  await promisify(execFile)(process.execPath, [cli, "generate", "--schema", folder, "--no-hints"], {
    cwd: root,
    env: {
      ...process.env,
      // `generate` downloads a schema engine that it never runs, unless it is told of a file.
      PRISMA_SCHEMA_ENGINE_BINARY: process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ?? cli,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  });
}

// `generate-clients.mjs [folder of an app]`
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const app = process.argv[2];
  const written = await generateClients(
    app === undefined
      ? TEST_CLIENTS
      : [{ schema: `${app}/prisma/schema.prisma`, output: `${app}/src/generated` }],
  );
  console.log(written.length === 0 ? "clients are up to date" : `generated: ${written.join(", ")}`);
}
