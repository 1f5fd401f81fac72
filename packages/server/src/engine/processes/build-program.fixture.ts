import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** The program of the worker processes, as one file that Node runs. */
export interface BuiltProgram extends AsyncDisposable {
  readonly file: string;
}

/** Bundles `program.fixture.ts`; within the repository, where its dependencies are found. */
export async function buildProgram(): Promise<BuiltProgram> {
  const entry = fileURLToPath(new URL("program.fixture.ts", import.meta.url));
  const folder = fileURLToPath(new URL(`../../../.tmp/${randomUUID()}`, import.meta.url));
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      ssr: entry,
      outDir: folder,
      minify: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "program.mjs", codeSplitting: false } },
    },
  });
  return {
    file: join(folder, "program.mjs"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
