import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests run on the sources: no build comes before them. */
const sources = {
  "@trpc-workflow/server/testing": "packages/server/src/testing/index.ts",
  "@trpc-workflow/server": "packages/server/src/index.ts",
  "@trpc-workflow/client/live": "packages/client/src/live/index.ts",
  "@trpc-workflow/client": "packages/client/src/index.ts",
  "@trpc-workflow/react": "packages/react/src/index.ts",
  "@trpc-workflow/test-databases": "packages/test-databases/src/index.ts",
};

export default defineConfig({
  resolve: {
    alias: Object.entries(sources).map(([name, path]) => ({
      find: new RegExp(`^${name}$`),
      replacement: fileURLToPath(new URL(path, import.meta.url)),
    })),
  },
  test: {
    include: ["{packages,examples}/*/src/**/*.test.{ts,tsx}"],
    globalSetup: "packages/test-databases/src/global-setup.ts",
    pool: "forks",
    // The machines that this runs on have two cores, and PostgreSQL is on them too.
    maxWorkers: 2,
  },
});
