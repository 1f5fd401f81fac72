import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a page loads for this code, minified and gzipped, beside React, TanStack Query and tRPC. */
async function gzippedBytes(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: source("."), loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    external: ["react", "@tanstack/react-query", "@trpc/*"],
    alias: {
      "@trpc-workflow/react": source("./index.ts"),
      "@trpc-workflow/client": source("../../client/src/index.ts"),
      "@trpc-workflow/client/live": source("../../client/src/live/index.ts"),
    },
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error("Nothing was bundled.");
  return gzipSync(bundle.contents, { level: 9 }).byteLength;
}

describe("what a page loads", () => {
  it("is under 5 kB for all hooks and the client together", async () => {
    const bytes = await gzippedBytes(
      'export * from "@trpc-workflow/react"; export * from "@trpc-workflow/client";',
    );
    expect(bytes).toBeLessThan(5_000);
  });

  it("is under 4 kB for all hooks", async () => {
    expect(await gzippedBytes('export * from "@trpc-workflow/react";')).toBeLessThan(4_000);
  });
});
