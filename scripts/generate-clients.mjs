import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const outputRoot = join(root, "packages/test-databases/generated");
const require = createRequire(import.meta.url);
const providers = /** @type {const} */ (["sqlite", "postgresql"]);

/**
 * Generates the Prisma client of the tests for each database, offline, where its inputs have changed.
 * A client generated for one database refuses the adapter of another, so there is one per database.
 *
 * @returns {Promise<string[]>} the databases whose client was written
 */
export async function generateClients() {
  const outdated = await Promise.all(
    providers.map(async (provider) => {
      const inputs = await readInputs(provider);
      return (await readStamp(provider)) === inputs.hash ? [] : [{ provider, ...inputs }];
    }),
  );
  return Promise.all(outdated.flat().map(generateClient));
}

/** @param {string} provider */
async function readInputs(provider) {
  const app = await readFile(join(root, `prisma/test/${provider}/schema.prisma`), "utf8");
  const workflow = await readFile(join(root, "prisma/workflow.prisma"), "utf8");
  const hash = createHash("sha256");
  for (const part of [app, workflow, await readFile(fileURLToPath(import.meta.url))])
    hash.update(part);
  for (const name of ["prisma", "@prisma/client"])
    hash.update(require(`${name}/package.json`).version);
  return { app, workflow, hash: hash.digest("hex") };
}

/** @param {string} provider */
async function readStamp(provider) {
  try {
    return await readFile(join(outputRoot, provider, ".inputs"), "utf8");
  } catch {
    return undefined;
  }
}

/** @param {{ provider: string, app: string, workflow: string, hash: string }} inputs */
async function generateClient({ provider, app, workflow, hash }) {
  await mkdir(outputRoot, { recursive: true });
  // Generated aside and renamed into place: another test run of this checkout may be reading it.
  const folder = await mkdtemp(join(outputRoot, `.${provider}-`));
  try {
    await writeFile(join(folder, "schema.prisma"), app);
    await writeFile(join(folder, "workflow.prisma"), workflow);
    await prismaGenerate(folder);
    const client = join(folder, "client");
    await writeFile(join(client, ".inputs"), hash);
    await rm(join(outputRoot, provider), { recursive: true, force: true });
    await rename(client, join(outputRoot, provider)).catch(ignoreFolderOfOtherRun);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return provider;
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const written = await generateClients();
  console.log(written.length === 0 ? "clients are up to date" : `generated: ${written.join(", ")}`);
}
